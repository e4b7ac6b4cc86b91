"""Cells of 2 x 2 pixels: contours and superpixels are found at half resolution."""

from __future__ import annotations

import numpy as np
from numba import njit

CELL = 2
"""Pixels a side of a cell."""


@njit(cache=True, nogil=True)
def mean_cells(picture: np.ndarray) -> np.ndarray:
    """Average cells of 2 x 2 pixels; those that stick out count what is inside."""
    rows, cols, n = picture.shape
    out = np.empty(((rows + 1) // 2, (cols + 1) // 2, n), np.float32)
    for row in range(out.shape[0]):
        r = min(2 * row + 1, rows - 1)
        for col in range(out.shape[1]):
            c = min(2 * col + 1, cols - 1)
            for k in range(n):
                total = picture[2 * row, 2 * col, k] + picture[r, 2 * col, k]
                out[row, col, k] = np.float32(0.25) * (total + picture[2 * row, c, k] + picture[r, c, k])
    return out
