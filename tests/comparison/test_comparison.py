"""fallow.compare: many choices on the same images."""

import csv
import tomllib

import numpy as np
import pytest
from PIL import Image

import fallow
from fallow import InputError, Work
from fallow.comparison import judge
from fallow.comparison.result import FILES, WINNER
from system_scenes import contents, patches, write_photo

LISTS = {"features": "color; moments", "methods": "kmeans; som,shape=4x4", "classes": [2, 4]}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(judge, "JUDGED_ROWS", 500)
    monkeypatch.setattr(judge, "RESAMPLES", 3)


@pytest.fixture(scope="module")
def comparison():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "JUDGED_ROWS", 500)
        return fallow.compare(patches(60, 80, cell=20), unit="pixel", **LISTS)


def test_all_combinations_are_there_best_first(comparison):
    assert len(comparison) == 2 * 2 * 2
    assert len({each.combination for each in comparison}) == 8
    assert [each.rank for each in comparison] == list(range(1, 9))
    scores = [each.score for each in comparison]
    assert scores == sorted(scores, reverse=True)


def test_the_classes_that_are_there_are_found(comparison):
    assert comparison[0].combination.classes == 4
    assert comparison[0].figures.stability > 0.95


@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_the_winner_is_a_recipe(unit, tmp_path):
    photo = write_photo(tmp_path / "photo.png", patches(60, 80, cell=20))
    found = fallow.compare(
        photo, features="color", methods="kmeans", classes=[2, 4], unit=unit, bands="1-3", min_area=9
    )
    folder = found.save(tmp_path / "out")
    recipe = tomllib.loads((folder / WINNER).read_text(encoding="utf-8"))
    assert recipe["input"]["image"] == str(photo)
    assert recipe["input"]["bands"] == "1-3"
    told = recipe["segment"]
    assert (told["unit"], told["features"], told["method"], told["min_area"]) == (unit, "color", "kmeans", 9)
    assert told["classes"] == found[0].combination.classes == 4
    assert recipe["found"]["stability"] == pytest.approx(found[0].figures.stability, abs=1e-5)


def test_the_map_of_the_winner_is_what_segment_gives():
    image = patches(60, 80, cell=20)
    found = fallow.compare(image, features="color", methods="kmeans", classes=4, unit="pixel")
    result = fallow.segment(image, features="color", method="kmeans", classes=4, unit="pixel", min_area=0)
    assert np.array_equal(found[0].classes, result.classes)


def test_a_folder_holds_a_table_a_sheet_and_the_winner(comparison, tmp_path):
    folder = comparison.save(tmp_path / "out")
    assert set(contents(folder)) == set(FILES)
    with (folder / "comparison.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["rank"] for line in lines] == [str(n) for n in range(1, 9)]
    assert float(lines[0]["stability"]) == pytest.approx(comparison[0].figures.stability, abs=1e-5)
    with Image.open(folder / "sheet.png") as sheet:
        assert np.array_equal(np.asarray(sheet), comparison.sheet())


def test_a_comparison_is_kept_unless_told_otherwise(comparison, tmp_path):
    comparison.save(tmp_path / "out")
    with pytest.raises(InputError, match="out already holds a comparison; say --overwrite"):
        comparison.save(tmp_path / "out")
    (tmp_path / "out" / WINNER).unlink()
    with pytest.raises(InputError, match=r"out already holds a file comparison\.csv"):
        comparison.save(tmp_path / "out")
    comparison.save(tmp_path / "out", overwrite=True)
    assert set(contents(tmp_path / "out")) == set(FILES)


def test_the_table_is_printed_in_columns(comparison):
    lines = str(comparison).splitlines()
    assert len(lines) == 1 + 8
    assert lines[0].split() == ["rank", "features", "method", "classes", "stability", "separation"]
    assert len(set(map(len, lines))) == 1


def test_threads_and_tiles_change_nothing():
    image = patches(60, 80, cell=20)
    ways = [Work(workers=1, runner="serial"), Work(workers=2, tile=(512, 512), memory="4GB")]
    one, other = (
        fallow.compare(image, features="color; moments", methods="kmeans", classes="2-4", work=work) for work in ways
    )  # fmt: skip
    assert list(one.records()) == list(other.records())
    assert np.array_equal(one.sheet(), other.sheet())


def test_what_sees_the_same_is_compared_once_and_told():
    found = fallow.compare(patches(60, 80), features="color; auto", methods="kmeans", classes=3, unit="pixel")
    assert len(found) == 1
    assert found.notes == ["features 'auto' are here the same as 'color', and left out"]


def test_what_cannot_be_fitted_is_left_out_and_told():
    image = np.repeat(np.uint8([0, 100, 200]), 20)[:, None].repeat(50, axis=1)
    found = fallow.compare(image, features="spectral", methods="kmeans", classes=[2, 3, 5], unit="pixel")
    assert {each.combination.classes for each in found} == {2, 3}
    assert found.notes[0].startswith("left out spectral | kmeans: 5 classes were asked for")
    with pytest.raises(InputError, match="5 classes were asked for"):
        fallow.compare(image, features="spectral", methods="kmeans", classes=5, unit="pixel")


def test_no_data_is_no_class():
    image = patches(60, 80, cell=20).astype(np.float32)
    image[:15, :30] = np.nan
    for unit in ("pixel", "region"):
        found = fallow.compare(image, features="color", methods="kmeans", classes=3, unit=unit)
        assert np.array_equal(found[0].classes == 0, np.isnan(image[..., 0]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "superpixel"}, "unit must be one of region, pixel"),
        ({"random_state": -1}, "random_state must be a whole number from 0"),
        ({"sample": 3}, "sample must be at least 9 pixels"),
        ({"effrt": "fast"}, "there is no option 'effrt'; did you mean \"effort\""),
        ({"scaling": "some"}, "scaling must be one of"),
        ({"features": "color; farm.fallow"}, "farm.fallow"),
    ],
)
def test_options_that_cannot_be_right_are_refused(options, message):
    with pytest.raises(fallow.FallowError, match=message):
        fallow.compare(patches(60, 80), **options)


def test_images_of_other_bands_are_refused():
    with pytest.raises(InputError, match="has 4 bands, but the first image"):
        fallow.compare([patches(60, 80), patches(60, 80, bands=4)])
