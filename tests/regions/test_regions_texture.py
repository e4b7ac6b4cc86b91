import numpy as np
import pytest
from region_twins import slow_patterns

from fallow.regions.cells import mean_cells
from fallow.regions.texture import LEAST_ENERGY, LEAST_STEP, binary_patterns, texture_planes

FLAT = np.float32(9)  # of patterns: what is not in one row


def planes_of(lightness):
    lightness = np.asarray(lightness, np.float32)
    return texture_planes(lightness, mean_cells(lightness[..., None])[..., 0])


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 1), (12, 15)])
def test_patterns_equal_a_walk_around_each_cell(shape):
    plane = np.random.default_rng(0).integers(0, 4, shape).astype(np.float32)
    np.testing.assert_array_equal(binary_patterns(plane), slow_patterns(plane, LEAST_STEP))


def test_noise_makes_no_pattern():
    noise = np.random.default_rng(0).random((20, 20)).astype(np.float32) * (LEAST_STEP * np.float32(0.99))
    assert not binary_patterns(50 + noise).any()


def test_patterns_are_of_what_is_lighter_around():
    plane = np.zeros((7, 7), np.float32)
    plane[3, 3] = -10  # a pit, in which all eight are lighter
    assert binary_patterns(plane)[3, 3] == 8
    plane[3, 3] = 10  # a peak: nothing is lighter, and it is one of eight to its neighbours
    assert binary_patterns(plane)[3, 3] == 0
    assert (binary_patterns(plane)[2:5, 2:5].sum(), binary_patterns(plane).sum()) == (8, 8)


def test_patterns_turn_with_the_picture():
    plane = np.random.default_rng(1).integers(0, 3, (9, 12)).astype(np.float32)
    np.testing.assert_array_equal(binary_patterns(np.rot90(plane).copy()), np.rot90(binary_patterns(plane)))


def test_two_rows_of_lighter_cells_are_no_pattern():
    plane = np.zeros((3, 3), np.float32)
    plane[1, 0] = plane[1, 2] = 10
    assert binary_patterns(plane)[1, 1] == FLAT


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (8, 10), (7, 5)])
def test_there_are_three_planes_of_cells(shape):
    planes = planes_of(np.full(shape, 40.0))
    assert (planes.shape, planes.dtype) == ((-(-shape[0] // 2), -(-shape[1] // 2), 3), np.float32)


def test_an_even_picture_has_the_least_energy():
    planes = planes_of(np.full((30, 40), 40.0))
    np.testing.assert_allclose(planes[..., :2], np.log(LEAST_ENERGY), atol=1e-3)
    assert not planes[..., 2].any()


def test_more_contrast_is_more_energy_by_its_logarithm():
    board = np.indices((80, 80)).sum(axis=0) // 2 % 2
    weak, strong = (planes_of(50 + height * board)[10:-10, 10:-10].mean(axis=(0, 1)) for height in (20, 40))
    assert (strong[:2] > weak[:2] + 0.8 * np.log(2)).all()


def test_fine_texture_is_seen_in_the_fine_plane_only():
    lines = np.broadcast_to(40 + 20 * (np.arange(80) % 2), (80, 80))  # every second pixel: cells are even
    coarse, fine = planes_of(lines)[10:-10, 10:-10, :2].mean(axis=(0, 1))
    assert coarse == pytest.approx(np.log(LEAST_ENERGY), abs=1e-3)
    assert fine > 1
