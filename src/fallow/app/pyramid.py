"""A raster as a map: tiles of 256 x 256 cells at every level, the coarse ones made of the finer ones."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fallow.app.cache import Cache
from fallow.errors import InputError
from fallow.raster import Window

TILE = 256  # cells a side
DIRECT = 3  # levels above the finest stored one that are read from it at once: cells of up to 8 x 8
MOST_BYTES = 256 << 20

Tiles = Cache[NDArray]

_reading = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))  # more at once would only take memory


def new_tiles() -> Tiles:
    """Make the cache that all pyramids of a server share."""
    return Cache(MOST_BYTES, lambda tile: tile.nbytes)


@dataclass(frozen=True)
class Pyramid:
    """Tiles of one raster; at level z a cell is ``2^z x 2^z`` pixels. Safe from any thread.

    Attributes
    ----------
    key
        What tells this raster, as it is now, from all others.
    shape : (rows, cols)
    read : callable
        ``read(window, step)`` returns the cells of a window that begins at multiples of `step`.
    halve : callable
        Makes one cell of two by two.
    overviews : tuple of int
        Sides of the cells that the file holds beside its pixels.
    """

    key: Hashable
    shape: tuple[int, int]
    read: Callable[[Window, int], NDArray]
    halve: Callable[[NDArray], NDArray]
    tiles: Tiles
    overviews: tuple[int, ...] = ()

    @property
    def levels(self) -> int:
        """Number of levels; at the last one a tile holds the whole raster."""
        return n_levels(self.shape)

    def tile(self, z: int, row: int, col: int) -> NDArray:
        """Return a tile, cut at the raster's edge.

        Raises
        ------
        InputError
            If there is no such tile.
        FileError
            If it cannot be read.
        """
        if not 0 <= z < self.levels:
            raise InputError(f"level must be 0 to {self.levels - 1}, got {z}")
        side = TILE << z
        if not (0 <= row < -(-self.shape[0] // side) and 0 <= col < -(-self.shape[1] // side)):
            raise InputError(f"there is no tile {row}, {col} at level {z}")
        return self._tile(z, row, col)

    def _tile(self, z: int, row: int, col: int) -> NDArray:
        return self.tiles.get((self.key, z, row, col), lambda: self._make(z, row, col))

    def _make(self, z: int, row: int, col: int) -> NDArray:
        side = TILE << z
        row1, col1 = min((row + 1) * side, self.shape[0]), min((col + 1) * side, self.shape[1])
        if self._is_direct(z):
            with _reading:
                return self.read((row * side, row1, col * side, col1), 1 << z)
        half = side // 2
        rows = range(2 * row, -(-row1 // half))
        cols = range(2 * col, -(-col1 // half))
        parts = [np.concatenate([self._tile(z - 1, each, col) for col in cols], axis=1) for each in rows]
        return self.halve(np.concatenate(parts))

    def _is_direct(self, z: int) -> bool:
        step = 1 << z
        finest = max((side for side in (1, *self.overviews) if step % side == 0), default=1)
        return step // finest <= 1 << DIRECT


def n_levels(shape: tuple[int, int]) -> int:
    """Return the number of levels of a raster.

    >>> n_levels((256, 100)), n_levels((8192, 8192))
    (1, 6)
    """
    z = 0
    while max(shape) > TILE << z:
        z += 1
    return z + 1
