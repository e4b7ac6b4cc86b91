"""Mean and deviation per class and band, summed block by block in a fixed order."""

from __future__ import annotations

import numpy as np
from numba import njit

from fallow.raster import Window


@njit(cache=True, nogil=True)
def class_sums(pixels: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Sum values and squares per class and band of one block: (2, n_classes + 1, bands) float64; row 0 is no data."""
    rows, cols, bands = pixels.shape
    sums = np.zeros((2, n_classes + 1, bands))
    for row in range(rows):
        for col in range(cols):
            label = classes[row, col]
            if label > 0:
                for band in range(bands):
                    value = np.float64(pixels[row, col, band])  # float() would stay in 32 bits here
                    sums[0, label, band] += value
                    sums[1, label, band] += value * value
    return sums


class ClassStatistics:
    """Gather `class_sums` of blocks that come in any order; the last bits do not depend on it."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, int], np.ndarray] = {}

    def add(self, block: Window, sums: np.ndarray) -> None:
        """Add the sums of one block."""
        self._sums[block[0], block[2]] = sums

    def mean_and_deviation(self, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both, (classes, bands) float64; zero for a class without pixels.

        Parameters
        ----------
        areas : (classes,) pixels of each class
        """
        total = np.sum([self._sums[key] for key in sorted(self._sums)], axis=0)
        counts = np.maximum(areas, 1)[:, None]
        mean = total[0, 1:] / counts
        return mean, np.sqrt(np.maximum(total[1, 1:] / counts - mean**2, 0))
