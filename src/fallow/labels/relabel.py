"""Give labels other numbers."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.labels.maps import Labels, as_labels


def relabel(labels: ArrayLike, table: ArrayLike) -> NDArray:
    """Look every label up in a table.

    Parameters
    ----------
    labels : integers of any shape
    table : (at least the largest label + 1,)
        The new label of each old one; ``table[0]`` must be 0, for no data stays no data.

    Returns
    -------
    Array of the shape of `labels` and the type of `table`.

    Raises
    ------
    InputError
        If ``table[0]`` is not 0, or the table is too short.

    Examples
    --------
    >>> relabel([[0, 1, 2]], [0, 7, 5]).tolist()
    [[0, 7, 5]]
    """
    labels, table = as_labels(labels), np.asarray(table)
    if table.ndim != 1 or len(table) == 0 or table[0] != 0:
        raise InputError("table must be one-dimensional and begin with 0, the label of no data")
    if labels.max(initial=0) >= len(table):
        raise InputError(f"table must reach to the largest label {labels.max()}, got one that ends at {len(table) - 1}")
    out = np.empty(labels.shape, table.dtype)
    _look_up(labels.ravel(), table, out.reshape(-1))
    return out


def sequential(labels: ArrayLike) -> tuple[Labels, NDArray[np.int64]]:
    """Number the labels 1..n in the order in which they first come up, row by row.

    Parameters
    ----------
    labels : integers of any shape

    Returns
    -------
    labels : int32 of the same shape
    counts : (n + 1,) int64
        Pixels of each new label; ``counts[0]`` is no data.

    Examples
    --------
    >>> labels, counts = sequential([[9, 9, 0], [4, 9, 4]])
    >>> labels.tolist(), counts.tolist()
    ([[1, 1, 0], [2, 1, 2]], [1, 3, 2])
    """
    labels = as_labels(labels)
    if labels.max(initial=0) > labels.size:  # a table of so many entries might not fit in memory
        distinct, inverse = np.unique(labels, return_inverse=True)
        labels = np.reshape(inverse + (distinct[0] != 0), labels.shape).astype(np.int32)
    out, counts, n = _number(labels.ravel(), int(labels.max(initial=0)))
    return out.reshape(labels.shape), counts[: n + 1]


def order_by_area(counts: ArrayLike) -> NDArray[np.int32]:
    """Make the table for `relabel` that numbers labels by area, largest first; equal areas keep their order.

    Parameters
    ----------
    counts : (n + 1,) integers
        Pixels of each label; ``counts[0]``, no data, is ignored.

    Returns
    -------
    (n + 1,) int32
        The new label of each old one, a permutation: labels without a pixel come last.

    Examples
    --------
    >>> order_by_area([100, 5, 0, 20]).tolist()
    [0, 2, 3, 1]
    """
    counts = np.asarray(counts)
    table = np.zeros(len(counts), np.int32)
    table[np.argsort(-counts[1:], kind="stable") + 1] = np.arange(1, len(counts), dtype=np.int32)
    return table


@njit(cache=True, nogil=True)
def _look_up(labels: np.ndarray, table: np.ndarray, out: np.ndarray) -> None:
    for k in range(len(labels)):
        out[k] = table[labels[k]]


@njit(cache=True, nogil=True)
def _number(labels: np.ndarray, largest: int) -> tuple[np.ndarray, np.ndarray, int]:
    out, table, counts = np.empty_like(labels), np.zeros(largest + 1, np.int32), np.zeros(largest + 1, np.int64)
    n = 0
    for k in range(len(labels)):
        label = labels[k]
        if label != 0 and table[label] == 0:
            n += 1
            table[label] = n
        out[k] = table[label]
        counts[table[label]] += 1
    return out, counts, n
