"""What holds for every source, whatever it reads."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from PIL import Image

from fallow.raster import Source, open_source

KINDS = ["array", "tiff", "png", "turned", "npy", "npz", "mat", "mat73", "views"]


@pytest.fixture(params=KINDS)
def source(request, tmp_path: Path, write_tiff) -> Source:
    rng = np.random.default_rng(0)
    image = rng.integers(1, 255, (40, 50, 3), dtype=np.uint8)
    kind = request.param
    if kind == "array":
        return open_source(image)
    if kind == "tiff":
        image[5:9, 5:9] = 0
        return open_source(write_tiff("a.tif", np.moveaxis(image, 2, 0), nodata=0))
    if kind == "views":
        mask = np.ones((40, 50), np.uint8)
        mask[:4] = 0
        return open_source(image, bands="3,1", nodata=7, mask=mask, window=(1, 37, 2, 45))
    path = tmp_path / f"a.{kind.removesuffix('73')}"
    if kind == "png":
        Image.fromarray(image).save(path)
    elif kind == "turned":
        path = tmp_path / "a.jpg"
        exif = Image.Exif()
        exif[274] = 6
        Image.fromarray(image).save(path, exif=exif)
    elif kind == "npy":
        np.save(path, image)
    elif kind == "npz":
        np.savez(path, image)
    elif kind == "mat":
        scipy.io.savemat(path, {"cube": image})
    elif kind == "mat73":
        with h5py.File(path, "w") as file:
            file["cube"] = image.T
    return open_source(path)


WINDOWS = [(0, 8, 0, 8), (3, 20, 7, 11), (30, 36, 20, 40), (0, 1, 0, 1)]


@pytest.mark.parametrize("window", WINDOWS)
def test_windows_equal_slices_of_the_whole(source, window):
    row0, row1, col0, col1 = window
    image = source.read(window)
    assert image.dtype == np.float32
    assert image.flags.c_contiguous
    np.testing.assert_array_equal(image, source.read()[row0:row1, col0:col1])


def test_outside_is_no_data(source):
    rows, cols = source.shape
    padded = np.pad(source.read(), ((2, 3), (4, 5), (0, 0)), constant_values=np.nan)
    np.testing.assert_array_equal(source.read((-2, rows + 3, -4, cols + 5)), padded)
    assert np.isnan(source.read((rows, rows + 2, 0, 2))).all()
    assert source.read((3, 3, 0, 5)).shape == (0, 5, source.n_bands)


def test_bands_can_be_chosen(source):
    np.testing.assert_array_equal(source.read(bands=[1, 0])[..., ::-1], source.read(bands=[0, 1]))


def test_a_pickle_reads_the_same_and_holds_no_pixels_of_files(source):
    whole = source.read()
    pickled = pickle.dumps(source)
    again = pickle.loads(pickled)
    assert again.header == source.header
    np.testing.assert_array_equal(again.read(), whole)
    if source.path:
        assert len(pickled) < 1000


def test_closed_sources_open_again(source):
    whole = source.read()
    with source:
        pass
    np.testing.assert_array_equal(source.read(), whole)


def test_threads_read_what_one_would(source):
    windows = [(row, row + 5, col, col + 7) for row in range(0, 35, 5) for col in range(0, 35, 7)] * 4
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(source.read, windows))
    whole = source.read((0, 60, 0, 60))
    for (row0, row1, col0, col1), image in zip(windows, images, strict=True):
        np.testing.assert_array_equal(image, whole[row0:row1, col0:col1])


def test_the_header_describes_what_is_read(source):
    assert source.read().shape == (*source.shape, source.n_bands)
    assert len(set(source.band_names)) == source.n_bands
    assert source.dtype == np.uint8
    assert min(source.block_shape) > 0
