"""A small picture of a large image, gathered tile by tile."""

from __future__ import annotations

import numpy as np

from fallow.raster import Window
from fallow.tiles.grid import BLOCK

MAX_SIDE = 1400


def thumbnail_step(shape: tuple[int, int]) -> int:
    """Return the side of a cell in pixels for an image of (rows, cols)."""
    step = 1
    while step < BLOCK and max(shape) / step > MAX_SIDE:
        step *= 2
    return step


class Thumbnail:
    """Collect three bands (means of cells) and both label maps (the cells' first pixels) at reduced size.

    Cells are squares of a power of two, so they never cross a tile.

    Attributes
    ----------
    picture : (rows, cols, 3) float32, NaN where no data
    regions, classes : (rows, cols) int32
    superpixels : (rows, cols) int32, empty for the pixel unit
    """

    def __init__(self, shape: tuple[int, int], *, has_superpixels: bool = False) -> None:
        self.step = thumbnail_step(shape)
        rows, cols = (-(-side // self.step) for side in shape)
        self.picture = np.full((rows, cols, 3), np.nan, np.float32)
        self.regions = np.zeros((rows, cols), np.int32)
        self.classes = np.zeros((rows, cols), np.int32)
        self.superpixels = np.zeros((rows, cols) if has_superpixels else (0, 0), np.int32)

    def show(self, window: Window, picture: np.ndarray) -> None:
        """Add what `cell_means` made of one tile's pixels."""
        self.picture[self._place(window)] = picture

    def label(self, window: Window, **layers: np.ndarray) -> None:
        """Add label maps of one tile by their attribute's name; safe from several threads, tiles do not share cells."""
        for name, labels in layers.items():
            getattr(self, name)[self._place(window)] = labels[:: self.step, :: self.step]

    def _place(self, window: Window) -> tuple[slice, slice]:
        row0, row1, col0, col1 = window
        return slice(row0 // self.step, -(-row1 // self.step)), slice(col0 // self.step, -(-col1 // self.step))
