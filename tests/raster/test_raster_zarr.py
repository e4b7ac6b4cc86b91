"""Zarr groups made from finished results."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import rasterio

from fallow.errors import FileError, InputError, MissingExtraError
from fallow.raster import Georeference, GeoTiffSink, write_zarr
from fallow.raster.gdal import open_dataset
from fallow.raster.geozarr import axis_attributes, pyramid

zarr = pytest.importorskip("zarr")

UTM, DEGREES, FEET = (rasterio.crs.CRS.from_epsg(code).to_wkt() for code in (32633, 4326, 2227))
PLACE = Georeference(UTM, (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0))


def gdal_reads_zarr():
    with rasterio.Env() as environment:
        return "Zarr" in environment.drivers()


def write_layer(path, labels, place=PLACE, **described):
    with GeoTiffSink(path, labels.shape, dtype=labels.dtype, nodata=0, georeference=place, **described) as sink:
        sink.write((0, labels.shape[0], 0, labels.shape[1]), labels)
    return path


def labels_of(shape, dtype):
    return np.random.default_rng(0).integers(0, 200, shape).astype(dtype)


@pytest.fixture
def layers(tmp_path):
    """Three layers as results have them, 1100 x 1301."""
    shape = (1100, 1301)
    return {
        "classes": write_layer(tmp_path / "classes.tif", labels_of(shape, "uint8"), colors={1: (230, 159, 0)}),
        "regions": write_layer(tmp_path / "regions.tif", labels_of(shape, "uint32")),
        "confidence": write_layer(tmp_path / "confidence.tif", labels_of(shape, "uint8"), scale=0.01),
    }


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "uint32"])
@pytest.mark.parametrize("shape", [(1, 7), (512, 512), (600, 1301)])
def test_every_level_holds_every_second_pixel(tmp_path, dtype, shape):
    labels = labels_of(shape, dtype)
    write_zarr({"classes": write_layer(tmp_path / "a.tif", labels)}, tmp_path / "a.zarr")
    group = zarr.open_group(tmp_path / "a.zarr", mode="r")
    for name, level in group.groups():
        step = 2 ** int(name)
        assert level["classes"].dtype == labels.dtype
        np.testing.assert_array_equal(level["classes"][:], labels[::step, ::step])
    assert max(group[str(len(list(group.groups())) - 1)]["classes"].shape) <= 512


def test_arrays_are_chunked_compressed_and_named(tmp_path, layers):
    write_zarr(layers, tmp_path / "a.zarr")
    group = zarr.open_group(tmp_path / "a.zarr", mode="r")
    assert sorted(group) == ["0", "1", "2"]
    assert sorted(group["1"]) == ["classes", "confidence", "regions", "spatial_ref", "x", "y"]
    for name in layers:
        array = group["0"][name]
        assert array.chunks == (512, 512)
        assert array.fill_value == 0
        assert array.metadata.zarr_format == 2
        assert [each.codec_id for each in array.compressors] == ["zlib"]
        assert array.attrs["_ARRAY_DIMENSIONS"] == ["y", "x"]
    assert group["0"]["confidence"].attrs["scale_factor"] == 0.01
    assert "scale_factor" not in group["0"]["classes"].attrs


@pytest.mark.skipif(not gdal_reads_zarr(), reason="this GDAL has no Zarr driver")
@pytest.mark.parametrize(
    "place",
    [
        PLACE,
        Georeference(FEET, (3.0, 0.0, 6_000_000.0, 0.0, 3.0, 2_000_000.0)),
        Georeference(DEGREES, (0.25, 0.0, 12.5, 0.0, -0.25, 45.5)),
        Georeference(None, (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0)),
        Georeference(UTM, None),
        None,
    ],
)
@pytest.mark.parametrize("level", [0, 1])
def test_gdal_reads_pixels_place_and_scale(tmp_path, place, level):
    labels = labels_of((600, 700), "uint16")
    layers = {
        "regions": write_layer(tmp_path / "a.tif", labels, place),
        "confidence": write_layer(tmp_path / "b.tif", labels.astype(np.uint8), place, scale=0.01),
    }
    write_zarr(layers, tmp_path / "a.zarr")
    step, place = 2**level, place or Georeference()
    with open_dataset(f'ZARR:"{tmp_path / "a.zarr"}":/{level}/regions') as dataset:
        np.testing.assert_array_equal(dataset.read(1), labels[::step, ::step])
        assert dataset.nodata == 0
        assert dataset.crs == (None if place.crs is None else rasterio.crs.CRS.from_wkt(place.crs))
        finest = rasterio.Affine(*place.transform or (1 / step, 0, 0, 0, 1 / step, 0))
        assert dataset.transform.almost_equals(finest @ rasterio.Affine.scale(step))
    with open_dataset(f'ZARR:"{tmp_path / "a.zarr"}":/{level}/confidence') as dataset:
        assert dataset.scales == (0.01,)


def test_the_grid_mapping_holds_system_and_transform_even_askew(tmp_path):
    place = Georeference(UTM, (10.0, 1.0, 500_000.0, 2.0, -10.0, 5_000_000.0))
    write_zarr({"classes": write_layer(tmp_path / "a.tif", labels_of((600, 700), "uint8"), place)}, tmp_path / "a.zarr")
    level = zarr.open_group(tmp_path / "a.zarr", mode="r")["1"]
    assert level["classes"].attrs["grid_mapping"] == "spatial_ref"
    assert level["spatial_ref"].attrs["GeoTransform"] == "500000.0 20.0 2.0 5000000.0 4.0 -20.0"
    assert rasterio.crs.CRS.from_wkt(level["spatial_ref"].attrs["crs_wkt"]).to_epsg() == 32633
    assert sorted(level) == ["classes", "spatial_ref"]


def test_coordinates_are_centres_of_pixels(tmp_path, layers):
    write_zarr(layers, tmp_path / "a.zarr")
    group = zarr.open_group(tmp_path / "a.zarr", mode="r")
    assert list(group["0"]["x"][:2]) == [500_005, 500_015]
    assert list(group["1"]["y"][:2]) == [4_999_990, 4_999_970]
    assert group["0"]["x"].fill_value is None  # a coordinate of 0 is no gap


@pytest.mark.parametrize(
    ("crs", "name", "units"),
    [
        (UTM, "projection_x_coordinate", "metre"),
        (FEET, "projection_x_coordinate", "US_survey_foot"),
        (DEGREES, "longitude", "degrees_east"),
    ],
)
def test_coordinates_have_the_names_and_units_of_cf(crs, name, units):
    attributes = axis_attributes("x", crs)
    assert (attributes["standard_name"], attributes["units"]) == (name, units)


def test_an_image_without_place_has_no_coordinates(tmp_path):
    write_zarr({"classes": write_layer(tmp_path / "a.tif", labels_of((9, 9), "uint8"), None)}, tmp_path / "a.zarr")
    group = zarr.open_group(tmp_path / "a.zarr", mode="r")
    assert list(group["0"]) == ["classes"]
    assert dict(group["0"]["classes"].attrs) == {"_ARRAY_DIMENSIONS": ["y", "x"]}


def test_the_pyramid_is_told(tmp_path, layers):
    write_zarr(layers, tmp_path / "a.zarr")
    told = json.loads((tmp_path / "a.zarr" / ".zattrs").read_text())
    assert [each["name"] for each in told["zarr_conventions"]] == ["multiscales", "spatial", "proj"]
    layout = told["multiscales"]["layout"]
    assert [each["asset"] for each in layout] == ["0", "1", "2"]
    assert [each.get("derived_from") for each in layout] == [None, "0", "1"]
    assert [each["spatial:shape"] for each in layout] == [[1100, 1301], [550, 651], [275, 326]]
    assert layout[2]["spatial:transform"] == [40, 0, 500_000, 0, -40, 5_000_000]


def test_every_array_is_in_the_consolidated_metadata(tmp_path, layers):
    write_zarr(layers, tmp_path / "a.zarr")
    listed = json.loads((tmp_path / "a.zarr" / ".zmetadata").read_text())["metadata"]
    assert list(listed) == sorted(listed)
    assert {name for name in listed if name.endswith(".zarray")} == {
        str(path.relative_to(tmp_path / "a.zarr")) for path in (tmp_path / "a.zarr").rglob(".zarray")
    }


def test_the_pyramid_ends_where_one_chunk_is_enough():
    assert [level.shape for level in pyramid((512, 512), None)] == [(512, 512)]
    assert [level.shape for level in pyramid((3, 513), None)] == [(3, 513), (2, 257)]


def test_the_same_layers_give_the_same_bytes(tmp_path, layers):
    for name in ("one.zarr", "two.zarr"):
        write_zarr(layers, tmp_path / name)
    assert files(tmp_path / "one.zarr") == files(tmp_path / "two.zarr")


def test_chunks_without_data_are_not_stored(tmp_path):
    labels = np.zeros((1024, 1024), np.uint8)
    labels[600, 700] = 1
    write_zarr({"classes": write_layer(tmp_path / "a.tif", labels)}, tmp_path / "a.zarr")
    assert [path.name for path in (tmp_path / "a.zarr" / "0" / "classes").glob("[0-9]*")] == ["1.1"]


def test_a_group_replaces_an_older_one(tmp_path, layers):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "old").touch()
    write_zarr(layers, tmp_path / "a.zarr")
    assert not (tmp_path / "a.zarr" / "old").exists()
    assert sorted(os.listdir(tmp_path)) == ["a.zarr", "classes.tif", "confidence.tif", "regions.tif"]


def test_a_file_in_the_way_is_named_and_left(tmp_path):
    path = write_layer(tmp_path / "a.tif", labels_of((9, 9), "uint8"))
    (tmp_path / "a.zarr").write_text("mine")
    with pytest.raises(FileError, match=r"cannot write .*a\.zarr: Not a directory"):
        write_zarr({"classes": path}, tmp_path / "a.zarr")
    assert (tmp_path / "a.zarr").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["a.tif", "a.zarr"]


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    path = write_layer(tmp_path / "a.tif", labels_of((9, 9), "uint8"))
    with pytest.raises(FileError, match=r"cannot write .*a\.zarr: there is no folder .*nowhere"):
        write_zarr({"classes": path}, tmp_path / "nowhere" / "a.zarr")


def test_layers_of_two_shapes_are_refused(tmp_path):
    layers = {
        "classes": write_layer(tmp_path / "a.tif", labels_of((9, 9), "uint8")),
        "regions": write_layer(tmp_path / "b.tif", labels_of((9, 8), "uint8")),
    }
    with pytest.raises(InputError, match=r"layers must be of one shape, got .*'regions': \(9, 8\)"):
        write_zarr(layers, tmp_path / "a.zarr")


def test_a_layer_that_is_cut_off_is_named_and_leaves_nothing(tmp_path, layers):
    content = layers["regions"].read_bytes()
    layers["regions"].write_bytes(content[: len(content) // 2])
    with pytest.raises(FileError, match=r"cannot (open|read) .*regions\.tif"):
        write_zarr(layers, tmp_path / "a.zarr")
    assert sorted(os.listdir(tmp_path)) == ["classes.tif", "confidence.tif", "regions.tif"]


def test_without_zarr_the_message_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(MissingExtraError, match=r"this needs zarr; install it with: pip install 'fallow\[zarr\]'"):
        write_zarr({}, tmp_path / "a.zarr")


RUN = """
import resource, sys
from pathlib import Path
from fallow.errors import WriteError
from fallow.raster import write_zarr
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if {limit}:
    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    write_zarr({{"regions": Path({source!r})}}, Path({target!r}))
