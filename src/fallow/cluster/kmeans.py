"""k-means, the plain and fast way to classes: compact clouds of about the same spread."""

from __future__ import annotations

import numpy as np

from fallow.cluster.base import Clusterer, OnPass
from fallow.cluster.chunks import in_threads
from fallow.cluster.lloyd import Partition, refine
from fallow.cluster.options import check_count, check_positive
from fallow.cluster.rows import draw_rows
from fallow.cluster.seeding import spread_centers

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
        check_count("n_starts", self.n_starts, least=1)
        check_count("max_iter", self.max_iter, least=1)
        check_positive("tol", self.tol)
        random = np.random.default_rng(self.random_state)
        sample = draw_rows(rows, START_ROWS, self.n_classes, random)
        tolerance = self.tol * float(sample.var(axis=0, dtype=np.float64).mean())

        def start(own_random: np.random.Generator) -> Partition:
            centers = spread_centers(sample, self.n_classes, own_random)
            return refine(sample, centers, max_iter=self.max_iter, tolerance=tolerance)

        best = min(in_threads(start, random.spawn(self.n_starts)), key=lambda partition: partition.inertia)
        self.centers_, self.inertia_, self.n_iter_ = refine(
            rows, best.centers, max_iter=self.max_iter, tolerance=tolerance, on_pass=on_pass
        )
