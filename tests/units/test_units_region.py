"""The region unit through the door: what scene, scale and effort do, and what regions and classes are then."""

import subprocess
import sys

import numpy as np
import pytest

import fallow
from fallow import InputError
from fallow.features import Bands
from fallow.labels import MergeTree, components
from fallow.raster import ArraySource
from fallow.units.base import Wish
from fallow.units.region import RegionUnit
from system_scenes import holes, kinds, layers, patches, write_raster

ROWS, COLS, CELL = 80, 120, 20
TRUTH = kinds(ROWS, COLS, n_kinds=4, cell=CELL)
NAMES = ("red", "green", "blue", "nir")


@pytest.fixture(scope="module")
def scene():
    return patches(240, 300, cell=40, noise=12)


@pytest.fixture(scope="module")
def result(scene):
    return fallow.segment(scene, classes=4)


def n_regions(image, **options):
    return fallow.segment(image, classes=4, effort="fast", **options).n_regions


# ---------------------------------------------------------------------- what it answers
def test_it_is_the_default(scene, result):
    assert layers(fallow.segment(scene, classes=4, unit="region")) == layers(result)


def test_superpixels_are_the_leaves_of_the_tree(result):
    assert isinstance(result.tree, MergeTree)
    assert result.superpixels.dtype == np.int32
    np.testing.assert_array_equal(np.bincount(result.superpixels.ravel())[1:], result.tree.area)


def test_regions_are_the_cut_of_the_tree_at_the_height_with_the_mapping_unit(scene):
    result = fallow.segment(scene, classes=4, min_area=300)
    region = result.tree.cut(result.height, min_area=300)
    np.testing.assert_array_equal(result.regions, region[result.superpixels - 1])
    assert result.n_regions == region.max()
    assert np.bincount(result.regions.ravel())[1:].min() >= 300


def test_superpixels_and_regions_are_connected(result):
    for ids in (result.superpixels, result.regions):
        assert components(ids)[1] == ids.max()


def test_what_has_no_data_is_in_no_superpixel():
    image = patches(130, 640, cell=30).astype("float32")
    void = holes(130, 640)
    image[void] = np.nan
    result = fallow.segment(image, classes=4)
    for layer in (result.superpixels, result.regions, result.classes):
        np.testing.assert_array_equal(layer == 0, void)
    np.testing.assert_array_equal(np.bincount(result.superpixels.ravel())[1:], result.tree.area)


@pytest.mark.parametrize("shape", [(1, 50), (50, 1), (513, 3), (8, 900)])
def test_narrow_images_are_images(shape):
    image = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    assert fallow.segment(image, classes=2, features="color,texture", min_area=0).classes.shape == shape


def test_a_model_says_that_an_image_without_data_holds_nothing(scene):
    result = fallow.fit(scene, classes=3).predict(np.full((40, 50, 3), np.nan))
    assert (result.n_regions, result.classes.any()) == (0, False)


# ---------------------------------------------------------------------- scene, scale, effort
def test_a_larger_scale_never_gives_more_regions(scene):
    found = [n_regions(scene, scale=scale) for scale in (0.3, 0.7, 1, 1.4, 4)]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


def test_regions_of_a_larger_scale_are_unions_of_those_of_a_smaller(scene):
    fine, coarse = (fallow.segment(scene, classes=4, scale=scale, min_area=0).regions for scale in (0.4, 1.2))
    assert len(np.unique(np.stack([fine.ravel(), coarse.ravel()]), axis=1).T) == fine.max()


def test_seen_from_above_regions_are_no_larger(scene):
    assert n_regions(scene, scene="aerial") > n_regions(scene, scene="photo") == n_regions(scene)


def test_a_georeference_means_aerial(tmp_path, scene):
    path = write_raster(tmp_path / "a.tif", scene)
    assert n_regions(path) == n_regions(scene, scene="aerial")
    assert n_regions(path, scene="photo") == n_regions(scene, scene="photo")


def test_less_effort_never_loads_the_network():
    code = (
        "import sys, numpy as np, fallow;"
        "image = np.random.default_rng(0).integers(0, 255, (60, 70, 3), dtype=np.uint8);"
        "fallow.segment(image, classes=2, effort='fast');"
        "assert 'onnxruntime' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"unit": "segment"}, "unit must be one of region, pixel, got 'segment'"),
        ({"scene": "ariel"}, "scene must be one of auto, photo, aerial, got 'ariel'; did you mean \"aerial\""),
        ({"effort": "most"}, "effort must be one of fast, balanced, best, got 'most'"),
        ({"scale": 0}, "scale must be a number above 0, got 0"),
        ({"scale": -1.5}, r"scale must be a number above 0, got -1\.5"),
        ({"scale": "2"}, "scale must be a number above 0, got '2'"),
        ({"scale": np.nan}, "scale must be a number above 0, got nan"),
        ({"scale": np.inf}, "scale must be a number above 0, got inf"),
    ],
)
def test_options_that_cannot_be_right_are_refused(scene, options, told):
    with pytest.raises(InputError, match=told):
        fallow.segment(scene, **options)


