"""Expectation maximisation for a mixture of Gaussians: scikit-learn's, started from k-means and kept to one thread."""

from __future__ import annotations

import threading
import warnings
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from fallow.cluster.kmeans import KMeans
from fallow.cluster.rows import class_means

_one_at_a_time = threading.Lock()  # what warnings are caught is the same in all threads


class Gaussians(NamedTuple):
    """A mixture: weights ``(classes,)``, means ``(classes, features)`` and the factors of the inverse covariances."""

    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray
    n_iter: int
    converged: bool


def start_from_kmeans(
    rows: np.ndarray, kmeans: KMeans, *, covariance: str, regularization: float
) -> dict[str, np.ndarray]:
    """Return k-means' classes of the rows as the starting weights, means and precisions that scikit-learn asks for."""
    n_classes = kmeans.n_classes
    labels = kmeans.predict(rows)
    means = class_means(rows, labels, n_classes)
    with threadpool_limits(1):
        covariances = np.stack(
            [_covariance(rows[labels == 1 + k] - means[k], regularization) for k in range(n_classes)]
        )
        if covariance == "diag":
            precisions = 1 / np.diagonal(covariances, axis1=1, axis2=2)
        elif covariance == "tied":
            precisions = np.linalg.inv(np.einsum("k,kij->ij", kmeans.shares_, covariances))
        else:
            precisions = np.linalg.inv(covariances)
    if covariance != "diag":
        precisions = (precisions + np.swapaxes(precisions, -1, -2)) / 2  # rounding leaves it a little asymmetric
    return {"weights_init": kmeans.shares_, "means_init": means, "precisions_init": precisions}


def maximise(
    rows: np.ndarray, start: dict[str, np.ndarray], *, covariance: str, regularization: float, max_iter: int
) -> Gaussians:
    """Run expectation maximisation on float64 rows, in one thread: BLAS changes its last bits with their number."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(
        len(start["means_init"]), covariance_type=covariance, reg_covar=regularization, max_iter=max_iter, **start
    )
    with _one_at_a_time, warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # `converged` says it
        mixture.fit(rows)
    return Gaussians(
        mixture.weights_,
        mixture.means_,
        mixture.precisions_cholesky_,
        int(mixture.n_iter_),
        bool(mixture.converged_),
    )


def _covariance(offsets: np.ndarray, regularization: float) -> np.ndarray:
    return offsets.T @ offsets / len(offsets) + regularization * np.eye(offsets.shape[1])
