"""Fewer features that say nearly the same: principal components and minimum noise fractions."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError, check_choice
from fallow.estimator import Estimator
from fallow.features.grammar import read_terms

CHUNK_ROWS = 65_536


class Reducer(Estimator):
    """Base of the linear reductions: ``(rows - mean_) @ matrix_``.

    Parameters
    ----------
    n_components
        How many components to keep, at most the number of features; or a share of the variance, above 0 and below 1,
        that the kept ones are to hold together.

    Attributes
    ----------
    mean_ : (features,) float64
    matrix_ : (features, components) float64
        Each column's largest entry is positive, so that the same rows always give the same signs.
    variance_ : (components,) float64
        Variance of each component, largest first.
    """

    mean_: NDArray[np.float64]
    matrix_: NDArray[np.float64]
    variance_: NDArray[np.float64]

    name: str
    needs_differences = False

    def __init__(self, n_components: float = 10) -> None:
        self.n_components = n_components

    def check(self) -> None:
        """Raise `InputError` when `n_components` cannot be right."""
        if isinstance(self.n_components, float) and 0 < self.n_components < 1:
            return
        if isinstance(self.n_components, bool) or not isinstance(self.n_components, int) or self.n_components < 1:
            raise InputError(
                "n_components must be a whole number of at least 1, or a share of the variance between 0 and 1, "
                f"got {self.n_components!r}"
            )

    def fit(self, rows: np.ndarray, differences: np.ndarray | None = None) -> Self:
        """Learn from finite rows ``(n, features)``.

        Parameters
        ----------
        differences
            ``(m, features)``: valid pixels less the ones beside them, where `needs_differences`.
        """
        raise NotImplementedError

    def transform(self, rows: np.ndarray) -> np.ndarray:
        """Reduce rows ``(n, features)`` to ``(n, components)``."""
        return (rows - self.mean_) @ self.matrix_

    def _keep(self, variance: NDArray[np.float64], matrix: NDArray[np.float64]) -> None:
        """Store the first components that `n_components` asks for."""
        variance = np.maximum(variance, 0)
        n_kept = min(int(self.n_components), len(variance))
        if isinstance(self.n_components, float):
            share = np.cumsum(variance) / max(variance.sum(), 1e-300)
            n_kept = min(int(np.searchsorted(share, self.n_components)) + 1, len(variance))
        largest = matrix[np.abs(matrix).argmax(axis=0), np.arange(matrix.shape[1])]
        self.variance_ = variance[:n_kept]
        self.matrix_ = (matrix * np.where(largest < 0, -1, 1))[:, :n_kept]


class PCA(Reducer):
    """Principal components: the directions of largest variance, at right angles, in the units of the features.

    Notes
    -----
    Fitting: one pass over the rows in double precision, O(n * features^2). Pearson 1901,
    doi:10.1080/14786440109462720.

    >>> PCA(1).fit(np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])).matrix_.round(3)
    array([[0.447],
           [0.894]])
    """

    name = "pca"

    def fit(self, rows: np.ndarray, differences: np.ndarray | None = None) -> Self:  # noqa: ARG002 (MNF's)
        """Learn from finite rows ``(n, features)``."""
        self.check()
        self.mean_, scatter = mean_and_covariance(rows)
        variance, axes = np.linalg.eigh(scatter)
        self._keep(variance[::-1], axes[:, ::-1])
        return self


class MNF(Reducer):
    """Minimum noise fractions: components in order of signal to noise, each with noise of variance 1.

    Better than `PCA` where noise differs from band to band (hyperspectral cubes): a bright noisy band has large
    variance and yet says little.

    Notes
    -----
    The noise covariance is half that of the differences between horizontal neighbours, which a smooth scene has in
    common. Directions with less than a millionth of the largest noise count as having that much, so that bands
    without noise cannot outweigh everything. Fitting: as `PCA`. Green, Berman, Switzer and Craig 1988,
    doi:10.1109/36.3001.
    """

    name = "mnf"
    needs_differences = True

    def fit(self, rows: np.ndarray, differences: np.ndarray | None = None) -> Self:
        """Learn from rows ``(n, features)`` and from differences between neighbours ``(m, features)``.

        Raises
        ------
        InputError
            When there is no pair of neighbours.
        """
        self.check()
        if differences is None or not len(differences):
            raise InputError("mnf needs neighbouring valid pixels to tell noise from signal, got no pair: use pca")
        self.mean_, scatter = mean_and_covariance(rows)
        noise, axes = np.linalg.eigh(mean_and_covariance(differences)[1] / 2)
        # An image without any noise is whitened by ones: the components of `PCA`.
        noise = np.maximum(noise, 1e-6 * noise[-1]) if noise[-1] > 0 else np.ones_like(noise)
        whitener = axes / np.sqrt(noise)
        variance, rotation = np.linalg.eigh(whitener.T @ scatter @ whitener)
        self._keep(variance[::-1], whitener @ rotation[:, ::-1])
        return self


REDUCERS = {reducer.name: reducer for reducer in (PCA, MNF)}


def parse_reduction(text: str) -> PCA | MNF:
    """Read a reduction with its options, such as ``"pca"`` or ``"mnf,n_components=6"``.

    >>> parse_reduction("pca,n_components=0.99")
    PCA(n_components=0.99)
    """
    terms = read_terms(text)
    if len(terms) != 1:
        raise InputError(f'reduce must be one of {", ".join(REDUCERS)}, with options after commas, got "{text}"')
    name, options = terms[0]
    reducer = REDUCERS[check_choice("reduce", name, REDUCERS)]().set_params(**options)
    reducer.check()
    return reducer


def mean_and_covariance(rows: np.ndarray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and covariance (divided by n) of rows, summed in chunks of fixed size and order."""
    mean = rows.mean(axis=0, dtype=np.float64)
    scatter = np.zeros((rows.shape[1], rows.shape[1]))
    for first in range(0, len(rows), CHUNK_ROWS):
        centred = rows[first : first + CHUNK_ROWS] - mean
        scatter += centred.T @ centred
    return mean, scatter / len(rows)
