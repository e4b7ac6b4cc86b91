import numpy as np
import pytest

from fallow.regions.contours import ORIENTATIONS
from fallow.regions.jumps import GRID, N_JUMPS, REACH, blur_for_jumps, jumps

ROWS, COLS = 14, 18  # of the network's grid
ACROSS, DOWN = 0, ORIENTATIONS // 2


def jump_at(network, row, col, *, is_down=False, direction=ACROSS):
    """The jumps of a border of one cell side."""
    cues = np.zeros((1, N_JUMPS), np.float32)
    place = (np.array([each]) for each in (row, col))
    jumps(cues, np.zeros(1, np.int64), np.array([direction]), *place, np.array([is_down]), network)
    return cues[0]


def slow_jumps(arc, direction, row, col, is_down, network):
    cues = np.zeros((len(direction), N_JUMPS))
    for k, border in enumerate(arc):
        angle = direction[border] * np.pi / ORIENTATIONS
        normal = np.array([np.sin(angle), np.cos(angle)])
        middle = np.array([row[k], col[k]]) + np.where(is_down[k], [1, 0.5], [0.5, 1])
        for number, reach in enumerate(REACH):
            ends = [np.floor((middle + sign * reach * normal) / GRID).astype(int) for sign in (-1, 1)]
            one, other = (network[number][tuple(np.clip(end, 0, [ROWS - 1, COLS - 1]))] for end in ends)
            cues[border, number] += np.sqrt(((other - one) ** 2).sum())
    return cues


def test_jumps_equal_those_of_one_cell_side_after_the_other():
    random = np.random.default_rng(0)
    n, n_borders = 200, 23
    network = tuple(random.normal(0, 1, (2, ROWS, COLS, 5)).astype(np.float32))
    arc, direction = random.integers(0, n_borders, n), random.integers(0, ORIENTATIONS, n_borders)
    place = random.integers(0, GRID * ROWS, n), random.integers(0, GRID * COLS, n)
    is_down = random.random(n) < 0.5
    cues = np.zeros((n_borders, N_JUMPS), np.float32)
    jumps(cues, arc, direction, *place, is_down, network)
    np.testing.assert_allclose(cues, slow_jumps(arc, direction, *place, is_down, network), rtol=1e-4)


def test_jumps_are_the_distance_between_the_two_sides():
    halves = np.zeros((ROWS, COLS, 2), np.float32)
    halves[:, COLS // 2 :] = 3, 4
    beside = GRID * COLS // 2 - 1
    np.testing.assert_allclose(jump_at((halves, halves), 9, beside), 5)
    np.testing.assert_allclose(jump_at((halves, halves), 9, 2), 0)
    np.testing.assert_allclose(jump_at((halves, halves), 9, beside, is_down=True, direction=DOWN), 0)


def test_the_far_jump_sees_farther():
    halves = np.zeros((ROWS, COLS, 1), np.float32)
    halves[:, COLS // 2 :] = 1
    near, far = jump_at((halves, halves), 9, GRID * COLS // 2 - 6)
    assert (near, far) == (0, 1)


def test_jumps_are_added_to_what_is_there():
    network = np.zeros((ROWS, COLS, 1), np.float32)
    cues = np.full((1, N_JUMPS), 7, np.float32)
    one = np.zeros(1, np.int64)
    jumps(cues, one, one, one, one, np.zeros(1, np.bool_), (network, network))
    assert (cues == 7).all()


@pytest.mark.parametrize("shape", [(ROWS, COLS, 1), (1, 1, 3), (1, 9, 2)])
def test_there_is_one_blur_a_reach(shape):
    blurred = blur_for_jumps(np.full(shape, 2.5, np.float32))
    assert len(blurred) == N_JUMPS
    for each in blurred:
        assert (each.shape, each.dtype) == (shape, np.float32)
        np.testing.assert_allclose(each, 2.5, rtol=1e-6)
