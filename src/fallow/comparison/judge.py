"""What is measured of one combination, without any truth, so that it can be compared between features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from fallow.cluster import Clusterer, make_clusterer
from fallow.cluster.rows import draw_rows
from fallow.cluster.stability import Stability, resample
from fallow.comparison.cloud import cloud_like
from fallow.errors import InputError
from fallow.metrics.internal import stratified_silhouette
from fallow.units.together import Described

JUDGED_ROWS = 2_500
"""Rows that stability is measured on, of which each clusterer sees half; and those of each cloud."""
RESAMPLES = 6
CLOUDS = 3


@dataclass(frozen=True)
class Figures:
    """What was measured.

    Attributes
    ----------
    stability, stability_noise : float
        Agreement of classes from independent halves of the rows (adjusted Rand index): mean and deviation.
    separation, separation_noise : float
        Silhouette less that of a cloud without structure, of the same spread, which k-means tells into as many classes:
        mean over several samples and clouds, and deviation.
    silhouette : float
        As it is: between features of different kinds it says nothing.
    coherence : float
        How much more often neighbouring cells of the map are of one class than chance would have it, 0 to 1.
    """

    stability: float
    stability_noise: float
    separation: float
    separation_noise: float
    silhouette: float
    coherence: float


class Judge:
    """Measure combinations of one choice of features.

    Parameters
    ----------
    described
        What the features say of the images.
    random_state
        Seed of samples, clouds and clusterers.
    """

    def __init__(self, described: Described, *, random_state: int = 0) -> None:
        self.described = described
        self.random_state = random_state
        random = np.random.default_rng(random_state)
        self._some = draw_rows(described.each, JUDGED_ROWS, 1, random)
        self._in_clouds: dict[int, np.ndarray] = {}
        n_rows = min(JUDGED_ROWS, len(described.each))
        self._clouds = [cloud_like(described.each, n_rows, random) for _ in range(CLOUDS)]

    def measure(self, method: str, numbers: Sequence[int]) -> Iterator[tuple[int, Figures, np.ndarray] | InputError]:
        """Fit one method for rising numbers of classes; yield each number, its figures and its classes as a small map.

        A number that cannot be found is an `InputError` in its place, which says why.
        """
        fitted: dict[int, Clusterer] = {}
        for n_classes in numbers:
            try:
                fitted[n_classes] = self._make(method, n_classes).fit(self.described.rows)
            except InputError as error:
                yield error
        if not fitted:
            return
        again = self._find_again(method, tuple(fitted))
        for (n_classes, clusterer), stable in zip_longest(fitted.items(), again):
            if stable is None:
                yield InputError(f"{n_classes} classes cannot be found in half of the rows")
                continue
            classes = self.described.map_of(clusterer.predict(self.described.shown))
            own = self._silhouettes(self.described.each, clusterer, CLOUDS)
            apart = own - self._yardstick(n_classes)
            figures = Figures(
                stability=stable.mean,
                stability_noise=stable.deviation,
                separation=float(apart.mean()),
                separation_noise=float(apart.std()),
                silhouette=float(own.mean()),
                coherence=coherence(classes),
            )
            yield n_classes, figures, classes

    def _make(self, method: str, n_classes: int) -> Clusterer:
        return make_clusterer(method, n_classes, self.random_state)

    def _find_again(self, method: str, numbers: tuple[int, ...]) -> list[Stability]:
        """Return how far classes from halves of the rows agree, for the numbers that all halves found."""

        def fit(half: np.ndarray) -> list[Clusterer]:
            return self._make(method, numbers[0]).fit_ladder(half, numbers)

        splits = resample(self._some, fit, numbers[-1], RESAMPLES, self.random_state)
        return [Stability.of([each.rand for each in found]) for found in zip(*splits, strict=False)]

    def _yardstick(self, n_classes: int) -> np.ndarray:
        """Return the silhouette of each cloud, told by k-means: one yardstick for all methods, computed once a number.

        A method that cuts a cloud badly would else look good beside it.
        """
        if n_classes not in self._in_clouds:
            told = []
            for cloud in self._clouds:
                kmeans = self._make("kmeans", n_classes).fit(cloud)
                told += list(self._silhouettes(cloud, kmeans, 1))
            self._in_clouds[n_classes] = np.array(told)
        return self._in_clouds[n_classes]

    def _silhouettes(self, rows: np.ndarray, clusterer: Clusterer, n: int) -> np.ndarray:
        """Return the silhouette of rows, from `n` samples of them."""
        labels = clusterer.predict(rows)
        random = np.random.default_rng(self.random_state).spawn(n)
        return np.array([stratified_silhouette(rows, labels, random=each) for each in random])


def coherence(classes: np.ndarray) -> float:
    """Return how far neighbours agree beyond chance: near 1 where classes are large areas, 0 where they are noise.

    Parameters
    ----------
    classes : (rows, cols) int, 0 where no data

    Notes
    -----
    (a - c) / (1 - c), with a the share of pairs of neighbours in rows and columns that are of one class, and c the
    share that chance would give, the sum of the squared shares of the classes: join counts as a kappa.

    References
    ----------
    Cohen 1960, doi:10.1177/001316446002000104. Cliff, Ord 1981, Spatial Processes (join counts).

    Examples
    --------
    >>> round(coherence(np.array([[1, 1, 2, 2]] * 4)), 2), coherence(np.array([[1, 1], [1, 1]]))
    (0.67, 0.0)
    """
    n_same, n_pairs = 0, 0
    for one, other in ((classes[1:], classes[:-1]), (classes[:, 1:], classes[:, :-1])):
        is_valid = (one > 0) & (other > 0)
        n_same += int((is_valid & (one == other)).sum())
        n_pairs += int(is_valid.sum())
    counts = np.bincount(classes[classes > 0].ravel())
    chance = float(np.square(counts / max(1, counts.sum())).sum())
    return (n_same / n_pairs - chance) / (1 - chance) if n_pairs and chance < 1 else 0.0
