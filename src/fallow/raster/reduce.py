"""From pixels to cells: what a large image looks like from afar."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def cell_means(pixels: NDArray, bands: NDArray[np.int64], step: int) -> NDArray[np.float32]:
    """Average cells of ``step x step`` pixels, ragged at the end, over their valid pixels; NaN where there is none.

    Of whole numbers all are valid.
    """
    n_rows, n_cols = (pixels.shape[0] + step - 1) // step, (pixels.shape[1] + step - 1) // step
    means = np.empty((n_rows, n_cols, len(bands)), np.float32)
    for cell_row in range(n_rows):
        for cell_col in range(n_cols):
            for position in range(len(bands)):
                total, count = np.float32(0), 0
                for row in range(cell_row * step, min((cell_row + 1) * step, pixels.shape[0])):
                    for col in range(cell_col * step, min((cell_col + 1) * step, pixels.shape[1])):
                        value = np.float32(pixels[row, col, bands[position]])
                        if not np.isnan(value):
                            total += value
                            count += 1
                means[cell_row, cell_col, position] = total / count if count else np.nan
    return means
