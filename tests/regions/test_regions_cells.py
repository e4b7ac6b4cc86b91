import numpy as np
import pytest
from region_twins import slow_mean_cells

from fallow.regions.cells import mean_cells

SHAPES = [(1, 1, 1), (1, 6, 3), (7, 1, 2), (6, 8, 3), (7, 9, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_cells_are_the_mean_of_what_lies_in_them(shape):
    picture = np.random.default_rng(0).random(shape).astype(np.float32)
    cells = mean_cells(picture)
    assert (cells.shape, cells.dtype) == ((-(-shape[0] // 2), -(-shape[1] // 2), shape[2]), np.float32)
    np.testing.assert_allclose(cells, slow_mean_cells(picture), rtol=1e-6)


def test_how_the_picture_lies_in_memory_does_not_matter():
    picture = np.random.default_rng(1).random((3, 9, 8)).astype(np.float32)
    np.testing.assert_array_equal(mean_cells(picture.transpose(1, 2, 0)), mean_cells(picture.transpose(1, 2, 0).copy()))


def test_an_even_picture_stays_as_it_is():
    assert (mean_cells(np.full((5, 4, 2), 7.25, np.float32)) == 7.25).all()
