"""Pooling over wide windows, cheaply: on cells of 4 x 4 pixels instead of on pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

from fallow.features.block import Block, Image
from fallow.features.smooth import MOST_CHANNELS, gaussian_radius, smooth

CELL = 4


class CellGrid:
    """The cells over a block, anchored at the whole image's first pixel, so that every block cuts them alike.

    What texture is made of (codes, energies, bins) is averaged within each cell over valid pixels, the cells are
    blurred, and their values are interpolated back to pixels: a Gaussian of 10 pixels at a sixteenth of its price.

    Attributes
    ----------
    weight : (cell rows, cell cols) float32
        Share of each cell's pixels that are valid.
    """

    def __init__(self, block: Block) -> None:
        self._size = block.size
        (self._top, bottom), (self._left, right) = (
            (start % CELL, -(start + length) % CELL) for start, length in zip(block.origin, block.size, strict=True)
        )
        self._margins = self._top, bottom, self._left, right
        self._valid = cv2.copyMakeBorder(block.weight, *self._margins, cv2.BORDER_CONSTANT, value=0)
        self.weight = _shrink(self._valid, CELL)

    def align(self, plane: Image) -> Image:
        """Continue ``(rows, cols)`` to whole cells by repeating the outermost pixels."""
        return cv2.copyMakeBorder(plane, *self._margins, cv2.BORDER_REPLICATE)

    def average(self, plane: Image) -> Image:
        """Average an aligned plane, or one halved once or twice since, over the valid pixels of each cell."""
        steps = CELL * self.weight.shape[0] // plane.shape[0]
        total = _shrink(plane * _shrink(self._valid, steps), CELL // steps)
        return total / np.maximum(self.weight, np.float32(1e-20))

    def histogram(self, position: Image, n_bins: int) -> Image:
        """Count an aligned plane of bin positions per cell: ``(cell rows, cell cols, bins)``, summing to 1 where valid.

        A position of 2.25 adds 0.75 to bin 2 and 0.25 to bin 3; positions lie from 0 to ``n_bins - 1``.
        """
        counts = count_cells(position, self._valid, n_bins)
        return counts / np.maximum(self.weight * CELL**2, np.float32(1e-20))[..., None]

    def pool(self, cells: Image, sigma: float) -> Image:
        """Blur cells with a Gaussian of `sigma` pixels; each counts as much as it has valid pixels."""
        return smooth(cells, sigma / CELL, self.weight)

    def spread(self, cells: Image) -> Image:
        """Interpolate ``(cell rows, cell cols, n)`` back to the block's pixels."""
        (rows, cols), (n_rows, n_cols) = self._size, self.weight.shape
        parts = [
            cv2.resize(
                np.ascontiguousarray(cells[..., first : first + MOST_CHANNELS]),
                (CELL * n_cols, CELL * n_rows),
                interpolation=cv2.INTER_LINEAR,
            ).reshape(CELL * n_rows, CELL * n_cols, -1)
            for first in range(0, cells.shape[2], MOST_CHANNELS)
        ]
        fine = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
        return fine[self._top : self._top + rows, self._left : self._left + cols]


def pooling_reach(sigma: float) -> int:
    """Return how far pooled values see, in pixels: the blur, the next cell by interpolation, the rest of a cell.

    >>> pooling_reach(10)
    39
    """
    return CELL * (gaussian_radius(sigma / CELL) + 1) + CELL - 1


def halve(plane: Image) -> Image:
    """Average 2 x 2 pixels; the sides are even."""
    return _shrink(plane, 2)


def _shrink(plane: Image, steps: int) -> Image:
    if steps == 1:
        return plane
    rows, cols = plane.shape
    return cv2.resize(plane, (cols // steps, rows // steps), interpolation=cv2.INTER_AREA)


@njit(cache=True, nogil=True)
def count_cells(position, weight, n_bins):
    """Add each pixel's weight to the two bins around its position, per cell of 4 x 4 pixels."""
    rows, cols = position.shape
    counts = np.zeros((rows // CELL, cols // CELL, n_bins), np.float32)
    for row in range(rows):
        for col in range(cols):
            if weight[row, col] > 0:
                lower = int(position[row, col])
                share = position[row, col] - np.float32(lower)
                counts[row // CELL, col // CELL, lower] += weight[row, col] * (np.float32(1) - share)
                if share > 0:
                    counts[row // CELL, col // CELL, lower + 1] += weight[row, col] * share
    return counts
