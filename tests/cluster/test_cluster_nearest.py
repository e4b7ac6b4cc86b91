import numpy as np
import pytest

from fallow.cluster.nearest import BLOCK, nearest_groups, sum_by_nearest, two_nearest

SIZES = [(0, 2, 3), (1, 1, 2), (BLOCK, 4, 12), (2 * BLOCK + 7, 5, 7), (300, 200, 20)]


def table(n_rows, n_features, n_units, seed=0):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n_rows, n_features)).astype(np.float32)
    return rows, random.normal(size=(n_units, n_features)).astype(np.float32)


def squared_distances(rows, units):
    total = np.zeros((len(rows), len(units)), np.float32)
    for feature in range(rows.shape[1]):  # one feature after the other, as the kernels do
        total += np.square(rows[:, feature, None] - units[None, :, feature])
    return total


@pytest.mark.parametrize("size", SIZES)
def test_nearest_groups_equals_numpy_to_the_bit(size):
    rows, units = table(*size)
    starts = np.array([0, 1, len(units)])
    per_unit = squared_distances(rows, units)
    per_group = np.stack([per_unit[:, 0], per_unit[:, 1:].min(axis=1)], axis=1)
    first, second = np.sort(per_group, axis=1).T
    labels, confidence, distances = nearest_groups(rows, units, starts)
    assert np.array_equal(labels, 1 + per_group.argmin(axis=1))
    assert np.array_equal(distances, np.sqrt(first))
    assert np.array_equal(confidence, np.float32(1) - np.sqrt(first / second))


@pytest.mark.parametrize("size", SIZES)
def test_two_nearest_equals_numpy(size):
    rows, units = table(*size)
    squared = squared_distances(rows, units)
    (best, second), distances = two_nearest(rows, units)
    order = np.argsort(squared, axis=1, kind="stable")
    assert np.array_equal(best, order[:, 0])
    assert np.array_equal(second, order[:, 1])
    assert np.array_equal(distances, np.sqrt(squared.min(axis=1)))


@pytest.mark.parametrize("size", SIZES)
def test_sum_by_nearest_equals_numpy(size):
    rows, units = table(*size)
    squared = squared_distances(rows, units)
    best = squared.argmin(axis=1)
    sums, counts, inertia = sum_by_nearest(rows, units)
    expected = np.zeros(units.shape)
    np.add.at(expected, best, rows.astype(np.float64))
    np.testing.assert_allclose(sums, expected, rtol=1e-12, atol=1e-12)
    assert np.array_equal(counts, np.bincount(best, minlength=len(units)))
    assert inertia == pytest.approx(squared.min(axis=1).sum(dtype=np.float64))


def test_of_equally_near_groups_the_first_wins_without_confidence():
    rows = np.float32([[1.0], [0.0]])
    labels, confidence, _ = nearest_groups(rows, np.float32([[2], [0]]), np.array([0, 1, 2]))
    assert labels.tolist() == [1, 2]
    assert confidence.tolist() == [0, 1]


def test_equal_groups_leave_no_confidence():
    _, confidence, _ = nearest_groups(np.float32([[1]]), np.float32([[1], [1]]), np.array([0, 1, 2]))
    assert confidence.tolist() == [0]


def test_a_row_too_far_for_32_bits_is_near_nothing():
    labels, confidence, distances = nearest_groups(np.float32([[3e38]]), np.float32([[1], [2]]), np.array([0, 1, 2]))
    assert (labels[0], confidence[0]) == (0, 0)
    assert np.isnan(distances[0])
