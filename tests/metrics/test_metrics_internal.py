import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fallow.errors import InputError
from fallow.metrics import internal
from fallow.metrics.internal import (
    CHUNK_ROWS,
    calinski_harabasz,
    davies_bouldin,
    silhouette,
    stratified_silhouette,
)


@pytest.mark.parametrize(("n_rows", "n_features", "n_classes"), [(5, 1, 2), (CHUNK_ROWS + 90, 4, 7), (300, 40, 3)])
@pytest.mark.parametrize("offset", [0, 1e5])
def test_silhouette_equals_scikit_learns(n_rows, n_features, n_classes, offset):
    from sklearn.metrics import silhouette_samples

    random = np.random.default_rng(n_rows)
    rows = random.normal(size=(n_rows, n_features))
    labels = random.permutation(np.arange(n_rows) % n_classes + 1)
    rows[:, 0] += labels
    np.testing.assert_allclose(silhouette(rows + offset, labels), silhouette_samples(rows, labels), atol=1e-6)


def test_an_only_row_of_a_class_has_silhouette_zero():
    assert silhouette(np.array([[0.0], [1.0], [9.0]]), np.array([5, 5, 2]))[2] == 0


def test_equal_rows_in_two_classes_have_silhouette_zero():
    assert silhouette(np.ones((4, 2)), np.array([1, 1, 2, 2])).tolist() == [0, 0, 0, 0]


def test_one_class_has_no_silhouette():
    with pytest.raises(InputError, match="a silhouette needs at least 2 classes, got 1"):
        silhouette(np.zeros((3, 1)), np.ones(3))


@st.composite
def classified(draw):
    """Rows in classes that overlap, each class with a row at least."""
    n_classes, n_more, n_features = draw(st.integers(2, 6)), draw(st.integers(2, 60)), draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    labels = random.permutation(np.concatenate([np.arange(n_classes), random.integers(0, n_classes, n_more)]))
    rows = random.normal(size=(len(labels), n_features)) + labels[:, None] * draw(st.sampled_from([0.0, 1.0, 20.0]))
    return rows, 7 * labels - 3


@given(classified())
@settings(deadline=None, max_examples=60)
def test_calinski_harabasz_and_davies_bouldin_equal_scikit_learns(case):
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

    rows, labels = case
    assert calinski_harabasz(rows, labels) == pytest.approx(calinski_harabasz_score(rows, labels), rel=1e-9)
    assert davies_bouldin(rows, labels) == pytest.approx(davies_bouldin_score(rows, labels), rel=1e-6)


def test_chunks_of_rows_change_no_index(monkeypatch):
    random = np.random.default_rng(0)
    rows, labels = random.normal(size=(500, 3)), random.integers(0, 4, 500)
    whole = calinski_harabasz(rows, labels), davies_bouldin(rows, labels)
    monkeypatch.setattr(internal, "SCATTER_ROWS", 77)
    assert (calinski_harabasz(rows, labels), davies_bouldin(rows, labels)) == pytest.approx(whole, rel=1e-12)


def test_classes_without_spread_have_finite_indices():
    rows, labels = np.array([[0.0], [0.0], [5.0], [5.0]]), np.array([1, 1, 2, 2])
    assert 1e10 < calinski_harabasz(rows, labels) < np.inf
    assert davies_bouldin(rows, labels) == 0


def test_equal_rows_in_two_classes_have_finite_indices():
    rows, labels = np.ones((4, 2)), np.array([1, 1, 2, 2])
    assert calinski_harabasz(rows, labels) == davies_bouldin(rows, labels) == 0


def test_means_that_coincide_are_told_apart_worst():
    rows, labels = np.array([[-1.0], [1.0], [-2.0], [2.0]]), np.array([1, 1, 2, 2])
    assert 1e10 < davies_bouldin(rows, labels) < np.inf
    assert calinski_harabasz(rows, labels) == 0


@pytest.mark.parametrize("index", [calinski_harabasz, davies_bouldin])
def test_one_class_has_no_index(index):
    with pytest.raises(InputError, match="index needs at least 2 classes, got 1"):
        index(np.zeros((3, 1)), np.ones(3))


def test_stratified_silhouette_of_few_rows_is_the_mean_silhouette():
    random = np.random.default_rng(3)
    rows, labels = random.normal(size=(90, 2)), np.arange(90) % 3
    found = stratified_silhouette(rows, labels, random=random, n_rows=90)
    assert found == pytest.approx(silhouette(rows, labels).mean(), abs=1e-12)


def test_stratified_silhouette_sees_a_class_of_a_thousandth():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [20_000, 20_000, 40])
    rows = (labels == 2)[:, None] * random.normal(size=(len(labels), 2)) + 20 * labels[:, None]
    split = np.where(labels == 2, 2 + np.arange(len(labels)) % 2, labels)  # the small class cut in two for nothing
    whole, cut = (stratified_silhouette(rows, each, random=np.random.default_rng(1)) for each in (labels, split))
    assert whole - cut == pytest.approx(40 / len(labels), rel=0.2)


def test_stratified_silhouette_estimates_the_mean_of_all_rows():
    random = np.random.default_rng(0)
    labels = random.choice(4, 4000, p=[0.7, 0.2, 0.08, 0.02])
    rows = random.normal(size=(4000, 3)) + 3 * labels[:, None]
    found = stratified_silhouette(rows, labels, random=random, n_rows=800)
    assert found == pytest.approx(silhouette(rows, labels).mean(), abs=0.01)
