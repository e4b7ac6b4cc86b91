"""How well classes are apart, judged by the feature rows alone, without any truth."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from fallow.errors import InputError

CHUNK_ROWS = 512
"""Rows whose distances to all others are held at once."""
SCATTER_ROWS = 32_768
"""Rows whose offsets from their class's mean are held at once."""
STRATIFIED_ROWS = 1_000
ROUNDING = 2.0**-52
"""Part of the whole spread below which a difference is none in 64-bit floats."""


def silhouette(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the silhouette of each row: how much nearer its own class is than the next one.

    Parameters
    ----------
    rows
        Finite features ``(n, features)``; a sample, for the time grows with its square.
    labels
        Class of each row, any integers ``(n,)``; at least two classes.

    Returns
    -------
    ndarray of float64, shape (n,)
        (b - a) / max(a, b), from -1 (in the wrong class) over 0 (between two) to 1 (well inside), with a the mean
        distance to the other rows of the class and b that to the rows of the nearest other class. 0 for the only row
        of a class.

    Raises
    ------
    InputError
        When there are fewer than two classes.

    Notes
    -----
    Time: n² x features. Memory: 512 x n.

    References
    ----------
    Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7

    Examples
    --------
    >>> silhouette(np.array([[0.0], [1.0], [9.0]]), np.array([1, 1, 2])).round(3)
    array([0.889, 0.875, 0.   ])
    """
    classes, index = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise InputError(f"a silhouette needs at least 2 classes, got {len(classes)}")
    member = (index[:, None] == np.arange(len(classes))).astype(np.float64)
    size = member.sum(axis=0)
    rows = rows - rows.mean(axis=0, dtype=np.float64)  # small numbers lose little in `_distances`
    found = np.empty(len(rows))
    for first in range(0, len(rows), CHUNK_ROWS):
        chunk = slice(first, first + CHUNK_ROWS)
        own, each = index[chunk], np.arange(len(index[chunk]))
        distances = _distances(rows[chunk], rows)
        distances[each, first + each] = 0  # rounding leaves a little
        totals = distances @ member
        inside = totals[each, own] / np.maximum(size[own] - 1, 1)
        totals[each, own] = np.inf
        outside = (totals / size).min(axis=1)
        larger = np.maximum(inside, outside)
        is_defined = (size[own] > 1) & (larger > 0)
        found[chunk] = np.where(is_defined, (outside - inside) / np.where(is_defined, larger, 1), 0)
    return found


def stratified_silhouette(
    rows: np.ndarray, labels: np.ndarray, *, random: np.random.Generator, n_rows: int = STRATIFIED_ROWS
) -> float:
    """Return the mean silhouette of all rows, estimated on `n_rows` of them in equal parts from each class.

    Small classes are seen, which a plain sample would miss; the classes' means are weighted back by their shares.

    Parameters
    ----------
    rows, labels
        As in `silhouette`.
    random
        What draws the rows; the same state gives the same number.
    n_rows
        Rows to judge on; the time grows with its square, not with the number of `rows`.

    Raises
    ------
    InputError
        When there are fewer than two classes.

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [9.0], [10.0]])
    >>> round(stratified_silhouette(rows, np.array([1, 1, 2, 2]), random=np.random.default_rng(0)), 3)
    0.889
    """
    classes, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    most = max(2, n_rows // len(classes))
    drawn = [random.permutation(np.flatnonzero(index == each))[:most] for each in range(len(classes))]
    judged = np.concatenate(drawn)
    found = silhouette(rows[judged], index[judged])
    means = [values.mean() for values in np.split(found, np.cumsum([len(each) for each in drawn])[:-1])]
    return float(np.average(means, weights=counts))


def calinski_harabasz(rows: np.ndarray, labels: np.ndarray) -> float:
    """Return the variance between the classes over that inside them, each by its degrees of freedom; more is better.

    Parameters
    ----------
    rows
        Finite features ``(n, features)``.
    labels
        Class of each row, any integers ``(n,)``; at least two classes.

    Returns
    -------
    float
        From 0; finite also where every row equals the mean of its class.

    Raises
    ------
    InputError
        When there are fewer than two classes.

    Notes
    -----
    Time: n x features. Memory: classes x features, beside a copy of 32,768 rows.

    References
    ----------
    Caliński, Harabasz 1974, doi:10.1080/03610927408827101

    Examples
    --------
    >>> calinski_harabasz(np.array([[0.0], [2.0], [8.0], [10.0]]), np.array([1, 1, 2, 2]))
    32.0
    """
    found = _Scatter.of(rows, labels, "a Calinski-Harabasz index")
    n, n_classes = found.counts.sum(), len(found.counts)
    inside = max(found.squared.sum(), ROUNDING * found.between)
    return float(found.between * (n - n_classes) / (inside * (n_classes - 1))) if inside else 0.0


def davies_bouldin(rows: np.ndarray, labels: np.ndarray) -> float:
    """Return how wide classes are for their distance, each beside the one it is worst told from; less is better.

    Parameters
    ----------
    rows
        Finite features ``(n, features)``.
    labels
        Class of each row, any integers ``(n,)``; at least two classes.

    Returns
    -------
    float
        The mean over classes of the largest (s + s') / d, with s the mean distance of a class's rows to their mean and
        d the distance of two means. From 0; very large, but finite, where two means coincide.

    Raises
    ------
    InputError
        When there are fewer than two classes.

    Notes
    -----
    Time: n x features + classes² x features. Memory: classes², beside a copy of 32,768 rows. A class counts as much as
    any other, however small.

    References
    ----------
    Davies, Bouldin 1979, doi:10.1109/TPAMI.1979.4766909

    Examples
    --------
    >>> davies_bouldin(np.array([[0.0], [2.0], [8.0], [10.0]]), np.array([1, 1, 2, 2]))
    0.25
    """
    found = _Scatter.of(rows, labels, "a Davies-Bouldin index")
    width = found.distance / found.counts
    gap = np.linalg.norm(found.means[:, None] - found.means[None], axis=2)
    spread = np.sqrt((found.between + found.squared.sum()) / found.counts.sum())
    if spread == 0:
        return 0.0
    ratio = (width[:, None] + width[None]) / np.maximum(gap, ROUNDING * spread)
    np.fill_diagonal(ratio, 0)
    return float(ratio.max(axis=1).mean())


class _Scatter(NamedTuple):
    """Rows, mean, and summed squared and plain distances to it of each class; and the squares between the means."""

    counts: np.ndarray
    means: np.ndarray
    squared: np.ndarray
    distance: np.ndarray
    between: float

    @classmethod
    def of(cls, rows: np.ndarray, labels: np.ndarray, what: str) -> Self:
        classes, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
        if len(classes) < 2:
            raise InputError(f"{what} needs at least 2 classes, got {len(classes)}")
        sums = [np.bincount(index, weights=column) for column in rows.T]
        means = np.stack(sums, axis=1) / counts[:, None]
        squared, distance = np.zeros(len(classes)), np.zeros(len(classes))
        for first in range(0, len(rows), SCATTER_ROWS):
            chunk = slice(first, first + SCATTER_ROWS)
            offset = np.square(rows[chunk] - means[index[chunk]]).sum(axis=1)
            squared += np.bincount(index[chunk], weights=offset, minlength=len(classes))
            distance += np.bincount(index[chunk], weights=np.sqrt(offset), minlength=len(classes))
        center = counts @ means / counts.sum()
        between = float((counts * np.square(means - center).sum(axis=1)).sum())
        return cls(counts, means, squared, distance, between)


def _distances(some: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the Euclidean distances ``(some, rows)`` by |a|² + |b|² - 2ab, which is one matrix product."""
    distances = some @ rows.T
    distances *= -2
    distances += np.square(some).sum(axis=1)[:, None]
    distances += np.square(rows).sum(axis=1)
    np.maximum(distances, 0, out=distances)
    return np.sqrt(distances, out=distances)
