"""Mean and deviation per class and band, summed block by block in a fixed order."""

from __future__ import annotations

import numpy as np
from numba import njit

from fallow.raster import Window
from fallow.tiles.grid import blocks_of


@njit(cache=True, nogil=True)
def class_sums(pixels: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Sum values and squares, and count, per class and band of one block: (classes + 1, bands, 3); row 0 is no data."""
    rows, cols, bands = pixels.shape
    sums = np.zeros((n_classes + 1, bands, 3))  # what is added to at once lies together
    for row in range(rows):
        for col in range(cols):
            label = classes[row, col]
            if label > 0:
                for band in range(bands):
                    value = np.float64(pixels[row, col, band])  # float() would stay in 32 bits here
                    sums[label, band, 0] += value
                    sums[label, band, 1] += value * value
                sums[label, 0, 2] += 1
    for label in range(1, n_classes + 1):
        sums[label, :, 2] = sums[label, 0, 2]
    return sums


class ClassStatistics:
    """Gather `class_sums` of blocks that come in any order; the last bits do not depend on it."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, int], np.ndarray] = {}

    def add(self, tile: Window, sums: np.ndarray) -> None:
        """Add the sums of a tile's blocks, (blocks, n_classes + 1, bands, 3)."""
        for block, each in zip(blocks_of(tile), sums, strict=True):
            self._sums[block[0], block[2]] = each

    def mean_and_deviation(self, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both, (classes, bands) float64; zero for a class without pixels.

        Parameters
        ----------
        order : (classes,) int
            The class of the sums that comes first, second, ...
        """
        total = np.sum([self._sums[key] for key in sorted(self._sums)], axis=0)[order]
        counts = np.maximum(total[..., 2], 1)
        mean = total[..., 0] / counts
        return mean, np.sqrt(np.maximum(total[..., 1] / counts - mean**2, 0))
