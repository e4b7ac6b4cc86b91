import numpy as np
import pytest

from fallow.cluster.gaussian import BLOCK, most_probable
from fallow.cluster.kmeans import KMeans
from fallow.cluster.mixture import COVARIANCES, Mixture
from fallow.errors import InputError


def ellipsoids(n_rows=4000, n_features=3, n_classes=3, seed=0):
    random = np.random.default_rng(seed)
    pieces = []
    for _ in range(n_classes):
        shape = random.normal(size=(n_features, n_features))
        pieces.append(random.normal(scale=8, size=n_features) + random.normal(size=(n_rows, n_features)) @ shape)
    return np.concatenate(pieces).astype(np.float32)


@pytest.mark.parametrize("is_diagonal", [False, True])
@pytest.mark.parametrize(("n_rows", "n_features"), [(1, 1), (BLOCK, 4), (2 * BLOCK + 9, 7)])
def test_the_kernel_equals_numpy(n_rows, n_features, is_diagonal):
    random = np.random.default_rng(1)
    rows = random.normal(size=(n_rows, n_features)).astype(np.float32)
    means, constants = random.normal(size=(5, n_features)), random.normal(size=5)
    factors = np.triu(random.normal(size=(5, n_features, n_features)))
    if is_diagonal:
        factors *= np.eye(n_features)
    projected = np.einsum("nkf,kfg->nkg", rows[:, None] - means, factors)
    density = np.exp(constants - 0.5 * np.square(projected).sum(axis=2))
    labels, confidence = most_probable(rows, means, factors, constants, is_diagonal)
    assert np.array_equal(labels, 1 + density.argmax(axis=1))
    np.testing.assert_allclose(confidence, density.max(axis=1) / density.sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_posteriors_are_scikit_learns(covariance):
    from sklearn.mixture import GaussianMixture

    rows = ellipsoids()
    model = Mixture(3, covariance=covariance).fit(rows)
    peer = GaussianMixture(3, covariance_type=covariance)
    peer.weights_, peer.means_, peer.precisions_cholesky_ = model.weights_, model.means_, model.factors_
    posteriors = peer.predict_proba(rows.astype(np.float64))
    labels, confidence = model.assign(rows)
    assert np.array_equal(labels, 1 + posteriors.argmax(axis=1))
    np.testing.assert_allclose(confidence, posteriors.max(axis=1), rtol=1e-5)


def test_the_fit_is_as_likely_as_scikit_learns():
    from sklearn.mixture import GaussianMixture

    rows = ellipsoids().astype(np.float64)
    model = Mixture(3, regularization=1e-6).fit(rows)
    peer = GaussianMixture(3, n_init=3, random_state=0).fit(rows)
    best = peer.score(rows)
    peer.weights_, peer.means_, peer.precisions_cholesky_ = model.weights_, model.means_, model.factors_
    assert peer.score(rows) > best - 0.01


def test_full_covariances_part_what_kmeans_cannot():
    random = np.random.default_rng(2)
    truth = np.repeat([0, 1], 2000)
    rows = random.normal(size=(4000, 2)) * [12, 0.5] + np.where(truth, 2.5, -2.5)[:, None] * [0, 1]
    found = Mixture(2).fit(rows).predict(rows) - 1
    assert max(np.mean(found == truth), np.mean(found != truth)) > 0.99


def test_classes_do_not_depend_on_the_units_of_the_features():
    rows = ellipsoids()
    scaled = rows * np.float32([1000, 1, 0.001])
    assert np.mean(Mixture(3).fit(rows).predict(rows) == Mixture(3).fit(scaled).predict(scaled)) > 0.999


def test_fewer_steps_are_made_when_a_class_would_stay_empty():
    rows = np.random.default_rng(33).normal(size=(60, 1)).astype(np.float32)
    model = Mixture(5, covariance="tied").fit(rows)
    assert len(np.unique(model.predict(rows))) == 5
    assert model.n_iter_ <= 10


def test_an_unknown_covariance_is_refused():
    with pytest.raises(
        InputError, match="covariance must be one of full, diag, tied, got 'fulll'; did you mean \"full\""
    ):
        Mixture(2, covariance="fulll").fit(ellipsoids())


def test_the_regularization_must_be_positive():
    with pytest.raises(InputError, match="regularization must be a number above 0, got -1"):
        Mixture(2, regularization=-1).fit(ellipsoids())


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_the_information_criterion_equals_scikit_learns(covariance):
    from sklearn.mixture import GaussianMixture

    rows = ellipsoids(300)
    model = Mixture(3, covariance=covariance).fit(rows)
    peer = GaussianMixture(3, covariance_type=covariance)
    peer.weights_, peer.means_, peer.precisions_cholesky_ = model.weights_, model.means_, model.factors_
    peer.covariances_ = np.empty((3, 3, 3)) if covariance == "full" else np.empty((3, 3))
    assert model.criteria(rows) == {"bic": pytest.approx(peer.bic(rows), rel=1e-6)}


def test_other_methods_have_no_criterion_of_their_own():
    rows = ellipsoids(50)
    assert KMeans(2).fit(rows).criteria(rows) == {}
