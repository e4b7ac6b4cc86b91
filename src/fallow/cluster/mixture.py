"""A mixture of Gaussians: classes of unequal size, spread and direction, and honest probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from fallow.cluster.base import Clusterer, OnPass, climb
from fallow.cluster.chunks import chunks, in_threads
from fallow.cluster.expectation import Gaussians, maximise, start_from_kmeans
from fallow.cluster.gaussian import most_probable
from fallow.cluster.kmeans import KMeans
from fallow.cluster.options import check_count, check_positive
from fallow.cluster.rows import check_rows, class_means, draw_rows
from fallow.errors import check_choice

COVARIANCES = ("full", "diag", "tied")
FIT_ROWS = (5_000, 50_000)
"""Fewest and most rows that expectation maximisation runs on."""
STEP_WORK = 2_000_000_000
"""Multiplications of one of its steps, about half a second: with many features the sample shrinks to stay below."""
FEWER_STEPS = (10, 3, 1)
"""Tried one after the other while a class stays without rows."""
LADDER_STEPS = 10
"""Most steps of a rung of a ladder: enough to compare numbers of classes by."""


@dataclass(frozen=True)
class _Steps:
    """What expectation maximisation runs on: rows ``(n, features)`` after ``(rows - origin) / scale``."""

    sample: np.ndarray
    origin: np.ndarray
    scale: np.ndarray
    max_iter: int


class Mixture(Clusterer):
    """Fit one Gaussian a class by expectation maximisation, starting from k-means.

    Choose it over `KMeans` when classes differ in spread or their features vary together (the bands of one crop do),
    and when the confidence is to be a probability. It costs more, and wants many features reduced first.

    Parameters
    ----------
    n_classes
        How many classes to find, at least 2.
    covariance
        What a class may look like: ``"full"`` any ellipsoid, ``"diag"`` one along the axes, ``"tied"`` the same
        ellipsoid for all classes. With tens of features, or few rows, prefer ``"diag"`` or ``"tied"``.
    regularization
        Part of each feature's variance that is added to every class's, so that no class shrinks to a point.
    max_iter
        Most steps of expectation maximisation.
    random_state
        Seed of the sample and of the k-means start.

    Attributes
    ----------
    means_ : ndarray of float64, shape (n_classes, features)
        Means of the Gaussians; `centers_` are the means of the rows that each class won.
    factors_ : ndarray of float64
        Upper triangular U with U Uᵀ the inverse covariance: shape ``(n_classes, features, features)`` for full,
        ``(features, features)`` for tied, and its diagonal ``(n_classes, features)`` for diag.
    weights_ : ndarray of shape (n_classes,)
        Prior probabilities.
    n_iter_ : int
        Steps made.
    converged_ : bool
        Whether the likelihood had settled by then.

    Notes
    -----
    The confidence is the posterior of the winning class. Expectation maximisation (scikit-learn's) runs on 50,000 rows
    or fewer, drawn by the seed; all rows are then assigned by a kernel of Fallow's own. A Gaussian may end up nowhere
    the most probable one; its class would be empty. The fit is then made again with fewer steps, which keeps it nearer
    to k-means, where every class wins rows.

    References
    ----------
    Dempster, Laird, Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x

    Examples
    --------
    >>> model = Mixture(2).fit(np.float32([[0], [1], [2], [7], [8], [9], [10]]))
    >>> labels, confidence = model.assign(np.float32([[8], [1], [np.nan]]))
    >>> labels, confidence.round(2)
    (array([1, 2, 0], dtype=int32), array([1., 1., 0.], dtype=float32))
    """

    means_: np.ndarray
    factors_: np.ndarray
    weights_: np.ndarray
    n_iter_: int
    converged_: bool

    def __init__(
        self,
        n_classes: int,
        *,
        covariance: str = "full",
        regularization: float = 1e-3,
        max_iter: int = 100,
        random_state: int = 0,
    ):
        super().__init__(n_classes, random_state=random_state)
        self.covariance = covariance
        self.regularization = regularization
        self.max_iter = max_iter

    def criteria(self, rows: np.ndarray) -> dict[str, float]:
        """Return the Bayesian information criterion of finite rows: less is better.

        References
        ----------
        Schwarz 1978, doi:10.1214/aos/1176344136
        """
        n, d = rows.shape
        of_covariance = {"full": self.n_classes * d * (d + 1) / 2, "diag": self.n_classes * d, "tied": d * (d + 1) / 2}
        n_free = self.n_classes - 1 + self.n_classes * d + of_covariance[self.covariance]
        return {"bic": float(n_free * np.log(n) - 2 * self._log_density(rows).sum())}

    def _log_density(self, rows: np.ndarray) -> np.ndarray:
        """Return the log density of each row under the mixture."""
        factors, constants = self._whole_factors()
        of_class = [
            constant - np.square((rows - mean) @ factor).sum(axis=1) / 2
            for mean, factor, constant in zip(self.means_, factors, constants, strict=True)
        ]
        return np.logaddexp.reduce(of_class, axis=0) - rows.shape[1] * np.log(2 * np.pi) / 2

    def fit_ladder(self, rows: np.ndarray, numbers: Sequence[int]) -> list[Self]:
        """Return a clusterer for each number of classes, each from its rung of a ladder of k-means, in a few steps."""
        rows = check_rows(rows, max(numbers))
        steps = replace(self._start(rows, max(numbers)), max_iter=min(self.max_iter, LADDER_STEPS))
        ladder = KMeans(max(numbers), random_state=self.random_state).fit_ladder(steps.sample, numbers)
        rungs = ((self._with_classes(kmeans.n_classes), kmeans) for kmeans in ladder)
        return climb(rung._climb_from(kmeans, rows, steps)._settle(rows) for rung, kmeans in rungs)

    def _learn(self, rows: np.ndarray, on_pass: OnPass) -> None:  # noqa: ARG002 (no pass over all rows)
        steps = self._start(rows, self.n_classes)
        kmeans = KMeans(self.n_classes, random_state=self.random_state).fit(steps.sample)
        self._climb_from(kmeans, rows, steps)

    def _start(self, rows: np.ndarray, n_classes: int) -> _Steps:
        """Check the options, draw the rows to learn from and scale them."""
        check_choice("covariance", self.covariance, COVARIANCES)
        check_positive("regularization", self.regularization)
        check_count("max_iter", self.max_iter, least=1)
        sample = self._sample(rows, n_classes)
        origin, scale = sample.mean(axis=0), sample.std(axis=0)
        scale[scale == 0] = 1
        return _Steps((sample - origin) / scale, origin, scale, self.max_iter)

    def _climb_from(self, kmeans: KMeans, rows: np.ndarray, steps: _Steps) -> Self:
        """Run expectation maximisation from k-means' classes, with fewer steps where a class loses all its rows."""
        kind: dict[str, Any] = {"covariance": self.covariance, "regularization": self.regularization}
        start = start_from_kmeans(steps.sample, kmeans, **kind)
        for max_iter in (steps.max_iter, *(fewer for fewer in FEWER_STEPS if fewer < steps.max_iter)):
            self._keep(maximise(steps.sample, start, max_iter=max_iter, **kind), steps.origin, steps.scale)
            labels = np.concatenate(in_threads(lambda chunk: self._posteriors(rows[chunk])[0], chunks(len(rows))))
            if len(np.unique(labels)) == self.n_classes:
                self.centers_ = class_means(rows, labels, self.n_classes).astype(np.float32)
                return self
        self.centers_ = self.means_.astype(np.float32)  # a class is empty, and `fit` will say so
        return self

    def _sample(self, rows: np.ndarray, n_classes: int) -> np.ndarray:
        """Draw the rows to learn from, in 64 bits, with as many distinct rows among them as classes."""
        work = n_classes * rows.shape[1] * (1 if self.covariance == "diag" else rows.shape[1])
        n_rows = int(np.clip(STEP_WORK // work, *FIT_ROWS))
        return draw_rows(rows, n_rows, n_classes, np.random.default_rng(self.random_state)).astype(np.float64)

    def _keep(self, found: Gaussians, origin: np.ndarray, scale: np.ndarray) -> None:
        """Store a mixture found on scaled rows in the units of the features."""
        self.weights_, self.n_iter_, self.converged_ = found.weights, found.n_iter, found.converged
        self.means_ = found.means * scale + origin
        self.factors_ = found.factors / (scale if self.covariance == "diag" else scale[:, None])

    def _posteriors(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the most probable class of each row and its posterior."""
        factors, constants = self._whole_factors()
        return most_probable(rows, self.means_, factors, constants, self.covariance == "diag")

    def _whole_factors(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the factor of each class as a matrix, and what is constant in its log density, but for 2 pi."""
        factors, d = self.factors_, self.means_.shape[1]
        if self.covariance == "diag":
            factors = factors[:, :, None] * np.eye(d)
        factors = np.broadcast_to(factors, (self.n_classes, d, d)).copy()
        volumes = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        return factors, np.log(self.weights_) + volumes

    def _compare(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        _, _, distances = super()._compare(rows)
        return *self._posteriors(rows), distances

    def _reorder(self, index: np.ndarray) -> None:
        self.weights_, self.means_ = self.weights_[index], self.means_[index]
        if self.covariance != "tied":
            self.factors_ = self.factors_[index]
