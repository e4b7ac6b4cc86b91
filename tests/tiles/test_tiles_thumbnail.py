import numpy as np
import pytest

from fallow.raster.reduce import cell_means
from fallow.tiles import thumbnail
from fallow.tiles.grid import BLOCK, tiles_of
from fallow.tiles.thumbnail import Thumbnail


def twin(pixels, bands, step):
    rows, cols = (-(-side // step) for side in pixels.shape[:2])
    means = np.full((rows, cols, len(bands)), np.nan, np.float32)
    for row in range(rows):
        for col in range(cols):
            cell = pixels[row * step : (row + 1) * step, col * step : (col + 1) * step, bands].reshape(-1, len(bands))
            valid = cell[~np.isnan(cell).any(axis=1)]
            if len(valid):
                means[row, col] = valid.mean(axis=0)
    return means


@pytest.mark.parametrize("step", [1, 2, 4, 16])
def test_cells_are_means_of_what_is_valid(step):
    pixels = np.random.default_rng(0).random((21, 34, 4), np.float32)
    pixels[:9, :9] = np.nan
    bands = np.array([3, 0, 0])
    np.testing.assert_allclose(cell_means(pixels, bands, step), twin(pixels, bands, step), rtol=1e-5)


@pytest.mark.parametrize("tile", [(1, 1), (1024, 512), (9000, 9000)])
def test_tiles_do_not_change_the_picture(monkeypatch, tile):
    monkeypatch.setattr(thumbnail, "MAX_SIDE", 200)
    shape = (700, 1300)
    random = np.random.default_rng(0)
    pixels, labels = random.random((*shape, 3), np.float32), random.integers(0, 9, shape).astype(np.int32)
    bands = np.array([2, 1, 0])
    small = Thumbnail(shape, has_superpixels=True)
    assert small.step == thumbnail.thumbnail_step(shape) == 8
    for row0, row1, col0, col1 in tiles_of(shape, tile):
        part = np.s_[row0:row1, col0:col1]
        window = row0, row1, col0, col1
        small.show(window, cell_means(pixels[part], bands, small.step))
        small.label(window, regions=labels[part], classes=labels[part] % 3)
        small.label(window, superpixels=labels[part] % 5)
    np.testing.assert_array_equal(small.picture, cell_means(pixels, bands, 8))
    np.testing.assert_array_equal(small.regions, labels[::8, ::8])
    np.testing.assert_array_equal(small.classes, labels[::8, ::8] % 3)
    np.testing.assert_array_equal(small.superpixels, labels[::8, ::8] % 5)


def test_the_pixel_unit_shows_no_superpixels():
    assert Thumbnail((70, 90)).superpixels.size == 0


def test_cells_never_cross_a_block():
    for side in (1, 1400, 1401, 50_000, 3_000_000):
        assert BLOCK % Thumbnail((side, 10)).step == 0
