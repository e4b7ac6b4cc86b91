"""Other scales of a result: what `at` and `contours` give, and what of them is saved."""

import tomllib

import numpy as np
import pytest
from PIL import Image

import fallow
from fallow import InputError
from fallow.archive import read_archive
from fallow.labels import MergeTree, contour_map
from fallow.raster import read_labels
from fallow.saving import MARKER
from system_scenes import contents, holes, patches, write_raster

HECTARE = 100  # pixels of 100 m²


@pytest.fixture(scope="module")
def result():
    return fallow.segment(patches(160, 200, cell=40, noise=12), classes=4, effort="fast", min_area=30)


@pytest.fixture(scope="module")
def on_the_ground(tmp_path_factory):
    image = patches(160, 200, bands=4, dtype="float32", cell=40, noise=12)
    image[holes(160, 200)] = -1
    path = write_raster(tmp_path_factory.mktemp("ground") / "a.tif", image, nodata=-1)
    return fallow.segment(path, classes=4, effort="fast", min_area=30)


def painted(result, region):
    return np.concatenate([[0], region])[result.superpixels]


def areas(result):
    return np.bincount(result.regions.ravel())[1:]


# ---------------------------------------------------------------------- numbers and scales
@pytest.mark.parametrize("n_regions", [1, 2, 7, np.int64(40)])
def test_a_number_is_met_exactly(result, n_regions):
    other = result.at(n_regions=n_regions)
    assert other.n_regions == other.regions.max() == len(np.unique(other.regions)) == n_regions
    np.testing.assert_array_equal(other.regions, painted(result, result.tree.cut_into(n_regions)))
    assert other.height == result.tree.height_of(n_regions)


def test_there_are_never_more_regions_than_superpixels(result):
    other = result.at(n_regions=10**6)
    assert other.n_regions == result.tree.n_leaves
    np.testing.assert_array_equal(other.regions, result.superpixels)


@pytest.mark.parametrize("scale", [0.1, 0.8, 3, np.float32(1.5)])
def test_a_scale_is_times_the_height_with_the_same_mapping_unit(result, scale):
    other = result.at(scale=scale)
    assert other.height == pytest.approx(result.height * scale)
    np.testing.assert_array_equal(other.regions, painted(result, result.tree.cut(other.height, min_area=30)))


def test_scale_one_changes_nothing(result, on_the_ground):
    for each in (result, on_the_ground):
        np.testing.assert_array_equal(each.at(scale=1).regions, each.regions)


def test_a_scale_taken_afterwards_is_that_said_beforehand():
    image = patches(160, 200, cell=40, noise=12)
    before = fallow.segment(image, classes=4, effort="fast", scale=0.6)
    after = fallow.segment(image, classes=4, effort="fast").at(scale=0.6)
    np.testing.assert_array_equal(after.regions, before.regions)


def test_scales_follow_one_another(result):
    np.testing.assert_array_equal(result.at(scale=0.5).at(scale=2).regions, result.regions)
    np.testing.assert_array_equal(result.at(n_regions=3).at(n_regions=20).regions, result.at(n_regions=20).regions)


def test_coarser_regions_are_unions_of_finer_ones(result):
    fine, coarse = result.at(n_regions=30).regions, result.at(n_regions=5).regions
    assert len(set(zip(fine.ravel().tolist(), coarse.ravel().tolist(), strict=True))) == 30


# ---------------------------------------------------------------------- areas on the ground
def test_no_region_is_smaller_than_the_area_said(on_the_ground):
    fine = on_the_ground.at(scale=0.1, min_area_m2=0)
    assert areas(fine).min() < HECTARE
    assert areas(fine.at(min_area_m2=10_000)).min() >= HECTARE
    assert areas(on_the_ground.at(n_regions=50, min_area_m2=10_000)).min() >= HECTARE


def test_an_area_alone_keeps_the_scale(on_the_ground):
    other = on_the_ground.at(min_area_m2=30_000)
    assert (other.height, other.min_area) == (on_the_ground.height, 3 * HECTARE)
    expected = on_the_ground.tree.cut(on_the_ground.height, min_area=3 * HECTARE)
    np.testing.assert_array_equal(other.regions, painted(on_the_ground, expected))


def test_an_area_is_kept_by_what_follows(on_the_ground):
    assert areas(on_the_ground.at(min_area_m2=10_000).at(scale=0.1)).min() >= HECTARE


@pytest.mark.parametrize(("said", "pixels"), [(0, 0), (0.001, 1), (100, 1), (101, 2), (1e20, 10**18)])
def test_areas_are_counted_in_whole_pixels(on_the_ground, said, pixels):
    assert on_the_ground.at(min_area_m2=said).min_area == pytest.approx(pixels)


# ---------------------------------------------------------------------- what stays
def test_classes_and_the_result_itself_stay_as_they_are(result):
    before = result.regions.copy(), result.n_regions, result.height, dict(result.recipe)
    other = result.at(n_regions=3)
    assert other.classes is not None
    np.testing.assert_array_equal(other.classes, result.classes)
    np.testing.assert_array_equal(other.confidence, result.confidence)
    assert (other.table, other.notes, other.n_classes) == (result.table, result.notes, result.n_classes)
    np.testing.assert_array_equal(result.regions, before[0])
    assert (result.n_regions, result.height, result.recipe) == before[1:]


