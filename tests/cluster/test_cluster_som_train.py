import numpy as np
import pytest

from fallow.cluster.som_grid import grid_distances
from fallow.cluster.som_train import flat_codebook, main_plane, train


def cloud(n_rows=500, scale=(5, 2, 0.5), seed=0):
    return (np.random.default_rng(seed).normal(size=(n_rows, 3)) * scale + 7).astype(np.float32)


def test_the_main_plane_is_numpys_principal_components():
    rows = cloud(40_000)
    center, directions, spread = main_plane(rows)
    _, singular, vectors = np.linalg.svd(rows - rows.mean(axis=0, dtype=np.float64), full_matrices=False)
    np.testing.assert_allclose(center, rows.mean(axis=0, dtype=np.float64))
    np.testing.assert_allclose(spread, singular[:2] / np.sqrt(len(rows)), rtol=1e-6)
    np.testing.assert_allclose(np.abs((directions * vectors[:2]).sum(axis=1)), 1, atol=1e-6)
    assert (directions[[0, 1], np.abs(directions).argmax(axis=1)] > 0).all()


@pytest.mark.parametrize("shape", [(4, 9), (9, 4)])
def test_the_longer_side_follows_the_first_direction(shape):
    codebook = flat_codebook(shape, *main_plane(cloud())).reshape(*shape, 3)
    sides = np.linalg.norm(codebook[-1, 0] - codebook[0, 0]), np.linalg.norm(codebook[0, -1] - codebook[0, 0])
    assert np.argmax(sides) == np.argmax(shape)


def test_rows_on_a_line_give_every_unit_its_own_place():
    rows = cloud(scale=(1, 0, 0))
    assert len(np.unique(flat_codebook((5, 6), *main_plane(rows)), axis=0)) == 30


def test_a_pass_equals_the_batch_formula():
    rows = cloud(70_000)
    codebook = rows[:12].copy()
    distances = grid_distances((3, 4), "rectangular", toroidal=False)
    best = np.argmin(np.square(rows[:, None] - codebook).sum(axis=2), axis=1)
    weights = np.exp(-np.square(distances[best]) / (2 * 0.8**2))
    expected = weights.T @ rows / weights.sum(axis=0)[:, None]
    np.testing.assert_allclose(train(rows, codebook, distances, [0.8]), expected, rtol=1e-5)


def test_a_unit_too_far_from_all_rows_stays():
    rows = np.float32([[0.0], [0.1]])
    codebook = np.concatenate([[[0.0]], np.full((59, 1), 100.0)]).astype(np.float32)
    moved = train(rows, codebook, grid_distances((1, 60), "rectangular", toroidal=False), [0.25])
    assert moved[0, 0] == pytest.approx(0.05)
    assert moved[-1, 0] == 100
