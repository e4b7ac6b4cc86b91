"""Whether classes come again: clusterers fitted on independent halves of the rows, and how far they agree."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from threadpoolctl import threadpool_limits

from fallow.cluster.base import Clusterer
from fallow.cluster.chunks import in_threads, thread_limit
from fallow.cluster.rows import check_rows, cross_table, distinct_rows
from fallow.metrics.rand import adjusted_rand_index


@dataclass(frozen=True)
class Stability:
    """How far labelings from independent resamples agree.

    Attributes
    ----------
    mean, deviation
        Of the scores; the deviation tells which differences are noise.
    scores
        Adjusted Rand index of each pair of labelings: 1 the same classes, 0 what chance gives.
    """

    mean: float
    deviation: float
    scores: tuple[float, ...]

    @classmethod
    def of(cls, scores: Sequence[float]) -> Self:
        """Sum up scores."""
        return cls(float(np.mean(scores)), float(np.std(scores)), tuple(scores))


def stability(
    rows: np.ndarray, make: Callable[[], Clusterer], *, n_resamples: int = 8, random_state: int = 0
) -> Stability:
    """Split the rows in two at random, fit a clusterer on either half, and compare how the two label all rows.

    Classes that are in the data come again from other rows; classes that a clusterer had to invent come out elsewhere.

    Parameters
    ----------
    rows
        Finite float32 rows ``(n, features)``; a sample of some thousands is enough.
    make
        Makes an unfitted clusterer.
    n_resamples
        Splits, each with two fits.
    random_state
        Seed of the splits.

    Raises
    ------
    InputError
        When the rows cannot be told into as many classes.

    Notes
    -----
    The halves share no row, so what agrees is no echo of common rows. A half that holds fewer distinct rows than there
    are classes is given the first distinct ones. Splits run in threads, which change no bit.

    References
    ----------
    Ben-Hur, Elisseeff, Guyon 2002, doi:10.1142/9789812799623_0002. Lange, Roth, Braun, Buhmann 2004,
    doi:10.1162/089976604773717621. Hubert, Arabie 1985, doi:10.1007/BF01908075 (adjusted Rand index).

    Examples
    --------
    >>> from fallow.cluster import make_clusterer
    >>> rows = np.float32([[0], [1], [0], [1], [9], [8], [9], [8]])
    >>> stability(rows, lambda: make_clusterer("kmeans", 2), n_resamples=3).mean
    1.0
    """
    n_classes = make().n_classes
    rows = check_rows(rows, n_classes)
    splits = resample(rows, lambda half: [make().fit(half)], n_classes, n_resamples, random_state)
    return Stability.of([split[0].rand for split in splits])


def resample(
    rows: np.ndarray,
    fit: Callable[[np.ndarray], Sequence[Clusterer]],
    n_classes: int,
    n_resamples: int,
    random_state: int,
    on_split: Callable[[int, int], None] | None = None,
) -> list[list[Agreement]]:
    """Split the rows in two, fit several clusterers on either half, and compare the two of each kind.

    Parameters
    ----------
    fit
        Fits any number of clusterers on a half, always in the same order; where a half lacks the last ones, they are
        compared with nothing and left out.
    n_classes
        Distinct rows that a half must hold.
    on_split
        Called as ``on_split(done, of how many)`` after each split, from any thread.

    Returns
    -------
    list of list of Agreement
        For each split, one a clusterer.
    """

    done = itertools.count(1)

    def compare(random: np.random.Generator) -> list[Agreement]:
        order = random.permutation(len(rows))
        halves = [np.sort(half) for half in np.array_split(order, 2)]
        with thread_limit(1):  # the threads go to the splits
            fits = [fit(_enough(rows[half], rows, n_classes)) for half in halves]
            labels = [np.stack([each.predict(rows) for each in fitted]) for fitted in fits]
        if on_split:
            on_split(next(done), n_resamples)
        return [Agreement.of(one, other, halves) for one, other in zip(*labels, strict=False)]

    with threadpool_limits(1):  # set in one thread it holds for all, so not inside of them
        return in_threads(compare, np.random.default_rng(random_state).spawn(n_resamples))


class Agreement(NamedTuple):
    """How far two labelings of the same rows agree, each from a half of them.

    Attributes
    ----------
    rand
        The adjusted Rand index of all rows.
    strength
        The prediction strength: of the pairs of rows that share a class in the half it was found in, the part that the
        other labeling keeps together, in the class where it is smallest; the mean of both halves. 0 to 1.
    """

    rand: float
    strength: float

    @classmethod
    def of(cls, one: np.ndarray, other: np.ndarray, halves: Sequence[np.ndarray]) -> Self:
        first, second = halves
        strengths = _strength(one[first], other[first]), _strength(other[second], one[second])
        return cls(adjusted_rand_index(one, other), sum(strengths) / 2)


def _enough(half: np.ndarray, rows: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the half, with the first distinct rows of all where it has too few of its own."""
    if len(distinct_rows(half, n_classes)) < n_classes:
        return np.concatenate([half, distinct_rows(rows, n_classes)])
    return half


def _strength(own: np.ndarray, other: np.ndarray) -> float:
    """Return the part of the pairs of a class of `own` that share a label of `other`, in the worst class."""
    pairs = _pairs(cross_table(own, other)).sum(axis=1)
    of_all = _pairs(np.bincount(own))
    return float((pairs[of_all > 0] / of_all[of_all > 0]).min(initial=1.0))


def _pairs(counts: np.ndarray) -> np.ndarray:
    """Count the ordered pairs within groups of these sizes."""
    return counts * (counts - 1.0)
