"""fallow compare, and the recipe it leaves"""

import json

import pytest

from fallow.comparison import judge
from fallow.comparison.result import FILES, WINNER
from fallow.saving import MARKER
from system_scenes import contents, patches, write_photo

LITTLE = ("-f", "color;moments", "-m", "kmeans", "-k", "2,4", "--unit", "pixel")


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(judge, "JUDGED_ROWS", 500)
    monkeypatch.setattr(judge, "RESAMPLES", 3)


def test_it_prints_a_table_a_verdict_and_what_comes_next(fallow_cli, photo):
    code, out, err = fallow_cli("compare", photo.name, *LITTLE)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "photo: 4 combinations, best first"
    assert lines[1].split() == ["rank", "features", "method", "classes", "stability", "separation"]
    assert any("cannot be told apart" in line or "stands out" in line for line in lines)
    assert lines[-2] == "  written to fallow-compare/; open fallow-compare/sheet.png"
    assert lines[-1] == f"  next: fallow segment photo.png --recipe fallow-compare/{WINNER}"
    assert set(contents(photo.parent / "fallow-compare")) == set(FILES)


def test_options_may_be_repeated_or_hold_several(fallow_cli, photo):
    repeated = ("-f", "color", "-f", "moments", "-m", "kmeans", "-k", "2,4", "--unit", "pixel")
    assert fallow_cli("compare", photo, *LITTLE, "-o", "one", "-q") == (0, "", "")
    assert fallow_cli("compare", photo, *repeated, "-o", "two", "-q") == (0, "", "")
    assert contents(photo.parent / "one") == contents(photo.parent / "two")


def test_json_is_one_document(fallow_cli, photo):
    code, out, err = fallow_cli("compare", photo, *LITTLE, "--json", "-q")
    assert (code, err) == (0, "")
    told = json.loads(out, parse_constant=pytest.fail)
    assert told["folder"] == "fallow-compare"
    assert [each["rank"] for each in told["combinations"]] == [1, 2, 3, 4]
    assert told["verdict"]


def test_segment_and_fit_take_the_winner(fallow_cli, photo):
    assert fallow_cli("compare", photo, *LITTLE, "--window", "0,60,0,80", "-q") == (0, "", "")
    winner = f"fallow-compare/{WINNER}"
    assert fallow_cli("segment", "--recipe", winner, "-q") == (0, "", "")
    code, out, _ = fallow_cli("info", "fallow-out", "--json")
    assert code == 0
    assert json.loads(out)["segment"]["unit"] == "pixel"
    assert json.loads(out)["input"]["rows"] == 60
    code, out, err = fallow_cli("fit", "--recipe", winner, "-o", "m.fallow", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["classes"] == 4


def test_fit_takes_a_recipe_for_other_images_and_what_is_said_comes_first(fallow_cli, photo, tmp_path):
    write_photo(tmp_path / "other.png", patches(50, 60, cell=20))
    fallow_cli("segment", photo, "-k", "3", "-f", "moments", "--unit", "pixel", "-o", "out", "-q")
    code, out, err = fallow_cli("fit", "other.png", "--recipe", f"out/{MARKER}", "-k", "2", "-o", "m.fallow")
    assert (code, err) == (0, "")
    assert out.startswith("m.fallow: 2 classes from 3,000 pixels of 1 image(s)")
    assert "moments" in fallow_cli("info", "m.fallow")[1]


def test_info_tells_of_the_winner(fallow_cli, photo):
    assert fallow_cli("compare", photo, *LITTLE, "-q")[0] == 0
    code, out, _ = fallow_cli("info", "fallow-compare", "--json")
    assert code == 0
    assert json.loads(out)["segment"]["classes"] == 4


def test_several_images_are_compared_together(fallow_cli, photo, tmp_path):
    write_photo(tmp_path / "other.png", patches(50, 60, cell=20))
    code, out, err = fallow_cli("compare", photo.name, "other.png", *LITTLE)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].endswith(f"fallow segment photo.png other.png --recipe fallow-compare/{WINNER}")


def test_a_comparison_is_kept_unless_told_otherwise(fallow_cli, photo):
    assert fallow_cli("compare", photo, *LITTLE, "-q")[0] == 0
    before = contents(photo.parent)
    code, out, err = fallow_cli("compare", photo, *LITTLE)
    assert (code, out) == (2, "")
    assert err.startswith("fallow: fallow-compare already holds a comparison; say --overwrite")
    assert contents(photo.parent) == before
    assert fallow_cli("compare", photo, *LITTLE, "-q", "--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "no images given"),
        (("photo.png", "-f", "colour"), 'did you mean "color"?'),
        (("photo.png", "-f", ";"), "features must name at least one choice, got none"),
        (("photo.png", "-m", "kmaens"), 'did you mean "kmeans"?'),
        (("photo.png", "-k", "1"), "classes must be a number of at least 2"),
        (("photo.png", "-k", ""), "classes must name at least one number"),
        (("photo.png", "-k", "auto"), "classes to compare must be numbers"),
        (("gone.png",), "no such file: gone.png"),
        (("photo.png", "--unit", "pixels"), 'did you mean "pixel"?'),
        (("photo.png", "-o", "photo.png"), "photo.png is a file, but a folder is needed"),
    ],
)
def test_what_cannot_be_right_is_one_line(fallow_cli, photo, args, message):
    before = contents(photo.parent)
    code, out, err = fallow_cli("compare", *args)
    assert (code, out) == (2, "")
    assert err.startswith("fallow: ")
    assert message in err
    assert err.count("\n") == 1
    assert contents(photo.parent) == before
