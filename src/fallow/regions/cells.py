"""Cells of 2 x 2 pixels: contours and superpixels are found at half resolution."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

CELL = 2
"""Pixels a side of a cell."""


def mean_cells(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average cells of 2 x 2 pixels, (rows, cols, values); those that stick out count what is inside."""
    rows, cols, n = picture.shape
    out = np.empty(((rows + 1) // 2, (cols + 1) // 2, n), np.float32)
    _average(np.ascontiguousarray(picture), out)
    return out


@njit(cache=True, nogil=True)
def _average(picture: np.ndarray, out: np.ndarray) -> None:
    rows, cols, n = picture.shape
    for row in range(out.shape[0]):
        r = 2 * row + (2 * row + 1 < rows)
        for col in range(out.shape[1]):
            c = 2 * col + (2 * col + 1 < cols)
            for k in range(n):
                total = picture[2 * row, 2 * col, k] + picture[r, 2 * col, k]
                out[row, col, k] = np.float32(0.25) * (total + picture[2 * row, c, k] + picture[r, c, k])
