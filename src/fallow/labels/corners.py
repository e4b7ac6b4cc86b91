"""Which corners of pixels are taken by points of arcs: one bit each, so that a triangle can be looked through."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def corner_bits(shape: tuple[int, int], points: NDArray) -> NDArray[np.uint64]:
    """Mark points, (n, 2) of (row, col), in a map of the corners of an image of `shape` pixels."""
    bits = np.zeros((shape[0] + 1, shape[1] // 64 + 1), np.uint64)
    _mark(bits, points)
    return bits


@njit(cache=True, nogil=True)
def _mark(bits: np.ndarray, points: np.ndarray) -> None:
    for k in range(len(points)):
        row, col = points[k]
        bits[row, col >> 6] |= np.uint64(1) << np.uint64(col & 63)


@njit(cache=True, nogil=True)
def unmark(bits: np.ndarray, row: int, col: int) -> None:
    """Take one point out of the map."""
    bits[row, col >> 6] &= ~(np.uint64(1) << np.uint64(col & 63))


@njit(cache=True, nogil=True)
def is_free(bits: np.ndarray, triangle: np.ndarray, unit: int) -> bool:
    """Say whether no point is marked in a closed triangle but its own corners.

    Parameters
    ----------
    triangle : (3, 2) int64
        (row, col) of its corners, in parts of a pixel.
    unit : int
        How many parts a pixel has.
    """
    low, high = triangle[:, 0].min(), triangle[:, 0].max()
    for row in range(-(-low // unit), high // unit + 1):
        left, right = _span(triangle, row * unit, unit)
        if left > right:
            continue
        for word in range(left >> 6, (right >> 6) + 1):
            marked = bits[row, word]
            if marked == 0:
                continue
            if word == left >> 6:
                marked &= ~np.uint64(0) << np.uint64(left & 63)
            if word == right >> 6:
                marked &= ~np.uint64(0) >> np.uint64(63 - (right & 63))
            for k in range(3):
                if triangle[k, 0] == row * unit and triangle[k, 1] % unit == 0:
                    col = triangle[k, 1] // unit
                    if col >> 6 == word:
                        marked &= ~(np.uint64(1) << np.uint64(col & 63))
            if marked != 0:
                return False
    return True


@njit(cache=True, nogil=True)
def _span(triangle: np.ndarray, row: int, unit: int) -> tuple[np.int64, np.int64]:
    """Return the first and the last column of corners that a triangle covers in a row; the last is less if it has none.

    Whole numbers throughout, so that no rounding decides.
    """
    left, right = np.int64(1) << 40, -(np.int64(1) << 40)
    for k in range(3):
        row0, col0 = triangle[k]
        row1, col1 = triangle[(k + 1) % 3]
        if row0 == row1:
            if row0 == row:
                left = min(left, -(-min(col0, col1) // unit))
                right = max(right, max(col0, col1) // unit)
        elif min(row0, row1) <= row <= max(row0, row1):
            if row0 > row1:
                row0, col0, row1, col1 = row1, col1, row0, col0
            over = col0 * (row1 - row0) + (col1 - col0) * (row - row0)
            under = (row1 - row0) * unit
            left = min(left, -(-over // under))
            right = max(right, over // under)
    return left, right
