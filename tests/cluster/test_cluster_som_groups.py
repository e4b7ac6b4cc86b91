import numpy as np
import pytest

from fallow.cluster.som_grid import grid_distances, neighbours
from fallow.cluster.som_groups import group_units


def chain(n_units):
    return neighbours(grid_distances((1, n_units), "rectangular", toroidal=False))


def column(*values):
    return np.float32(values)[:, None]


def test_like_units_are_grouped_and_numbered_by_their_first():
    groups = group_units(column(9, 9.1, 0, 0.2, 5), np.ones(5, int), chain(5), 3)
    assert groups.dtype == np.int32
    assert groups.tolist() == [0, 0, 1, 1, 2]


def test_units_that_do_not_touch_are_not_merged_before_the_rest():
    groups = group_units(column(0, 8, 0), np.ones(3, int), chain(3), 2)
    assert groups.tolist() != [0, 1, 0]


def test_units_without_rows_bridge_nothing_and_follow_the_nearest_winner():
    groups = group_units(column(0, 1, 4, 6, 9, 10), np.array([5, 5, 0, 0, 5, 5]), chain(6), 2)
    assert groups.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_heavy_pair_is_dearer_to_merge_than_a_light_one():
    book = column(0, 1, 2.2)
    assert group_units(book, np.array([100, 100, 1]), chain(3), 2).tolist() == [0, 1, 1]
    assert group_units(book, np.array([1, 100, 100]), chain(3), 2).tolist() == [0, 0, 1]


def test_without_a_grid_to_respect_it_is_wards_method():
    from scipy.cluster.hierarchy import cut_tree, linkage

    book = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    groups = group_units(book, np.ones(40, int), ~np.eye(40, dtype=bool), 6)
    expected = cut_tree(linkage(book, "ward"), 6).ravel()
    assert len(np.unique(groups * 100 + expected)) == 6


@pytest.mark.parametrize("n_groups", [2, 3, 17, 36])
def test_groups_are_as_many_as_wanted_and_each_wins_rows(n_groups):
    random = np.random.default_rng(n_groups)
    hits = random.integers(0, 3, 64)
    hits[random.permutation(64)[:36]] = 1
    touches = neighbours(grid_distances((8, 8), "hexagonal", toroidal=True))
    groups = group_units(random.normal(size=(64, 2)).astype(np.float32), hits, touches, n_groups)
    assert np.array_equal(np.unique(groups[hits > 0]), np.arange(n_groups))
