"""The same image gives the same result, bit for bit, however the work is cut and shared."""

import numpy as np
import pytest

import fallow
from fallow import Work
from fallow.raster import ArraySource
from system_scenes import contents, holes, layers, patches, write_raster

ROWS, COLS = 700, 1100  # two by three blocks, none of them square
WAYS = [
    Work(tile=(256, 256), workers=3),
    Work(tile=(512, 512), workers=1),
    Work(tile=(1000, 700), workers=3),
]
WHOLE = Work(tile=(ROWS, COLS), workers=1)


@pytest.fixture(scope="module")
def scene():
    image = patches(ROWS, COLS, dtype="float32", cell=90, noise=12)
    image[holes(ROWS, COLS)] = np.nan
    return named(image)


def named(image):
    return ArraySource(image, band_names=("red", "green", "blue"))


def segment(image, work, **options):
    options = {"classes": 4, "sample": 20_000, "min_area": 30, "majority": 1} | options
    return fallow.segment(image, work=work, **options)


@pytest.mark.parametrize("unit", ["region", "pixel"])
@pytest.mark.parametrize(
    "features", ["color", "spectral", "texture", "gradient", "network", "histogram,position", "color,moments,indices"]
)
def test_features_do_not_depend_on_tiles_or_threads(scene, features, unit):
    expected = segment(scene, WHOLE, features=features, unit=unit)
    for way in WAYS:
        found = segment(scene, way, features=features, unit=unit)
        assert layers(found) == layers(expected), way
        assert found.table == expected.table
        assert found.recipe == expected.recipe


@pytest.mark.parametrize("unit", ["region", "pixel"])
@pytest.mark.parametrize("method", ["kmeans", "mixture", "som,shape=6x6,epochs=3"])
@pytest.mark.parametrize("classes", [5, "2-4"])
def test_clusterers_do_not_depend_on_tiles_or_threads(scene, unit, method, classes):
    options = {"features": "color,position", "method": method, "classes": classes, "sample": 8_000, "unit": unit}
    expected = segment(scene, WHOLE, **options)
    found = segment(scene, WAYS[0], **options)
    assert layers(found) == layers(expected)
    assert (found.table, found.recipe) == (expected.table, expected.recipe)


@pytest.mark.parametrize(
    "options", [{"reduce": "mnf", "unit": "pixel"}, {"reduce": "pca,n_components=2"}, {"scaling": "robust"}]
)
def test_scaling_and_reduction_do_not_depend_on_tiles_or_threads(scene, options):
    expected = segment(scene, WHOLE, features="spectral,gradient", **options)
    assert layers(segment(scene, WAYS[0], features="spectral,gradient", **options)) == layers(expected)


@pytest.mark.parametrize("unit", ["region", "pixel"])
@pytest.mark.parametrize("cleaning", [{"majority": 0, "min_area": 0}, {"majority": 4, "min_area": 5000}])
def test_cleaning_does_not_depend_on_tiles_or_threads(scene, unit, cleaning):
    expected = segment(scene, WHOLE, features="spectral", unit=unit, **cleaning)
    for way in WAYS:
        assert layers(segment(scene, way, features="spectral", unit=unit, **cleaning)) == layers(expected)


@pytest.mark.parametrize("effort", ["fast", "balanced"])
def test_superpixels_and_the_tree_do_not_depend_on_tiles_or_threads(scene, effort):
    expected = segment(scene, WHOLE, effort=effort)
    for way in WAYS:
        found = segment(scene, way, effort=effort)
        np.testing.assert_array_equal(found.superpixels, expected.superpixels)
        assert found.height == expected.height
        for name, values in expected.tree.to_state().items():
            np.testing.assert_array_equal(found.tree.to_state()[name], values)


@pytest.mark.parametrize("effort", ["fast", "balanced"])
def test_large_images_whose_graph_is_coarsened_do_not_depend_on_tiles_or_threads(scene, effort, monkeypatch):
    fine = segment(scene, WHOLE, effort=effort)
    monkeypatch.setattr("fallow.regions.effort.LARGE_PIXELS", ROWS * COLS - 1)
    expected = segment(scene, WHOLE, effort=effort)
    assert expected.tree.n_leaves < 0.7 * fine.tree.n_leaves
    for way in WAYS:
        found = segment(scene, way, effort=effort)
        np.testing.assert_array_equal(found.superpixels, expected.superpixels)
        assert layers(found) == layers(expected)
        assert found.recipe == expected.recipe


def test_memory_that_was_said_cuts_the_work_and_changes_nothing(scene):
    options = {"features": "spectral", "unit": "pixel"}
    assert layers(segment(scene, Work(memory="700MB"), **options)) == layers(segment(scene, WHOLE, **options))
    with pytest.raises(fallow.InputError, match=r"image takes about .* and there are 20 MB; give it more with memory"):
        segment(scene, Work(memory="20MB"), **options)


@pytest.mark.parametrize("unit", ["region", "pixel"])
def test_the_model_applied_does_not_depend_on_tiles_or_threads(scene, unit):
    model = fallow.fit(scene, classes=4, sample=20_000, features="color,texture", unit=unit)
    other = named(scene.read()[::-1])
    expected = model.predict(other, work=WHOLE)
    for way in WAYS:
        found = model.predict(other, work=way)
        assert layers(found) == layers(expected)
        assert found.notes == expected.notes


def test_the_files_do_not_depend_on_threads_or_on_chance(tmp_path, fallow_cli):
    write_raster(tmp_path / "a.tif", patches(1100, 1100, cell=150, bands=20), tiled=True)  # nine tiles by default
    options = ("-k", "4", "-f", "spectral", "--sample", "5000", "--quiet", "--workers")
    for folder, workers in (("alone", 1), ("again", 1), ("together", 3)):
        assert fallow_cli("segment", "a.tif", "-o", folder, *options, workers)[0] == 0
    assert contents(tmp_path / "alone") == contents(tmp_path / "again") == contents(tmp_path / "together")
