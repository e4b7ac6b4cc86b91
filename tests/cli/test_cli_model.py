"""fallow fit, fallow apply, fallow info"""

import json

import pytest

from fallow.saving import MARKER
from system_scenes import contents, patches, write_photo, write_raster


@pytest.fixture
def model(fallow_cli, photo):
    assert fallow_cli("fit", photo, "-o", "m.fallow", "-k", "4", "-q") == (0, "", "")
    return photo.parent / "m.fallow"


def test_fit_says_what_it_made(fallow_cli, photo, tmp_path):
    write_photo(tmp_path / "other.png", patches(50, 60, cell=20))
    code, out, err = fallow_cli("fit", photo, "other.png", "-o", "m.fallow", "-k", "3", "--unit", "pixel")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "m.fallow: 3 classes from 14,700 pixels of 2 image(s)"
    code, out, _ = fallow_cli("fit", photo, "-o", "m.fallow", "-k", "3", "--json", "--overwrite")
    assert (code, json.loads(out)["classes"]) == (0, 3)


def test_fit_keeps_a_model_unless_told_otherwise(fallow_cli, photo, model):
    before = model.read_bytes()
    code, out, err = fallow_cli("fit", photo, "-o", model.name, "-k", "3")
    assert (code, out) == (2, "")
    assert err == "fallow: m.fallow exists already; say --overwrite or choose another name\n"
    assert model.read_bytes() == before
    assert fallow_cli("fit", photo, "-o", model.name, "-k", "3", "-q", "--overwrite") == (0, "", "")
    assert model.read_bytes() != before


def test_apply_segments_each_image_and_says_how_far_it_lies(fallow_cli, photo, model, tmp_path):
    write_photo(tmp_path / "dark.png", patches(90, 130, cell=20) // 5)
    code, out, err = fallow_cli("apply", model, photo, "dark.png", "-o", "out", "--json")
    assert (code, err) == (0, "")
    home, away = json.loads(out)
    assert home["notes"][-1].endswith("(1 % is expected).")
    assert away["notes"][-1].startswith("Warning: ")
    assert (tmp_path / "out" / "dark" / MARKER).is_file()


def test_apply_agrees_with_itself(fallow_cli, photo, model):
    for folder in ("one", "two"):
        assert fallow_cli("apply", model.name, photo.name, "-o", folder, "-q") == (0, "", "")
    assert contents(photo.parent / "one") == contents(photo.parent / "two")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["m.fallow"], "no images given"),
        (["gone.fallow", "photo.png"], "no such file: gone.fallow"),
        (["photo.png", "photo.png"], "photo.png is not a file that Fallow saved, or it is damaged"),
        (["half.fallow", "photo.png"], "half.fallow is not a file that Fallow saved, or it is damaged"),
        (["m.fallow", "four.tif"], "four has 4 bands, but the model has 3 (red, green, blue); choose with bands"),
        (
            ["m.fallow", "turned.tif"],
            "turned has the bands of the model in another order; choose bands='red,green,blue'",
        ),
        (["m.fallow", "photo.png", "--bands", "1"], "photo has 1 bands, but the model has 3"),
        (["m.fallow", "gone.png"], "no such file: gone.png"),
    ],
)
def test_apply_refuses_what_does_not_fit(fallow_cli, model, tmp_path, args, message):
    def name(*names):
        return lambda dataset: setattr(dataset, "descriptions", names)

    (tmp_path / "half.fallow").write_bytes(model.read_bytes()[:500])
    write_raster(tmp_path / "four.tif", patches(20, 30, bands=4))
    write_raster(tmp_path / "turned.tif", patches(20, 30), describe=name("blue", "green", "red"))
    code, out, err = fallow_cli("apply", *args, "-o", "out")
    assert (code, out) == (2, "")
    assert err.startswith("fallow: ")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bands_in_another_order_can_be_chosen(fallow_cli, model, tmp_path):
    write_raster(
        tmp_path / "turned.tif",
        patches(20, 30),
        describe=lambda dataset: setattr(dataset, "descriptions", ("blue", "green", "red")),
    )
    assert fallow_cli("apply", model, "turned.tif", "--bands", "red,green,blue", "-q") == (0, "", "")


def test_info_tells_of_an_image_a_model_and_a_result(fallow_cli, field, model, tmp_path):
    fallow_cli("segment", field, "-k", "2", "-q", "-o", "out")
    for what, said in ((field, "90 rows x 130 columns"), (model, "kmeans"), (tmp_path / "out", "segment classes")):
        code, out, err = fallow_cli("info", what)
        assert (code, err) == (0, "")
        assert said in out
        assert "{" not in out
        code, out, _ = fallow_cli("info", what, "--json")
        assert code == 0
        assert json.loads(out)


def test_info_knows_a_model_by_what_is_in_it(fallow_cli, model, tmp_path):
    model.rename(tmp_path / "model")
    assert fallow_cli("info", "model")[0] == 0


def test_a_model_that_was_fitted_again_and_again_tells_how_stable_each_image_is(fallow_cli, photo, tmp_path):
    assert fallow_cli("fit", photo, "-o", "stable.fallow", "-k", "3", "--stability", "3", "-q")[0] == 0
    code, out, err = fallow_cli("apply", "stable.fallow", photo, "-o", "out", "--json")
    assert (code, err) == (0, "")
    assert any(note.startswith("other samples keep") for note in json.loads(out)[0]["notes"])
    assert (tmp_path / "out" / "stability.tif").is_file()


def test_info_tells_what_made_the_classes_of_a_result_and_its_notes(fallow_cli, photo):
    assert fallow_cli("segment", photo, "-o", "out", "-k", "3", "-m", "som,shape=4x4", "-q")[0] == 0
    code, out, err = fallow_cli("info", "out/clusterer.fallow", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["clusterer"].startswith("som,shape=4x4,")
    assert told["clusterer"].endswith(", 3 classes")
    assert len(told["class shares"]) == 3
    code, out, err = fallow_cli("info", "out")
    assert (code, err) == (0, "")
    assert "\nnote 1 " in out
