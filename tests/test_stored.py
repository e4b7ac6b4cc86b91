"""A saved result, opened again."""

from dataclasses import fields

import numpy as np
import pytest

import fallow
from fallow import FileError, InputError
from fallow.saving import MARKER
from fallow.stored import open_result
from system_scenes import contents, patches, write_raster

LAYERS = ("classes", "regions", "confidence", "stability")


@pytest.fixture(scope="module")
def field_file(tmp_path_factory):
    image = patches(90, 130, bands=4, dtype="float32", cell=30)
    image[:9] = -1
    return write_raster(tmp_path_factory.mktemp("stored") / "field.tif", image, nodata=-1)


@pytest.fixture(scope="module")
def results(field_file):
    return {unit: fallow.segment(field_file, classes=3, unit=unit, stability=2) for unit in ("region", "pixel")}


@pytest.mark.parametrize("format", ["geotiff", "cog", "zarr"])
@pytest.mark.parametrize("unit", ["region", "pixel"])
def test_what_is_opened_is_what_was_saved(tmp_path, results, unit, format):
    result = results[unit]
    again = open_result(result.save(tmp_path / "out", format=format))
    for name in LAYERS:
        np.testing.assert_array_equal(getattr(again, name), getattr(result, name))
    for name in ("name", "shape", "n_classes", "n_regions", "notes", "height", "min_area"):
        assert getattr(again, name) == getattr(result, name), name
    assert again.georeference.crs_name == result.georeference.crs_name
    assert again.georeference.transform == result.georeference.transform
    assert again.pixel_area_m2 == result.pixel_area_m2
    assert str(again.table) == str(result.table)
    assert again.recipe["found"]["features"] == result.recipe["found"]["features"]
    assert again.feature_names == result.feature_names
    np.testing.assert_array_equal(again.clusterer.centers_, result.clusterer.centers_)
    assert np.abs(again.picture().astype(int) - result.picture()).mean() < 8  # a JPEG of noise
    assert {field.name for field in fields(again)} == {field.name for field in fields(result)}


@pytest.mark.parametrize("format", ["geotiff", "zarr"])
def test_another_scale_is_taken_of_a_saved_result(tmp_path, results, format):
    result = results["region"]
    again = open_result(result.save(tmp_path / "out", format=format))
    np.testing.assert_array_equal(again.at(n_regions=3).regions, result.at(n_regions=3).regions)
    np.testing.assert_array_equal(again.contours(), result.contours())
    assert again.scales().named == result.scales().named


def test_a_result_is_saved_again_from_where_it_lies(tmp_path, results):
    first = results["region"].save(tmp_path / "first", format="zarr")
    second = open_result(first).save(tmp_path / "second")
    expected = contents(results["region"].save(tmp_path / "expected"))
    found = contents(second)
    assert found.keys() == expected.keys()
    same = [name for name in found if name.endswith((".tif", ".fallow", ".csv")) or name == MARKER]
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}


def test_superpixels_are_measured(results, field_file):
    result = results["region"]
    pixels = fallow.open_source(field_file).read()
    for leaf in range(0, len(result.leaves), 7):
        inside = pixels[result.superpixels == leaf + 1]
        assert result.leaves.area[leaf] == len(inside)
        np.testing.assert_allclose(result.leaves.mean[leaf], inside.mean(axis=0), rtol=1e-5)
        np.testing.assert_allclose(result.leaves.deviation[leaf], inside.std(axis=0), rtol=1e-3, atol=1e-2)


def test_a_folder_without_a_result_is_told(tmp_path):
    with pytest.raises(InputError, match=r"holds no result of fallow: there is no recipe\.toml in it"):
        open_result(tmp_path)


@pytest.mark.parametrize(
    ("name", "error"), [("classes.tif", InputError), ("clusterer.fallow", FileError), ("classes.csv", FileError)]
)
def test_a_result_with_a_file_missing_is_told(tmp_path, results, name, error):
    folder = results["pixel"].save(tmp_path / "out")
    (folder / name).unlink()
    with pytest.raises(error):
        open_result(folder)
