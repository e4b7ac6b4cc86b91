import numpy as np
import pytest

from fallow.errors import InputError
from fallow.metrics.internal import CHUNK_ROWS, silhouette


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
