"""k-means, the plain and fast way to classes: compact clouds of about the same spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from fallow.cluster.base import Clusterer, OnPass
from fallow.cluster.chunks import in_threads
from fallow.cluster.lloyd import Partition, refine, sum_up
from fallow.cluster.options import check_count, check_positive
from fallow.cluster.rows import check_rows, distinct_rows, draw_rows
from fallow.cluster.seeding import spread_centers
from fallow.cluster.ward import merge_two

LADDER_CENTERS = 30
"""Centers that a ladder begins with, or twice its largest number of classes: what is rare has one of its own."""
START_ROWS = 30_000
"""Rows of the sample on which the starts compete; one chunk, so that the starts can share the threads."""


class KMeans(Clusterer):
    """Find the centers that make the sum of squared distances small.

    Choose it first: it is the fastest, and with scaled features rarely far off. Classes of unequal spread or with tied
    features ask for `Mixture`; a picture of how the classes lie to each other asks for `Som`.

    Parameters
    ----------
    n_classes
        How many classes to find, at least 2.
    n_starts
        Starts that compete on a sample of 30,000 rows; the best goes on with all rows.
    max_iter
        Most passes of each start, and over all rows.
    tol
        Stop when the centers' squared moves sum up to less than this part of the features' mean variance.
    random_state
        Seed of the sample and of the starts.

    Attributes
    ----------
    inertia_ : float
        Sum of the squared distances of the fitted rows to their centers.
    n_iter_ : int
        Passes over all fitted rows.

    Notes
    -----
    The confidence is 1 - d1 / d2, with d1 and d2 the distances to the nearest and second nearest center, which is the
    simplified silhouette of the row.

    References
    ----------
    Lloyd 1982, doi:10.1109/TIT.1982.1056489. Vendramin, Campello, Hruschka 2010, doi:10.1002/sam.10080 (simplified
    silhouette).

    Examples
    --------
    >>> model = KMeans(2).fit(np.float32([[0], [1], [1], [9]]))
    >>> model.predict(np.float32([[8], [0], [np.nan]]))
    array([2, 1, 0], dtype=int32)
    """

    inertia_: float
    n_iter_: int

    def __init__(
        self, n_classes: int, *, n_starts: int = 4, max_iter: int = 100, tol: float = 1e-4, random_state: int = 0
    ):
        super().__init__(n_classes, random_state=random_state)
        self.n_starts = n_starts
        self.max_iter = max_iter
        self.tol = tol

    def _learn(self, rows: np.ndarray, on_pass: OnPass) -> None:
        self._check_options()
        random = np.random.default_rng(self.random_state)
        sample = draw_rows(rows, START_ROWS, self.n_classes, random)
        tolerance = self.tol * float(sample.var(axis=0, dtype=np.float64).mean())

        def start(own_random: np.random.Generator) -> Partition:
            centers = spread_centers(sample, self.n_classes, own_random)
            return refine(sample, centers, max_iter=self.max_iter, tolerance=tolerance)

        best = min(in_threads(start, random.spawn(self.n_starts)), key=lambda partition: partition.inertia)
        self._take(refine(rows, best.centers, max_iter=self.max_iter, tolerance=tolerance, on_pass=on_pass))

    def fit_ladder(self, rows: np.ndarray, numbers: Sequence[int]) -> list[Self]:
        """Return a clusterer for each number of classes, all from one fit with many, merged two by two.

        After each merge by Ward's method, Lloyd's iteration goes on from there. Small classes that lie apart are kept,
        which starts drawn at random often miss.
        """
        self._check_options()
        rows = check_rows(rows, max(numbers))
        tolerance = self.tol * float(rows.var(axis=0, dtype=np.float64).mean())
        n_centers = len(distinct_rows(rows, max(LADDER_CENTERS, 2 * max(numbers))))
        centers = spread_centers(rows, n_centers, np.random.default_rng(self.random_state))
        centers = refine(rows, centers, max_iter=self.max_iter, tolerance=tolerance).centers
        counts = sum_up(rows, centers)[1]
        rungs: dict[int, Self] = {}
        for n_classes in range(n_centers, min(numbers) - 1, -1):
            if n_classes in numbers:
                found = refine(rows, centers, max_iter=self.max_iter, tolerance=tolerance)
                rungs[n_classes] = self._with_classes(n_classes)._take(found)._settle(rows)
                centers, counts = found.centers, sum_up(rows, found.centers)[1]
            centers, counts = merge_two(centers, counts)
        return [rungs[n_classes] for n_classes in numbers]

    def _check_options(self) -> None:
        check_count("n_starts", self.n_starts, least=1)
        check_count("max_iter", self.max_iter, least=1)
        check_positive("tol", self.tol)

    def _take(self, found: Partition) -> Self:
        self.centers_, self.inertia_, self.n_iter_ = found
        return self
