"""How well classes are apart, judged by the feature rows alone, without any truth."""

from __future__ import annotations

import numpy as np

from fallow.errors import InputError

CHUNK_ROWS = 512
"""Rows whose distances to all others are held at once."""


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


def _distances(some: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the Euclidean distances ``(some, rows)`` by |a|² + |b|² - 2ab, which is one matrix product."""
    distances = some @ rows.T
    distances *= -2
    distances += np.square(some).sum(axis=1)[:, None]
    distances += np.square(rows).sum(axis=1)
    np.maximum(distances, 0, out=distances)
    return np.sqrt(distances, out=distances)
