"""Cloud Optimized GeoTIFFs made from finished results."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import rasterio

from fallow.errors import FileError
from fallow.raster import Georeference, GeoTiffSink, open_source, read_labels, write_cog
from fallow.raster.gdal import open_dataset

PLACE = Georeference(rasterio.crs.CRS.from_epsg(32633).to_wkt(), (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0))
COLORS = {1: (230, 159, 0), 2: (86, 180, 233)}


def write_labels(path, shape, dtype="uint8", **described):
    """Write random labels and return them."""
    labels = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    with GeoTiffSink(path, shape, dtype=dtype, nodata=0, **described) as sink:
        sink.write((0, shape[0], 0, shape[1]), labels)
    return labels


def tile_offsets(dataset, level):
    """Return where the tiles of a level lie in the file, row by row: None is full resolution."""
    rows, cols = (-(-side // (512 * (1 if level is None else 2 ** (level + 1)))) for side in dataset.shape)
    return [
        int(dataset.get_tag_item(f"BLOCK_OFFSET_{col}_{row}", "TIFF", bidx=1, ovr=level))
        for row in range(rows)
        for col in range(cols)
    ]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "uint32"])
@pytest.mark.parametrize("shape", [(5, 7), (512, 512), (1100, 1300)])
@pytest.mark.parametrize("place", [None, PLACE], ids=["nowhere", "somewhere"])
def test_a_cog_holds_the_same_pixels_at_the_same_place(tmp_path, dtype, shape, place):
    labels = write_labels(tmp_path / "a.tif", shape, dtype, georeference=place)
    write_cog(tmp_path / "a.tif", tmp_path / "cog.tif")
    stored = read_labels(tmp_path / "cog.tif")
    assert stored.dtype == labels.dtype
    np.testing.assert_array_equal(stored, labels)
    assert open_source(tmp_path / "cog.tif").georeference == open_source(tmp_path / "a.tif").georeference
    assert sorted(os.listdir(tmp_path)) == ["a.tif", "cog.tif"]


def test_a_cog_is_described_as_its_source(tmp_path):
    described = {"colors": COLORS, "band_names": ["class"], "tags": {"seed": "7"}, "scale": 0.01}
    write_labels(tmp_path / "a.tif", (600, 700), georeference=PLACE, **described)
    write_cog(tmp_path / "a.tif", tmp_path / "cog.tif")
    with open_dataset(str(tmp_path / "cog.tif")) as dataset:
        assert [dataset.colormap(1)[label][:3] for label in COLORS] == list(COLORS.values())
        assert dataset.nodata == 0
        assert dataset.scales == (0.01,)
        assert dataset.descriptions == ("class",)
        assert dataset.tags()["seed"] == "7"
        assert dataset.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "2"
        assert dataset.compression == rasterio.enums.Compression.deflate


def test_the_layout_is_that_of_a_cog(tmp_path):
    """Directories first, then overviews from the smallest to the full image, tiles of each row by row."""
    write_labels(tmp_path / "a.tif", (1100, 2100))
    write_cog(tmp_path / "a.tif", tmp_path / "cog.tif")
    with open_dataset(str(tmp_path / "cog.tif")) as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.block_shapes == [(512, 512)]
        assert dataset.overviews(1) == [2, 4, 8]
        levels = [tile_offsets(dataset, level) for level in (2, 1, 0, None)]
        directories = [int(dataset.get_tag_item("IFD_OFFSET", "TIFF", bidx=1, ovr=level)) for level in (None, 0, 1, 2)]
    in_file = directories + [offset for level in levels for offset in level]
    assert in_file == sorted(set(in_file))
    assert b"LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR" in (tmp_path / "cog.tif").read_bytes()[:200]


def test_overviews_hold_labels_that_were_there(tmp_path):
    labels = np.kron(np.array([[1, 200], [9, 60]]), np.ones((600, 600), int)).astype(np.uint8)
    with GeoTiffSink(tmp_path / "a.tif", labels.shape, dtype="uint8", nodata=0) as sink:
        sink.write((0, 1200, 0, 1200), labels)
    write_cog(tmp_path / "a.tif", tmp_path / "cog.tif")
    with open_dataset(str(tmp_path / "cog.tif"), overview_level=1) as dataset:
        np.testing.assert_array_equal(dataset.read(1), labels[::4, ::4])


def test_the_same_source_gives_the_same_cog(tmp_path):
    write_labels(tmp_path / "a.tif", (1100, 1300), "int32", georeference=PLACE)
    for name in ("one.tif", "two.tif"):
        write_cog(tmp_path / "a.tif", tmp_path / name)
    one, two = (hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in ("one.tif", "two.tif"))
    assert one == two


def test_a_cog_replaces_an_older_file(tmp_path):
    labels = write_labels(tmp_path / "a.tif", (40, 50))
    (tmp_path / "cog.tif").write_text("old")
    write_cog(tmp_path / "a.tif", tmp_path / "cog.tif")
    np.testing.assert_array_equal(read_labels(tmp_path / "cog.tif"), labels)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    write_labels(tmp_path / "a.tif", (40, 50))
    with pytest.raises(FileError, match=r"cannot write .*cog\.tif: there is no folder .*nowhere"):
        write_cog(tmp_path / "a.tif", tmp_path / "nowhere" / "cog.tif")


def test_a_source_that_is_no_image_is_named(tmp_path):
    (tmp_path / "a.tif").write_text("text")
    with pytest.raises(FileError, match=r"cannot open .*a\.tif"):
        write_cog(tmp_path / "a.tif", tmp_path / "cog.tif")
    assert os.listdir(tmp_path) == ["a.tif"]


WRITE_COG = """
import resource, sys
from pathlib import Path
from fallow.errors import WriteError
from fallow.raster import write_cog
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    write_cog(Path({source!r}), Path({target!r}))
except WriteError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("part", [0.01, 0.4, 0.9, 0.99999])
def test_a_full_disk_is_noticed(tmp_path, part):
    """A limit on the size of files fails like a full disk: late, and inside GDAL."""
    (tmp_path / "out").mkdir()
    noise = np.random.default_rng(0).integers(0, 2**16, (1200, 1200)).astype(np.uint16)
    with GeoTiffSink(tmp_path / "a.tif", noise.shape, dtype="uint16", nodata=0) as sink:
        sink.write((0, 1200, 0, 1200), noise)
    write_cog(tmp_path / "a.tif", tmp_path / "whole.tif")
    limit = int((tmp_path / "whole.tif").stat().st_size * part)
    target = tmp_path / "out" / "cog.tif"
    code = WRITE_COG.format(limit=limit, source=str(tmp_path / "a.tif"), target=str(target))
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr.splitlines()[-1].startswith(f"cannot write {target}, is the disk full?")
    assert os.listdir(target.parent) == []


MEASURE = """
import resource
from pathlib import Path
from fallow.raster import write_cog
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write_cog(Path({source!r}), Path({target!r}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_is_not_that_of_the_band(tmp_path):
    """The band takes 419 MB; GDAL's cache and buffers take less than 300."""
    side = 10_240
    with GeoTiffSink(tmp_path / "a.tif", (side, side), dtype="int32", nodata=0) as sink:
        for row in range(0, side, 512):
            sink.write((row, row + 512, 0, side), np.full((512, side), row, np.int32))
    code = MEASURE.format(source=str(tmp_path / "a.tif"), target=str(tmp_path / "cog.tif"))
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) / 1024 < 300
