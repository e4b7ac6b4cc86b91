"""Superpixels: the watershed of the contour strength, about one for 150 pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

LEVELS = 4096
SMOOTHING = 0.6  # cells: fewer, rounder superpixels


def superpixels(strength: NDArray[np.float32], valid: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Flood the contour strength from its local minima.

    Parameters
    ----------
    strength : (rows, cols) float32
        0..1.
    valid : (rows, cols) bool
        Cells without data get no superpixel.

    Returns
    -------
    labels : (rows, cols) int32
        From 0 in the order of the minima, row by row; -1 where, and only where, there is no data.
    n : int

    Notes
    -----
    A minimum is a plateau of cells none of whose eight neighbours lies lower; an even area is one superpixel. Floods
    meet by level, then by age, so the outcome depends on nothing but the values. Linear time: 4096 levels in buckets.

    References
    ----------
    Meyer 1994, doi:10.1016/0165-1684(94)90060-4; Arbelaez et al. 2011, doi:10.1109/TPAMI.2010.161.
    """
    smooth = cv2.GaussianBlur(strength, (0, 0), SMOOTHING, borderType=cv2.BORDER_REFLECT)
    level = np.minimum(smooth * LEVELS, LEVELS - 1).astype(np.int64)
    labels = np.full(strength.shape, -1, np.int32)
    n, left = 0, valid
    while left.any():  # once more where cells hang on a lower one by a corner, which no flood passes
        n = _mark_minima(smooth, left, labels, np.zeros(left.shape, np.bool_), np.empty(left.size, np.int64), n)
        first, last = np.full((2, LEVELS), -1)
        _flood(level, valid, labels, first, last, np.empty(left.size, np.int64))
        left = valid & (labels < 0)
    return labels, n


@njit(cache=True, nogil=True)
def _mark_minima(
    height: np.ndarray, valid: np.ndarray, labels: np.ndarray, lowest: np.ndarray, stack: np.ndarray, n: int
) -> int:
    """Label each connected plateau of local minima from n; return the first label that is free."""
    rows, cols = height.shape
    for row in range(rows):
        for col in range(cols):
            if not valid[row, col]:
                continue
            is_lowest = True
            for r in range(max(0, row - 1), min(rows, row + 2)):
                for c in range(max(0, col - 1), min(cols, col + 2)):
                    if valid[r, c] and height[r, c] < height[row, col]:
                        is_lowest = False
            lowest[row, col] = is_lowest
    for row in range(rows):
        for col in range(cols):
            if not lowest[row, col] or labels[row, col] >= 0:
                continue
            labels[row, col] = n
            stack[0], top = row * cols + col, 1
            while top:
                top -= 1
                at_row, at_col = stack[top] // cols, stack[top] % cols
                for r in range(max(0, at_row - 1), min(rows, at_row + 2)):
                    for c in range(max(0, at_col - 1), min(cols, at_col + 2)):
                        if lowest[r, c] and labels[r, c] < 0:
                            labels[r, c] = n
                            stack[top] = r * cols + c
                            top += 1
            n += 1
    return n


@njit(cache=True, nogil=True)
def _flood(
    level: np.ndarray, valid: np.ndarray, labels: np.ndarray, first: np.ndarray, last: np.ndarray, following: np.ndarray
) -> None:
    """Grow the labels over all valid cells, lowest level first, first come first served within a level."""
    rows, cols = level.shape
    for at in range(rows * cols):
        if labels[at // cols, at % cols] >= 0:
            _append(first, last, following, level[at // cols, at % cols], at)
    now = 0
    while now < LEVELS:
        at = first[now]
        if at < 0:
            now += 1
            continue
        first[now] = following[at]
        row, col = at // cols, at % cols
        for side in range(4):
            r = row + (side == 3) - (side == 0)
            c = col + (side == 2) - (side == 1)
            if 0 <= r < rows and 0 <= c < cols and valid[r, c] and labels[r, c] < 0:
                labels[r, c] = labels[row, col]
                then = level[r, c] if level[r, c] > now else now
                _append(first, last, following, then, r * cols + c)


@njit(cache=True, nogil=True)
def _append(first: np.ndarray, last: np.ndarray, following: np.ndarray, level: int, at: int) -> None:
    """Put a cell at the end of its level's queue."""
    following[at] = -1
    if first[level] < 0:
        first[level] = at
    else:
        following[last[level]] = at
    last[level] = at
