"""fallow choose"""

import json

import pytest

from system_scenes import contents


def test_it_tells_all_criteria_marks_the_choice_and_writes_nothing(fallow_cli, photo):
    before = contents(photo.parent)
    code, out, err = fallow_cli("choose", photo, "-k", "2-6", "--unit", "pixel")
    assert (code, err) == (0, "")
    heading, *rows, reason = out.splitlines()
    criteria = ["evidence", "strength", "silhouette", "stability", "Calinski-Harabasz", "Davies-Bouldin"]
    assert heading.split() == ["classes", *criteria]
    assert [row.lstrip("* ").split()[0] for row in rows] == ["2", "3", "4", "5", "6"]
    assert {len(row) for row in rows} == {len(heading)}
    marked = [row.split()[1] for row in rows if row.startswith("*")]
    assert reason.startswith(f"{marked[0]} classes: ")
    assert len(marked) == 1
    assert contents(photo.parent) == before


def test_a_mixture_has_one_criterion_more(fallow_cli, photo):
    args = ("choose", photo, "-k", "2-3", "--unit", "pixel", "-f", "color", "-m", "mixture,covariance=diag")
    code, out, err = fallow_cli(*args)
    assert (code, err) == (0, "")
    assert out.splitlines()[0].endswith("  BIC")


def test_json_holds_the_curves(fallow_cli, photo):
    code, out, err = fallow_cli("choose", photo, "-k", "2-4", "--unit", "pixel", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out, parse_constant=pytest.fail)
    assert told["candidates"] == [2, 3, 4]
    assert told["n_classes"] in told["candidates"]
    assert all(len(curve) == 3 for curve in told["curves"].values())


def test_quiet_says_nothing(fallow_cli, photo):
    assert fallow_cli("choose", photo, "-k", "2-3", "--unit", "pixel", "-q") == (0, "", "")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["-k", "5"], 'classes must be "auto" or a range such as "2-12" to choose from, got 5'),
        (["-k", "1-5"], 'classes must be a number of at least 2, a range such as "4-20", or "auto", got 1-5'),
        (["nowhere.tif"], "no such file: nowhere.tif"),
    ],
)
def test_wrong_input_is_one_line(fallow_cli, photo, said, told):
    code, out, err = fallow_cli("choose", photo, *said)
    assert (code, out) == (2, "")
    assert err.startswith(f"fallow: {told}")
    assert err.count("\n") == 1


def test_the_scales_of_a_result_are_told_without_its_image(fallow_cli, photo):
    assert fallow_cli("segment", photo, "-k", "3", "-o", "out", "-q", "--scale", "0.8")[0] == 0
    photo.unlink()
    code, out, err = fallow_cli("choose", "out")
    assert (code, err) == (0, "")
    heading, *rows = out.splitlines()
    assert heading.split() == ["regions", "score", "variance", "autocorrelation", "--scale", "stands", "out", "as"]
    marked = [row for row in rows if row.startswith("*")]
    assert 1 <= len(marked) <= 3
    assert marked[-1].split()[-1] in ("fine", "medium")


def test_what_is_said_as_scale_gives_the_scale(fallow_cli, photo):
    assert fallow_cli("segment", photo, "-k", "3", "-o", "out", "-q", "--scale", "0.8")[0] == 0
    _, out, _ = fallow_cli("choose", "out", "--json")
    named = [each for each in json.loads(out) if each["name"]]
    assert named
    for each in named:
        said = ("segment", photo, "-k", "3", "-o", "again", "--overwrite", "--json", "--scale", f"{each['scale']:.12f}")
        _, out, _ = fallow_cli(*said)
        assert json.loads(out)[0]["regions"] == each["n_regions"]


def test_a_result_of_one_scale_is_told_so(fallow_cli, photo):
    assert fallow_cli("segment", photo, "-k", "3", "-o", "out", "-q", "--unit", "pixel")[0] == 0
    code, out, err = fallow_cli("choose", "out")
    assert (code, out) == (2, "")
    assert err == 'fallow: out has one scale alone; segment with unit="region" for all of them\n'


def test_options_are_not_for_results(fallow_cli, photo):
    assert fallow_cli("segment", photo, "-k", "3", "-o", "out", "-q")[0] == 0
    code, out, err = fallow_cli("choose", "out", "-k", "2-5")
    assert (code, out, err) == (2, "", "fallow: options are for images, not for the result out; got classes\n")
