import numpy as np
import pytest

from fallow.cluster.som_grid import auto_shape, grid_distances, neighbours


def test_square_units_are_as_far_as_on_paper():
    distances = grid_distances((3, 4), "rectangular", toroidal=False)
    assert distances[0, 11] == pytest.approx(np.hypot(2, 3))
    assert np.array_equal(distances, distances.T)


def test_all_six_hexagonal_neighbours_are_one_step_away():
    distances = grid_distances((5, 5), "hexagonal", toroidal=False)
    middle = 2 * 5 + 2
    assert np.isclose(distances[middle], 1).sum() == 6
    assert np.sort(distances[middle])[7] == pytest.approx(np.sqrt(3))


@pytest.mark.parametrize(("topology", "n_near"), [("rectangular", 8), ("hexagonal", 6)])
def test_on_a_torus_every_unit_has_all_its_neighbours(topology, n_near):
    assert (neighbours(grid_distances((6, 7), topology, toroidal=True)).sum(axis=1) == n_near).all()


def test_a_torus_takes_the_shorter_way_round():
    distances = grid_distances((4, 10), "rectangular", toroidal=True)
    assert distances[0, 9] == 1
    assert distances[0, 30] == 1
    assert distances[0, 5] == 5


def test_corners_of_an_open_map_have_fewer_neighbours():
    touches = neighbours(grid_distances((3, 3), "rectangular", toroidal=False))
    assert touches.sum(axis=1).reshape(3, 3).tolist() == [[3, 5, 3], [5, 8, 5], [3, 5, 3]]


@pytest.mark.parametrize("n_rows", [2, 100, 10_000, 10_000_000])
@pytest.mark.parametrize("spread", [(1.0, 1.0), (3.0, 1.0), (1.0, 0.0), (0.0, 0.0)])
def test_an_auto_shape_is_even_and_bounded(n_rows, spread):
    rows, cols = auto_shape(n_rows, np.array(spread))
    assert rows % 2 == 0
    assert min(rows, cols) >= 2
    assert rows * cols <= 450
