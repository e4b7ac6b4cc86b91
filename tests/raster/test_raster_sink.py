"""Results on disk and in memory."""

import os
import resource
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from PIL import Image

from fallow.errors import FileError, InputError, writing
from fallow.raster import (
    ArraySink,
    Georeference,
    GeoTiffSink,
    open_source,
    read_labels,
    smallest_dtype,
    whole_file,
    write_png,
)
from fallow.raster.gdal import open_dataset

PLACE = Georeference(rasterio.crs.CRS.from_epsg(32633).to_wkt(), (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0))


def blocks(shape, side=32):
    return [
        (row, min(row + side, shape[0]), col, min(col + side, shape[1]))
        for row in range(0, shape[0], side)
        for col in range(0, shape[1], side)
    ]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "uint32", "float32"])
@pytest.mark.parametrize("shape", [(5, 7), (100, 130), (600, 1100)])
def test_a_geotiff_written_by_blocks_and_threads_reads_back(tmp_path, dtype, shape):
    values = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    path = tmp_path / "classes.tif"
    with GeoTiffSink(path, shape, dtype=dtype, nodata=0, georeference=PLACE) as sink, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda w: sink.write(w, values[w[0] : w[1], w[2] : w[3]]), blocks(shape)))
    stored = read_labels(path)
    assert stored.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(stored, values)
    assert open_source(path).georeference.transform == PLACE.transform
    assert open_source(path).georeference.crs_name == PLACE.crs_name
    assert os.listdir(tmp_path) == ["classes.tif"]


def test_a_geotiff_is_tiled_compressed_and_described(tmp_path):
    colors = {1: (230, 159, 0), 2: (86, 180, 233)}
    path = tmp_path / "a.tif"
    with GeoTiffSink(
        path, (600, 700), dtype="uint8", nodata=0, colors=colors, band_names=["class"], tags={"seed": "7"}, scale=0.5
    ) as sink:
        sink.write((0, 600, 0, 700), np.ones((600, 700), np.uint8))
    with open_dataset(str(path)) as dataset:
        assert dataset.block_shapes == [(512, 512)]
        assert dataset.compression == rasterio.enums.Compression.deflate
        assert dataset.colorinterp == (rasterio.enums.ColorInterp.palette,)
        assert [dataset.colormap(1)[label][:3] for label in (1, 2)] == list(colors.values())
        assert dataset.nodata == 0
        assert dataset.scales == (0.5,)
        assert dataset.descriptions == ("class",)
        assert dataset.tags()["seed"] == "7"
    assert path.stat().st_size < 10_000


def test_several_bands_stay_bands(tmp_path):
    values = np.random.default_rng(0).integers(0, 255, (40, 50, 4), dtype=np.uint8)
    with GeoTiffSink(tmp_path / "a.tif", (40, 50), dtype="uint8", n_bands=4) as sink:
        sink.write((0, 40, 0, 50), values)
    np.testing.assert_array_equal(open_source(tmp_path / "a.tif").read(), values)


def test_what_is_not_written_is_no_data(tmp_path):
    with GeoTiffSink(tmp_path / "a.tif", (1200, 1200), dtype="uint8", nodata=0) as sink:
        sink.write((0, 512, 0, 512), np.ones((512, 512), np.uint8))
    assert read_labels(tmp_path / "a.tif").sum() == 512 * 512


def test_an_error_leaves_nothing_behind_and_the_old_file_alone(tmp_path):
    path = tmp_path / "a.tif"
    path.write_text("old")

    def interrupted():
        with GeoTiffSink(path, (40, 50), dtype="uint8") as sink:
            sink.write((0, 10, 0, 50), np.ones((10, 50), np.uint8))
            assert path.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.tif"]


def test_errors_of_the_block_keep_their_own_words(tmp_path):
    with (
        pytest.raises(FileError, match=r"^cannot read elsewhere\.tif$"),
        GeoTiffSink(tmp_path / "a.tif", (9, 9), dtype="u1"),
    ):
        raise FileError("cannot read elsewhere.tif")


def test_colours_need_a_small_integer_band(tmp_path):
    with pytest.raises(InputError, match="colors need one band of uint8 or uint16, got 1 of int32"):
        GeoTiffSink(tmp_path / "a.tif", (9, 9), dtype="int32", colors={1: (0, 0, 0)})


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (np.full((4, 5), 256), "values from 256 to 256 do not fit uint8"),
        (np.full((4, 5), -1, np.int32), "values from -1 to -1 do not fit uint8"),
        (np.full((4, 5), 0.5), "values of float64 do not fit uint8; round them first"),
        (np.zeros((5, 4), np.uint8), r"takes \(4, 5\) pixels, got \(5, 4\)"),
    ],
)
def test_values_that_do_not_fit_are_refused(tmp_path, values, match):
    for sink in (ArraySink((10, 10), "uint8"), GeoTiffSink(tmp_path / "a.tif", (10, 10), dtype="uint8")):
        with pytest.raises(InputError, match=match), sink:
            sink.write((0, 4, 0, 5), values)