except WriteError as error:
    sys.exit(str(error))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def run_apart(source, target, limit=0):
    """Write in a process that may not write files larger than `limit` bytes; it prints the memory it took."""
    code = RUN.format(source=str(source), target=str(target), limit=limit)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("limit", [100, 100_000])
def test_a_full_disk_is_noticed(tmp_path, limit):
    """A limit on the size of files fails like a full disk, at the metadata or at a chunk."""
    (tmp_path / "out").mkdir()
    noise = np.random.default_rng(0).integers(0, 2**16, (600, 700)).astype(np.uint16)
    run = run_apart(write_layer(tmp_path / "a.tif", noise), tmp_path / "out" / "a.zarr", limit)
    assert run.stderr.splitlines()[-1] == f"cannot write {tmp_path / 'out' / 'a.zarr'}: File too large"
    assert os.listdir(tmp_path / "out") == []


def test_memory_is_not_that_of_the_band(tmp_path):
    """The band takes 419 MB; zarr itself, some chunks and GDAL's cache take less than 300."""
    side = 10_240
    with GeoTiffSink(tmp_path / "a.tif", (side, side), dtype="int32", nodata=0) as sink:
        for row in range(0, side, 512):
            sink.write((row, row + 512, 0, side), np.full((512, side), row + 1, np.int32))
    run = run_apart(tmp_path / "a.tif", tmp_path / "a.zarr")
    assert int(run.stdout) / 1024 < 300
