from __future__ import annotations

import numpy as np
import pytest

from fallow.errors import InputError
from fallow.features.reduce import CHUNK_ROWS, MNF, PCA, mean_and_covariance, parse_reduction


@pytest.fixture
def rows() -> np.ndarray:
    random = np.random.default_rng(0)
    return (random.normal(size=(3000, 6)) @ random.normal(size=(6, 6)) + 4).astype(np.float32)


def test_components_equal_scikit_learn(rows):
    from sklearn.decomposition import PCA as Reference

    pca, reference = PCA(3).fit(rows), Reference(3, svd_solver="full").fit(rows.astype(float))
    np.testing.assert_allclose(np.abs(pca.matrix_.T @ reference.components_.T), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(pca.variance_ * 3000 / 2999, reference.explained_variance_, rtol=1e-6)


def test_a_share_of_variance_keeps_just_enough_components(rows):
    share = np.cumsum(np.sort(np.linalg.eigvalsh(np.cov(rows.T)))[::-1]) / np.trace(np.cov(rows.T))
    assert PCA(float(share[2]) - 1e-4).fit(rows).matrix_.shape == (6, 3)
    assert PCA(float(share[2]) + 1e-4).fit(rows).matrix_.shape == (6, 4)


def test_signs_do_not_hang_on_the_order_of_rows(rows):
    np.testing.assert_allclose(PCA(6).fit(rows).matrix_, PCA(6).fit(rows[::-1]).matrix_, atol=1e-6)


def test_more_components_than_features_are_all_of_them(rows):
    assert PCA(50).fit(rows).matrix_.shape == (6, 6)


def test_constant_rows_reduce_to_zero():
    rows = np.full((50, 4), 3, np.float32)
    assert (PCA(2).fit(rows).transform(rows) == 0).all()


def test_the_covariance_of_many_rows_is_summed_over_chunks():
    rows = np.random.default_rng(1).random((2 * CHUNK_ROWS + 11, 3), dtype=np.float32)
    np.testing.assert_allclose(mean_and_covariance(rows)[1], np.cov(rows.T.astype(float), bias=True), rtol=1e-9)


def smooth_scene() -> tuple[np.ndarray, np.ndarray]:
    """A slow wave in all bands alike, and noise that is by far the strongest in the last band."""
    random = np.random.default_rng(0)
    wave = np.sin(np.arange(20_000) / 300)[:, None] * np.ones(4)
    rows = wave + random.normal(size=(20_000, 4)) * [0.1, 0.2, 0.1, 5]
    return rows, np.diff(rows, axis=0)


def test_mnf_puts_signal_before_noise_where_pca_does_not():
    rows, differences = smooth_scene()
    wave = np.sin(np.arange(20_000) / 300)
    by_noise, by_variance = MNF(1).fit(rows, differences).transform(rows), PCA(1).fit(rows).transform(rows)
    assert abs(np.corrcoef(by_noise[:, 0], wave)[0, 1]) > 0.98
    assert abs(np.corrcoef(by_variance[:, 0], wave)[0, 1]) < 0.5


def test_noise_fractions_have_noise_of_one():
    rows, differences = smooth_scene()
    mnf = MNF(4).fit(rows, differences)
    np.testing.assert_allclose(np.cov((differences @ mnf.matrix_).T) / 2, np.eye(4), atol=0.02)


def test_mnf_without_neighbours_is_refused(rows):
    with pytest.raises(InputError, match="mnf needs neighbouring valid pixels"):
        MNF().fit(rows, np.empty((0, 6)))


def test_mnf_of_an_image_without_noise_is_finite(rows):
    assert np.isfinite(MNF().fit(rows, np.zeros((9, 6))).transform(rows)).all()


@pytest.mark.parametrize(("text", "message"), [
    ("pcaa", 'reduce must be one of pca, mnf, got \'pcaa\'; did you mean "pca"'),
    ("pca,n_component=3", 'PCA has no parameter \'n_component\'; did you mean "n_components"'),
    ("pca,n_components=0", "n_components must be a whole number of at least 1, or a share .* got 0"),
    ("mnf,n_components=1.5", "share of the variance between 0 and 1, got 1.5"),
    ("pca,mnf", "reduce must be one of pca, mnf, with options after commas"),
])  # fmt: skip
def test_reductions_that_cannot_be_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_reduction(text)