def test_an_array_sink_takes_labels_that_fit():
    with ArraySink((10, 10), "uint8") as sink:
        sink.write((2, 4, 3, 5), np.full((2, 2), 255, np.int32))
    assert sink.array.sum() == 4 * 255


@pytest.mark.parametrize(("top", "dtype"), [(0, "uint8"), (255, "uint8"), (256, "uint16"), (65536, "uint32")])
def test_the_smallest_type_holds_the_largest_value(top, dtype):
    assert smallest_dtype(top) == dtype


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    for write in (
        lambda path: GeoTiffSink(path, (9, 9), dtype="uint8").__enter__(),
        lambda path: write_png(path, np.zeros((3, 3), np.uint8)),
    ):
        with pytest.raises(FileError, match=r"cannot write .*nowhere.a\.x: there is no folder .*nowhere"):
            write(tmp_path / "nowhere" / "a.x")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(FileError, match=r"cannot write .*a\.png: the folder .* does not let you"):
        write_png(tmp_path / "a.png", np.zeros((3, 3), np.uint8))


WRITE_NOISE = """
import resource, sys
import numpy as np
from fallow.errors import FileError
from fallow.raster import GeoTiffSink
noise = np.random.default_rng(0).integers(0, 2**16, (2048, 2048)).astype(np.uint16)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    with GeoTiffSink({path!r}, noise.shape, dtype="uint16") as sink:
        for row in range(0, 2048, 512):
            sink.write((row, row + 512, 0, 2048), noise[row : row + 512])
except FileError as error:
    sys.exit(str(error))
"""


def write_noise(path, limit):
    """Write incompressible noise in a process that may not write files larger than `limit` bytes."""
    code = WRITE_NOISE.format(limit=limit, path=str(path))
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def needed_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("noise") / "a.tif"
    assert write_noise(path, resource.RLIM_INFINITY).returncode == 0
    return path.stat().st_size


@pytest.mark.parametrize("part", [0.01, 0.4, 0.9, 0.99999])
def test_a_full_disk_is_noticed(tmp_path, needed_bytes, part):
    """A limit on the size of files fails like a full disk: late, and inside GDAL."""
    path = tmp_path / "a.tif"
    run = write_noise(path, int(needed_bytes * part))
    assert run.stderr.splitlines()[-1].startswith(f"cannot write {path}, is the disk full?")
    assert os.listdir(tmp_path) == []


def test_a_png_of_colours_reads_back(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (9, 8, 3), dtype=np.uint8)
    write_png(tmp_path / "a.png", image)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), image)


def test_labels_keep_their_numbers_and_show_their_colours(tmp_path):
    labels = np.array([[0, 1, 2]], np.int32)
    write_png(tmp_path / "a.png", labels, colors={1: (255, 0, 0), 2: (0, 255, 0), 300: (9, 9, 9)})
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "P"
        np.testing.assert_array_equal(np.asarray(picture), labels)
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB"))[0], [(0, 0, 0), (255, 0, 0), (0, 255, 0)])


@pytest.mark.parametrize("top", [255, 256, 65_535])
def test_many_labels_take_sixteen_bits(tmp_path, top):
    labels = np.array([[0, 7, top]])
    write_png(tmp_path / "a.png", labels, colors={1: (1, 2, 3)} if top > 255 else None)
    np.testing.assert_array_equal(open_source(tmp_path / "a.png").read()[..., 0], labels)


def test_very_many_labels_go_into_the_colours(tmp_path):
    labels = np.array([[0, 7, 65_536, 2**24 - 1]])
    write_png(tmp_path / "a.png", labels)
    red, green, blue = np.moveaxis(np.asarray(Image.open(tmp_path / "a.png")).astype(int), 2, 0)
    np.testing.assert_array_equal(red + 256 * green + 65_536 * blue, labels)
    with pytest.raises(InputError, match="a PNG holds labels below 16777216, got 16777216; write a GeoTIFF"):
        write_png(tmp_path / "b.png", labels + 1)


def test_a_png_refuses_what_is_no_picture(tmp_path):
    with pytest.raises(InputError, match=r"a PNG takes colours as uint8 .* got float64 \(3, 3, 3\)"):
        write_png(tmp_path / "a.png", np.zeros((3, 3, 3)))


def test_whole_files_have_ordinary_permissions(tmp_path):
    (tmp_path / "plain").touch()
    with whole_file(tmp_path / "whole") as temporary:
        temporary.write_text("x")
        assert not (tmp_path / "whole").exists()
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "whole")]
    assert modes[0] == modes[1]


def test_writing_names_the_file_the_system_refused(tmp_path):
    with (
        pytest.raises(FileError, match=r"cannot write .*table\.csv: No such file or directory"),
        writing(tmp_path / "table.csv"),
    ):
        (tmp_path / "nowhere" / "table.csv").write_text("x")