def test_no_data_stays_no_data(on_the_ground):
    np.testing.assert_array_equal(on_the_ground.at(n_regions=4).regions == 0, holes(160, 200))


def test_the_preview_shows_the_regions_of_the_scale(result):
    assert not np.array_equal(result.at(n_regions=1).preview(), result.at(n_regions=60).preview())


def test_what_a_model_predicts_has_scales_as_well():
    image = patches(160, 200, cell=40, noise=12)
    predicted = fallow.fit(image, classes=4, effort="fast").predict(image)
    assert predicted.at(n_regions=6).regions.max() == 6


def test_a_result_on_disk_has_scales_as_well(tmp_path, result):
    image = patches(160, 200, cell=40, noise=12)
    model = fallow.fit(image, classes=4, effort="fast", min_area=30)
    other = model.predict(image, into=tmp_path).at(n_regions=9)
    np.testing.assert_array_equal(other.regions, result.at(n_regions=9).regions)


# ---------------------------------------------------------------------- contours
def test_contours_are_those_of_the_tree(result):
    contours = result.contours()
    assert contours.shape == result.shape
    assert contours.dtype == np.float32
    np.testing.assert_array_equal(contours, contour_map(result.tree, result.superpixels))


def test_contours_above_a_height_are_the_borders_at_it(result):
    regions = painted(result, result.tree.cut(result.height))
    differs = np.zeros(regions.shape, np.bool_)
    differs[:, :-1] |= regions[:, 1:] != regions[:, :-1]
    differs[:-1] |= regions[1:] != regions[:-1]
    np.testing.assert_array_equal(result.contours() > np.float32(result.height), differs)


# ---------------------------------------------------------------------- saved
def test_the_tree_is_saved_with_the_result(tmp_path, result):
    folder = result.save(tmp_path / "out")
    state = read_archive(folder / "tree.fallow", kind="tree")
    tree = MergeTree.from_state(state)
    assert (state["height"], state["min_area"]) == (result.height, 30)
    superpixels = read_labels(folder / "superpixels.tif")
    np.testing.assert_array_equal(superpixels, result.superpixels)
    region = tree.cut(state["height"], min_area=state["min_area"])
    np.testing.assert_array_equal(np.concatenate([[0], region])[superpixels], read_labels(folder / "regions.tif"))


def test_another_scale_is_saved_as_any_result(tmp_path, result):
    other = result.at(n_regions=12)
    folder = other.save(tmp_path / "out")
    assert contents(folder).keys() == contents(result.save(tmp_path / "whole")).keys()
    np.testing.assert_array_equal(read_labels(folder / "regions.tif"), other.regions)
    with Image.open(folder / "regions.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), other.regions)
    assert read_archive(folder / "tree.fallow", kind="tree")["height"] == other.height


def test_the_recipe_tells_the_scale(tmp_path, result):
    recipe = tomllib.loads((result.save(tmp_path / "own") / MARKER).read_text(encoding="utf-8"))
    assert recipe["found"]["superpixels"] == result.tree.n_leaves
    assert recipe["found"]["regions"] == result.n_regions
    assert recipe["found"]["height"] == pytest.approx(result.height, abs=1e-6)
    assert "at" not in recipe
    other = result.at(n_regions=12)
    recipe = tomllib.loads((other.save(tmp_path / "other") / MARKER).read_text(encoding="utf-8"))
    assert (recipe["found"]["regions"], recipe["at"]) == (12, {"n_regions": 12, "min_area": 0})
    assert result.at(scale=2).recipe["at"] == {"height": 2 * result.height, "min_area": 30}


# ---------------------------------------------------------------------- what cannot be right
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "at needs n_regions or scale, or min_area_m2 with or without one of them"),
        ({"n_regions": 3, "scale": 2}, "at needs n_regions or scale"),
        ({"n_regions": 0}, "n_regions must be a whole number of at least 1, got 0"),
        ({"n_regions": 2.5}, r"n_regions must be a whole number of at least 1, got 2\.5"),
        ({"scale": 0}, "scale must be a number above 0, got 0"),
        ({"scale": -1}, "scale must be a number above 0, got -1"),
        ({"scale": np.nan}, "scale must be a number above 0, got nan"),
        ({"scale": np.inf}, "scale must be a number above 0, got inf"),
        ({"scale": "2"}, "scale must be a number above 0, got '2'"),
        ({"min_area_m2": 50}, "min_area_m2 cannot be counted in pixels, because the image has no georeference"),
    ],
)
def test_what_cannot_be_right_is_refused(result, said, told):
    with pytest.raises(InputError, match=told):
        result.at(**said)


@pytest.mark.parametrize("area", [-1, np.nan, np.inf])
def test_an_area_is_a_number_from_0(on_the_ground, area):
    with pytest.raises(InputError, match=f"min_area_m2 must be at least 0, got {area}"):
        on_the_ground.at(min_area_m2=area)


@pytest.mark.parametrize(
    "ask", [lambda result: result.at(n_regions=3), lambda result: result.contours(), lambda result: result.superpixels]
)
def test_pixels_have_no_other_scale(picture, ask):
    with pytest.raises(InputError, match='this result has no tree of scales; segment with unit="region"'):
        ask(fallow.segment(picture, classes=3, unit="pixel"))
