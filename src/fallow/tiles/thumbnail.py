"""A small picture of a large image, gathered tile by tile."""

from __future__ import annotations

import warnings

import numpy as np

from fallow.raster import Window
from fallow.tiles.grid import BLOCK

MAX_SIDE = 1400


class Thumbnail:
    """Collect three bands (means of cells) and both label maps (the cells' first pixels) at reduced size.

    Cells are squares of a power of two, so they never cross a tile.

    Attributes
    ----------
    picture : (rows, cols, 3) float32, NaN where no data
    regions, classes : (rows, cols) int32
    """

    def __init__(self, shape: tuple[int, int], rgb: tuple[int, int, int]) -> None:
        self.rgb = list(rgb)
        self.step = 1
        while self.step < BLOCK and max(shape) / self.step > MAX_SIDE:
            self.step *= 2
        rows, cols = (-(-side // self.step) for side in shape)
        self.picture = np.full((rows, cols, 3), np.nan, np.float32)
        self.regions = np.zeros((rows, cols), np.int32)
        self.classes = np.zeros((rows, cols), np.int32)

    def add(self, window: Window, pixels: np.ndarray, regions: np.ndarray, classes: np.ndarray) -> None:
        """Add one tile; safe from several threads, for tiles do not share cells."""
        row0, row1, col0, col1 = window
        rows = slice(row0 // self.step, -(-row1 // self.step))
        cols = slice(col0 // self.step, -(-col1 // self.step))
        self.picture[rows, cols] = _cell_means(pixels[..., self.rgb], self.step)
        self.regions[rows, cols] = regions[:: self.step, :: self.step]
        self.classes[rows, cols] = classes[:: self.step, :: self.step]


def _cell_means(pixels: np.ndarray, step: int) -> np.ndarray:
    """Average cells of ``step x step`` pixels, ragged at the end, over their valid pixels."""
    if step == 1:
        return pixels
    rows, cols = (-(-side // step) for side in pixels.shape[:2])
    padded = np.full((rows * step, cols * step, 3), np.nan, np.float32)
    padded[: pixels.shape[0], : pixels.shape[1]] = pixels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a cell without a valid pixel is NaN, as it should be
        return np.nanmean(padded.reshape(rows, step, cols, step, 3), axis=(1, 3))
