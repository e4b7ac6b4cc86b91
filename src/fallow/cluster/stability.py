"""Whether classes come again: clusterers fitted on independent halves of the rows, and how far they agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fallow.cluster.base import Clusterer
from fallow.cluster.chunks import in_threads, thread_limit
from fallow.cluster.rows import check_rows, distinct_rows


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

    def compare(random: np.random.Generator) -> float:
        order = random.permutation(len(rows))
        halves = (np.sort(order[: len(rows) // 2]), np.sort(order[len(rows) // 2 :]))
        with thread_limit(1):  # the threads go to the splits
            one, other = (make().fit(_enough(rows[half], rows, n_classes)).predict(rows) for half in halves)
        return _adjusted_rand(one, other)

    scores = in_threads(compare, np.random.default_rng(random_state).spawn(n_resamples))
    return Stability(float(np.mean(scores)), float(np.std(scores)), tuple(scores))


def _enough(half: np.ndarray, rows: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the half, with the first distinct rows of all where it has too few of its own."""
    if len(distinct_rows(half, n_classes)) < n_classes:
        return np.concatenate([half, distinct_rows(rows, n_classes)])
    return half


def _adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Return the adjusted Rand index of two labelings, from counts of the pairs of labels (Hubert, Arabie 1985)."""
    n_other = int(other.max()) + 1
    tables = np.bincount(one.astype(np.int64) * n_other + other), np.bincount(one), np.bincount(other)
    same, in_one, in_other = (_pairs(counts) for counts in tables)
    by_chance, most = in_one * in_other / _pairs(np.array([len(one)])), (in_one + in_other) / 2
    return (same - by_chance) / (most - by_chance) if most != by_chance else 1.0


def _pairs(counts: np.ndarray) -> float:
    """Count the ordered pairs within groups of these sizes."""
    return float((counts * (counts - 1.0)).sum())
