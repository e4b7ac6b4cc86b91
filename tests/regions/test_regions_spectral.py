import numpy as np
import pytest
from scipy.linalg import eigh

from fallow.regions.spectral import JITTER, LEAST_AFFINITY, N_VECTORS, SELF_AFFINITY, SIGMA, spectral_strength


def grid(rows, cols, seed=0):
    random = np.random.default_rng(seed)
    place = np.arange(rows * cols).reshape(rows, cols)
    sides = ((place[:, :-1], place[:, 1:]), (place[:-1], place[1:]))
    pairs = np.concatenate([np.stack((one.ravel(), other.ravel()), 1) for one, other in sides])
    return pairs, random.integers(1, 20, len(pairs)), random.random(len(pairs)), random.integers(20, 200, rows * cols)


def slow_strength(pairs, length, strength, area):
    """Solve the whole problem, of the graph as one matrix."""
    n = len(area)
    joined = np.zeros((n, n))
    for (a, b), size, s in zip(pairs.tolist(), length, strength, strict=True):
        joined[a, b] = joined[b, a] = size * (np.exp(-s / SIGMA) + LEAST_AFFINITY)
    degree = joined.sum(axis=1)
    values, vectors = eigh(np.diag(degree) - joined, np.diag(degree + SELF_AFFINITY * area))
    values, vectors = values[1 : N_VECTORS + 1], vectors[:, 1 : N_VECTORS + 1]
    vectors = vectors / np.sqrt((vectors**2 * area[:, None]).sum(axis=0) / area.sum())
    low, high = pairs.T
    jump = (np.abs(vectors[low] - vectors[high]) / np.sqrt(np.maximum(values, JITTER))).sum(axis=1)
    return jump * np.average(strength, weights=length) / np.average(jump, weights=length)


def test_jumps_equal_those_of_all_eigenvectors():
    graph = grid(6, 7)
    np.testing.assert_allclose(spectral_strength(*graph), slow_strength(*graph), rtol=1e-3)


def test_the_mean_is_that_of_the_borders_own_strength():
    pairs, length, strength, area = grid(8, 5, seed=1)
    found = spectral_strength(pairs, length, strength, area)
    assert np.average(found, weights=length) == pytest.approx(np.average(strength, weights=length))
    assert (found >= 0).all()


def test_a_wall_is_strong_all_along():
    """Where it has a hole, the eigenvectors jump nevertheless."""
    pairs, length, strength, area = grid(8, 8)
    length, strength, area = np.ones_like(length), np.full(len(pairs), 0.05), np.full_like(area, 100)
    row, col = pairs[:, 0] // 8, pairs[:, 0] % 8
    is_wall = (col == 3) & (pairs[:, 1] == pairs[:, 0] + 1)
    strength[is_wall & (row != 4)] = 0.8
    found = spectral_strength(pairs, length, strength, area)
    hole = is_wall & (row == 4)
    assert found[is_wall].mean() > 2 * found[~is_wall].mean()
    assert found[hole] > np.median(found[~is_wall])


def test_the_same_graph_gives_the_same_bytes():
    graph = grid(9, 9, seed=2)
    assert spectral_strength(*graph).tobytes() == spectral_strength(*graph).tobytes()


@pytest.mark.parametrize("n", [0, 1, 3])
def test_few_superpixels_keep_their_strength(n):
    pairs = np.stack((np.arange(max(n - 1, 0)), np.arange(1, max(n, 1))), 1)
    strength = np.full(len(pairs), 0.4)
    np.testing.assert_array_equal(spectral_strength(pairs, np.ones(len(pairs)), strength, np.full(n, 9)), strength)


def test_superpixels_that_touch_nothing_do_not_matter():
    pairs, length, strength, area = grid(5, 5)
    alone = spectral_strength(pairs, length, strength, np.r_[area, 50])
    assert np.isfinite(alone).all()


def test_no_borders_at_all_have_no_strength():
    assert spectral_strength(np.empty((0, 2), int), np.empty(0, int), np.empty(0), np.full(6, 9)).shape == (0,)
