"""Levels of a layer: the same cells as the whole array thinned, and no more read than is in view."""

import numpy as np
import pytest

from fallow.napari.pyramid import LARGEST_READ, levels_of

SHAPE = (300, 523)


@pytest.fixture(scope="module", params=[(), (3,)], ids=["labels", "picture"])
def pixels(request):
    pytest.importorskip("dask.array", reason="dask is not installed: pip install 'fallow[napari]'")
    return np.random.default_rng(0).integers(0, 250, (*SHAPE, *request.param), dtype=np.uint16)


def read_from(pixels, windows):
    def read(window=None):
        row0, row1, col0, col1 = window or (0, SHAPE[0], 0, SHAPE[1])
        assert 0 <= row0 < row1 <= SHAPE[0]
        assert 0 <= col0 < col1 <= SHAPE[1]
        windows.append(window)
        return pixels[row0:row1, col0:col1]

    return read


def test_levels_are_the_first_pixel_of_each_cell(pixels):
    step = 2 * LARGEST_READ
    levels = levels_of(read_from(pixels, []), SHAPE, pixels[::step, ::step], step)
    assert len(levels) == 5
    for number, level in enumerate(levels):
        np.testing.assert_array_equal(np.asarray(level), pixels[:: 2**number, :: 2**number])
        assert level.dtype == pixels.dtype


def test_levels_of_larger_cells_are_the_small_picture(pixels):
    step = 4 * LARGEST_READ
    small = pixels[::step, ::step]
    levels = levels_of(read_from(pixels, []), SHAPE, small, step)
    coarse = levels[-2]
    assert coarse.shape[:2] == (-(-SHAPE[0] // 16), -(-SHAPE[1] // 16))
    enlarged = small.repeat(2, 0).repeat(2, 1)[: coarse.shape[0], : coarse.shape[1]]
    np.testing.assert_array_equal(np.asarray(coarse), enlarged)


@pytest.mark.parametrize("at", [np.s_[10:30, 5:9], np.s_[7, 3:40], np.s_[3:90:4, 11], np.s_[5:5, 2:4], np.s_[-3:, -2:]])
def test_parts_of_a_level_are_parts_of_the_array(pixels, at):
    levels = levels_of(read_from(pixels, []), SHAPE, pixels[::8, ::8], 8)
    for number, level in enumerate(levels[:3]):
        np.testing.assert_array_equal(np.asarray(level[at]), pixels[:: 2**number, :: 2**number][at])


def test_what_is_not_in_view_is_not_read(pixels, monkeypatch):
    monkeypatch.setattr("fallow.napari.pyramid.CHUNK", 32)
    windows = []
    levels = levels_of(read_from(pixels, windows), SHAPE, pixels[::4, ::4], 4)
    np.asarray(levels[0][100:110, 200:300])
    assert windows
    assert all(row0 >= 96 and row1 <= 128 and col0 >= 192 and col1 <= 320 for row0, row1, col0, col1 in windows)


def test_a_small_layer_is_an_array_of_its_own(pixels):
    layer = levels_of(read_from(pixels, []), SHAPE, pixels, 1)
    np.testing.assert_array_equal(layer, pixels)
    assert not np.shares_memory(layer, pixels)