def test_the_recipe_and_a_saved_model_keep_scene_scale_and_effort(tmp_path, scene):
    model = fallow.fit(scene, classes=3, scene="aerial", scale=0.6, effort="fast")
    loaded = fallow.load(model.save(tmp_path / "m.fallow"))
    assert (loaded.scene, loaded.scale, loaded.effort) == ("aerial", 0.6, "fast")
    one, other = loaded.predict(scene), model.predict(scene)
    assert layers(one) == layers(other)
    np.testing.assert_array_equal(one.superpixels, other.superpixels)
    assert one.height == other.height
    assert {name: one.recipe["segment"][name] for name in ("unit", "scene", "scale", "effort")} == {
        "unit": "region", "scene": "aerial", "scale": 0.6, "effort": "fast",
    }  # fmt: skip


# ---------------------------------------------------------------------- what is not yet so
def not_yet(reason):
    return pytest.mark.xfail(strict=True, reason=reason)


def agreement(classes, truth):
    """Return the share of pixels whose class stands for one kind of field."""
    pairs = np.zeros((truth.max() + 1, classes.max() + 1))
    np.add.at(pairs, (truth, classes), 1)
    return pairs.max(axis=1).sum() / pairs.sum()


@pytest.mark.parametrize(("bands", "dtype"), [(3, "uint8"), (4, "uint16"), (8, "float32"), (2, "uint16")])
def test_small_fields_are_found_again(bands, dtype):
    image = patches(ROWS, COLS, bands=bands, dtype=dtype, cell=CELL, noise=2)
    assert agreement(fallow.segment(image, classes=4, features="spectral").classes, TRUTH) > 0.99


@pytest.mark.parametrize(("shape", "dtype"), [((ROWS, COLS), "uint8"), ((ROWS, COLS, 4), "float32")])
def test_constant_fields_are_found_exactly(shape, dtype):
    image = np.broadcast_to((TRUTH * 30).reshape(ROWS, COLS, *[1] * (len(shape) - 2)), shape).astype(dtype)
    assert agreement(fallow.segment(image, classes=4, features="spectral").classes, TRUTH) == 1


def test_a_step_edge_has_no_superpixel_of_its_own():
    image = np.zeros((120, 120), np.float32)
    image[60:] = 1
    superpixels = fallow.segment(image, classes=2, features="spectral").superpixels
    assert not set(np.unique(superpixels[:60])) & set(np.unique(superpixels[60:]))


def test_two_constant_halves_are_two_regions_and_two_classes():
    image = np.full((200, 300, 3), 60, np.uint8)
    image[:, 140:] = (190, 120, 80)
    result = fallow.segment(image, classes=2)
    for layer in (result.regions, result.classes):
        assert len(np.unique(layer[:, :140])) == len(np.unique(layer[:, 140:])) == 1
        assert layer[0, 0] != layer[0, -1]


def test_constant_fields_are_regions():
    image = (TRUTH * 60).astype(np.uint8)
    assert fallow.segment(image, classes=4).n_regions >= 0.8 * components(TRUTH + 1)[1]


@not_yet("rows of one superpixel are repeated, so that more classes always look better")
def test_auto_finds_the_number_of_fields_in_a_small_image():
    scene = ArraySource(patches(60, 80, bands=4, cell=CELL), band_names=NAMES)
    assert fallow.segment(scene).n_classes == 4


@not_yet("what is one superpixel is called constant")
def test_noise_of_one_superpixel_has_two_classes():
    image = np.random.default_rng(0).integers(0, 255, (2, 2, 3), dtype=np.uint8)
    assert fallow.segment(image, classes=2, features="spectral").classes.max() == 2


def test_mnf_reduces_what_superpixels_are_described_by(scene):
    assert fallow.segment(scene, classes=4, features="spectral,gradient", reduce="mnf").n_classes == 4


@not_yet("cells of 2 x 2 pixels bridge a line of one")
def test_a_line_without_data_parts_regions(scene):
    image = scene.astype(np.float32)
    image[:, 150] = np.nan
    regions = fallow.segment(image, classes=4).regions
    assert components(regions)[1] == regions.max()


def test_a_scale_of_numpy_is_a_number(scene):
    assert n_regions(scene, scale=np.float32(0.5)) == n_regions(scene, scale=0.5)


def test_small_images_keep_more_of_a_pixel_in_memory_than_large_ones():
    unit, bands = RegionUnit(Wish(effort="fast")), Bands(4)
    small, large = (unit.appetite(bands, n_pixels) for n_pixels in (1_000_000, 100_000_000))
    assert small.graph_bytes > 3 * large.graph_bytes
    assert RegionUnit(Wish()).appetite(bands, 1_000_000).graph_bytes > small.graph_bytes
    assert RegionUnit(Wish()).appetite(bands, 1_000_000).block_bytes > small.block_bytes
