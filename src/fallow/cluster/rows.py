"""Tables of feature rows ``(n, features)``: checked once at the door, sampled by seed, averaged by class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from fallow.cluster.options import check_count
from fallow.errors import InputError

LARGEST = 1e17
"""Squares of larger values, summed over features, leave the range of 32-bit floats."""


def check_rows(rows: Any, n_classes: int) -> np.ndarray:
    """Return `rows` as a C-contiguous float32 array ``(n, features)`` that can be told into `n_classes` classes.

    Raises
    ------
    InputError
        When `n_classes` is below 2, or the rows are not a table of finite numbers that 32-bit distances can measure, or
        hold fewer distinct rows than classes.
    """
    check_count("classes", n_classes, least=2)
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise InputError(f"rows must have the shape (rows, features), got {rows.shape}")
    if len(rows) == 0:
        raise InputError("there is no row to fit on: the image holds no valid pixel")
    largest = max(abs(float(rows.min())), abs(float(rows.max())))  # NaN and infinity come through
    if not np.isfinite(largest):
        raise InputError("rows to fit on must be finite, got NaN or infinity: leave such rows out")
    if largest > LARGEST:
        raise InputError(
            f"values must lie within ±{LARGEST:g} to be compared, got {largest:.3g}: "
            "mark such pixels as no data, or scale the features"
        )
    n_distinct = len(distinct_rows(rows, n_classes))
    if n_distinct == 1:
        raise InputError("the image is constant: there is nothing to tell apart")
    if n_distinct < n_classes:
        raise InputError(
            f"{n_classes} classes were asked for, but the image has only {n_distinct} distinct values; "
            f"ask for {n_distinct} or fewer"
        )
    return rows


def distinct_rows(rows: np.ndarray, limit: int) -> np.ndarray:
    """Return the first distinct rows in the order they appear, no more than `limit`.

    >>> distinct_rows(np.float32([[1], [1], [2], [3]]), limit=2)
    array([[1.],
           [2.]], dtype=float32)
    """
    return rows[_first_seen(rows, limit)]


def draw_rows(rows: np.ndarray, n_rows: int, n_classes: int, random: np.random.Generator) -> np.ndarray:
    """Draw a sample of `n_rows` rows, without repetition and in their order; all rows when there are no more.

    When the draw misses what is rare and holds fewer distinct rows than `n_classes`, the first distinct ones are added.
    """
    if len(rows) <= n_rows:
        return rows
    sample = rows[np.sort(random.choice(len(rows), n_rows, replace=False, shuffle=False))]
    if len(distinct_rows(sample, n_classes)) < n_classes:
        sample = np.concatenate([sample, distinct_rows(rows, n_classes)])
    return sample


def class_means(rows: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the float64 mean ``(n_classes, features)`` of the rows under each label; every class needs a row.

    >>> class_means(np.float32([[1], [3], [7]]), np.array([1, 1, 2]), 2)
    array([[2.],
           [7.]])
    """
    counts = np.bincount(labels, minlength=n_classes + 1)[1:]
    sums = [np.bincount(labels, weights=column, minlength=n_classes + 1)[1:] for column in rows.T]
    return np.stack(sums, axis=1) / counts[:, None]


def cross_table(one: np.ndarray, other: np.ndarray, n_classes: int = 0) -> np.ndarray:
    """Count the rows under each pair of labels from 0 on, to the largest or to `n_classes`: a table of integers.

    >>> cross_table(np.array([1, 1, 2]), np.array([1, 2, 2])).tolist()
    [[0, 0, 0], [0, 1, 1], [0, 0, 1]]
    """
    n_one, n_other = (max(n_classes, int(labels.max())) + 1 for labels in (one, other))
    counts = np.bincount(one.astype(np.int64) * n_other + other, minlength=n_one * n_other)
    return counts.reshape(n_one, n_other)


@njit(cache=True, nogil=True)
def _first_seen(rows, limit):
    """Return the index of the first row of each distinct value; stops at `limit`, so it rarely reads all rows."""
    seen = np.empty(limit, np.int64)
    n_seen = 0
    for row in range(len(rows)):
        is_new = True
        for known in range(n_seen):
            is_same = True
            for feature in range(rows.shape[1]):
                if rows[row, feature] != rows[seen[known], feature]:
                    is_same = False
                    break
            if is_same:
                is_new = False
                break
        if is_new:
            seen[n_seen] = row
            n_seen += 1
            if n_seen == limit:
                break
    return seen[:n_seen]


def repeat_by_weight(rows: np.ndarray, weight: np.ndarray, n: int) -> np.ndarray:
    """Draw `n` rows at even steps through all weights, so that a row counts by its weight; at least one of each."""
    step = max(1.0, int(weight.sum()) / max(n, 1))
    counts = np.maximum(1, np.diff(np.floor(np.concatenate(([0], np.cumsum(weight))) / step)).astype(np.int64))
    return np.repeat(rows, counts, axis=0)
