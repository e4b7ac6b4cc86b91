from __future__ import annotations

import numpy as np
import pytest
from feature_scenes import punch, scene

from fallow.features.block import Block
from fallow.features.cells import CELL, CellGrid, count_cells, halve


@pytest.mark.parametrize("origin", [(0, 0), (-7, 13)])
def test_cells_hold_the_mean_of_their_valid_pixels(origin):
    image = punch(scene(41, 47, 1))
    block = Block(image, origin)
    grid = CellGrid(block)
    means = grid.average(grid.align(block.fill(image[..., 0])))
    global_row, global_col = 20 + origin[0], 33 + origin[1]
    cell_row, cell_col = global_row // CELL * CELL - origin[0], global_col // CELL * CELL - origin[1]
    pixels = image[cell_row : cell_row + CELL, cell_col : cell_col + CELL, 0]
    found = means[global_row // CELL - origin[0] // CELL, global_col // CELL - origin[1] // CELL]
    np.testing.assert_allclose(found, np.nanmean(pixels), rtol=1e-5)


def test_a_halved_plane_averages_to_the_same_cells():
    block = Block(scene(24, 20, 1))
    grid = CellGrid(block)
    plane = grid.align(block.image[..., 0])
    np.testing.assert_allclose(grid.average(halve(plane)), grid.average(plane), rtol=1e-5)


def test_a_plane_comes_back_where_it_was():
    rows, cols = np.mgrid[:40, :44].astype(np.float32)
    block = Block((rows + 2 * cols)[..., None], (3, -2))
    grid = CellGrid(block)
    back = grid.spread(grid.average(grid.align(block.image[..., 0]))[..., None])[..., 0]
    np.testing.assert_allclose(back[8:-8, 8:-8], (rows + 2 * cols)[8:-8, 8:-8], rtol=1e-5)


def test_counting_equals_numpy():
    random = np.random.default_rng(0)
    position = (random.random((8, 12)) * 4).astype(np.float32)
    weight = (random.random((8, 12)) < 0.8).astype(np.float32)
    shares = np.maximum(1 - np.abs(position[..., None] - np.arange(5)), 0) * weight[..., None]
    expected = shares.reshape(2, CELL, 3, CELL, 5).sum((1, 3))
    np.testing.assert_allclose(count_cells(position, weight, 5), expected, rtol=1e-5, atol=1e-6)


def test_histograms_sum_to_one():
    image = punch(scene(30, 30, 1))
    block = Block(image)
    grid = CellGrid(block)
    position = grid.align(block.fill(image[..., 0]) / 255 * 6)
    total = grid.histogram(position, 7).sum(axis=2)
    np.testing.assert_allclose(total[grid.weight > 0], 1, rtol=1e-5)
