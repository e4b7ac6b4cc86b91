"""fallow segment"""

import json
import tomllib

import pytest
import rasterio

from fallow.saving import FILES, MARKER
from system_scenes import contents, patches, write_photo


def test_it_writes_a_result_and_says_where(fallow_cli, photo):
    code, out, err = fallow_cli("segment", photo, "-k", "4", "-o", "out")
    assert (code, err) == (0, "")
    assert contents(photo.parent / "out").keys() == {*FILES, MARKER} - {"stability.tif", "stability.qml"}
    lines = out.splitlines()
    assert lines[0].startswith("photo: ")
    assert lines[0].endswith("4 classes")
    assert lines[1].split() == ["class", "color", "pixels", "share", "red", "green", "blue"]
    assert "colour" in lines[6]  # what was chosen is said
    assert lines[-1].startswith("  written to out/ in ")


def test_it_writes_to_fallow_out_when_not_told_where(fallow_cli, photo):
    assert fallow_cli("segment", photo, "-k", "2", "-q") == (0, "", "")
    assert (photo.parent / "fallow-out" / MARKER).is_file()


def test_quiet_says_nothing(fallow_cli, photo):
    assert fallow_cli("segment", photo, "-k", "2", "--quiet") == (0, "", "")


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_json_is_one_document_and_nothing_else(fallow_cli, photo, field, quiet):
    code, out, err = fallow_cli("segment", photo, field, "-k", "3", "--json", "-o", "out", *quiet)
    assert (code, err) == (0, "")
    one, other = json.loads(out, parse_constant=pytest.fail)
    assert (one["image"], one["folder"], len(one["classes"])) == ("photo", "out/photo", 3)
    assert one["classes"][0]["area_m2"] is None
    assert other["classes"][0]["area_m2"] == 100 * other["classes"][0]["area_px"]
    assert sum(each["share"] for each in other["classes"]) == pytest.approx(1)
    assert other["regions"] > 0
    assert other["notes"]


def test_a_result_is_kept_unless_told_otherwise(fallow_cli, photo):
    assert fallow_cli("segment", photo, "-k", "2", "-o", "out")[0] == 0
    before = contents(photo.parent)
    code, out, err = fallow_cli("segment", photo, "-k", "3", "-o", "out")
    assert (code, out) == (2, "")
    assert err == (
        "fallow: out already holds a result; say --overwrite (overwrite=True) or choose another folder\n"
    )  # fmt: skip
    assert contents(photo.parent) == before
    assert fallow_cli("segment", photo, "-k", "3", "-o", "out", "--overwrite")[0] == 0
    assert contents(photo.parent) != before


def test_every_option_reaches_the_recipe(fallow_cli, photo):
    write_photo(photo.parent / "mask.png", patches(90, 130, bands=1, cell=20))
    options = {
        "--classes": "3", "--features": "spectral", "--method": "som,shape=4x4", "--unit": "pixel",
        "--scene": "photo", "--scale": "1.5", "--effort": "fast", "--network": "lite0", "--scaling": "robust",
        "--reduce": "pca,n_components=2", "--majority": "1", "--min-area": "9px",
        "--sample": "900", "--stability": "2", "--seed": "3", "--bands": "3,1", "--nodata": "255", "--mask": "mask.png",
        "--window": "1,81,2,102",
    }  # fmt: skip
    assert fallow_cli("segment", photo, "-q", *(each for pair in options.items() for each in pair)) == (0, "", "")
    recipe = tomllib.loads((photo.parent / "fallow-out" / MARKER).read_text(encoding="utf-8"))
    assert recipe["segment"] == {
        "classes": 3, "features": "spectral", "method": "som,shape=4x4", "unit": "pixel", "scene": "photo",
        "scale": 1.5, "effort": "fast", "network": "lite0", "scaling": "robust",
        "reduce": "pca,n_components=2", "majority": 1, "min_area": "9px", "sample": 900, "stability": 2,
        "random_state": 3,
    }  # fmt: skip
    told = recipe["input"]
    assert (told["bands"], told["nodata"], told["mask"]) == ("3,1", 255, "mask.png")
    assert told["window"] == [1, 81, 2, 102]
    assert (told["rows"], told["cols"], told["band_names"]) == (80, 100, ["blue", "red"])


def test_a_recipe_is_repeated_from_the_command_line(fallow_cli, photo):
    fallow_cli("segment", photo.name, "-o", "first", "-k", "2-4", "--window", "0,60,0,70", "--drop-bands", "blue",
               "--min-area", "20")  # fmt: skip
    assert fallow_cli("segment", "--recipe", f"first/{MARKER}", "-o", "again", "-q") == (0, "", "")
    assert contents(photo.parent / "again") == contents(photo.parent / "first")


def test_a_window_keeps_its_place_on_the_ground(fallow_cli, field):
    assert fallow_cli("segment", field, "-k", "2", "-q", "-o", "out", "--window", "10,60,20,100")[0] == 0
    with rasterio.open(field.parent / "out" / "classes.tif") as dataset:
        assert dataset.shape == (50, 80)
        assert dataset.transform @ (0, 0) == (500_200, 4_999_900)


def test_a_variable_is_chosen_by_name(fallow_cli, tmp_path):
    import numpy as np

    np.savez(tmp_path / "two.npz", large=np.ones((50, 60)), small=patches(30, 40, cell=10))
    assert fallow_cli("segment", "two.npz", "-k", "2", "-q", "--variable", "small") == (0, "", "")
    code, _, err = fallow_cli("segment", "two.npz", "--variable", "smal", "-o", "other")
    assert code == 2
    assert 'did you mean "small"?' in err


def test_the_demo_can_be_run_twice(fallow_cli, tmp_path):
    for _ in range(2):
        assert fallow_cli("demo", "-q") == (0, "", "")
    assert (tmp_path / "fallow-demo" / "preview.png").is_file()
