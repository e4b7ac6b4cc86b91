"""Smooth a label map by the majority of each pixel's neighbourhood."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from fallow.errors import InputError
from fallow.labels.maps import Labels, as_label_map


def majority(labels: ArrayLike, radius: int) -> Labels:
    """Give every pixel the most frequent label of the window of ``2 * radius + 1`` pixels a side around it.

    A tie leaves the pixel its own label if that is among the most frequent, and otherwise takes the smallest of them.
    The filter rounds off outlines and removes specks, yet promises no smallest region: that is what `sieve` is for.

    Parameters
    ----------
    labels : (rows, cols) integers
        0 = no data, which has no vote and stays 0. Nor is there a vote beyond the edge of the array.
    radius : int, pixels
        0 changes nothing. It is also the halo: a pixel depends on nothing farther away.

    Returns
    -------
    (rows, cols) int32

    Raises
    ------
    InputError
        If `radius` is negative, or the array is no label map.

    Notes
    -----
    A sliding histogram that knows its own maximum (after Huang, Yang and Tang, 1979, doi:10.1109/TASSP.1979.1163188):
    O(radius) per pixel, less where the map is smooth, and 8 bytes per label.

    Examples
    --------
    >>> majority([[1, 1, 1], [1, 2, 0], [1, 1, 2]], radius=1).tolist()
    [[1, 1, 1], [1, 1, 0], [1, 1, 2]]
    """
    labels = as_label_map(labels)
    if radius < 0:
        raise InputError(f"radius must be at least 0 pixels, got {radius}")
    out = np.empty_like(labels)
    _filter(labels, out, radius, int(labels.max(initial=0)))
    return out


@njit(cache=True, nogil=True)
def _filter(labels: np.ndarray, out: np.ndarray, radius: int, n_labels: int) -> None:
    rows, cols = labels.shape
    window_area = min(rows, 2 * radius + 1) * min(cols, 2 * radius + 1)
    votes = np.zeros(n_labels + 1, np.int64)
    n_with = np.zeros(window_area + 1, np.int64)  # how many labels have so many votes
    winner = 0  # when a pixel's own label last lost
    for row in range(rows):
        top = 0  # the most votes a label has
        first, end = max(row - radius, 0), min(row + radius + 1, rows)
        for col in range(-radius, cols + radius + 1):  # the window ends as it begins, empty
            for at in range(first, end):
                entering = labels[at, col + radius] if col + radius < cols else 0
                leaving = labels[at, col - radius - 1] if col - radius > 0 else 0
                if entering != leaving:
                    top = _withdraw(leaving, votes, n_with, top)
                    top = _vote(entering, votes, n_with, top)
            if 0 <= col < cols:
                own = labels[row, col]
                if own != 0 and votes[own] != top:
                    if votes[winner] != top or n_with[top] > 1:  # otherwise it has won again, and alone
                        winner = _smallest_with(top, votes, labels[first:end, max(col - radius, 0) : col + radius + 1])
                    own = winner
                out[row, col] = own


@njit(cache=True, nogil=True)
def _vote(label: int, votes: np.ndarray, n_with: np.ndarray, top: int) -> int:
    if label == 0:
        return top
    n_with[votes[label]] -= 1
    votes[label] += 1
    n_with[votes[label]] += 1
    return max(top, votes[label])


@njit(cache=True, nogil=True)
def _withdraw(label: int, votes: np.ndarray, n_with: np.ndarray, top: int) -> int:
    if label == 0:
        return top
    n_with[votes[label]] -= 1
    votes[label] -= 1
    n_with[votes[label]] += 1
    return top if n_with[top] > 0 else top - 1


@njit(cache=True, nogil=True)
def _smallest_with(top: int, votes: np.ndarray, window: np.ndarray) -> int:
    """Find the smallest label with so many votes, among all labels or in the window, whichever is shorter."""
    if len(votes) <= window.size:
        label = 1
        while votes[label] != top:
            label += 1
        return label
    smallest = len(votes)
    for row in range(window.shape[0]):
        for col in range(window.shape[1]):
            label = window[row, col]
            if 0 < label < smallest and votes[label] == top:
                smallest = label
    return smallest
