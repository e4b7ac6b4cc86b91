"""Geometry: blocks, the unit of computing, and tiles, the unit of scheduling.

A block is 512 x 512 pixels anchored at the image's own origin. Every stage is computed block by block, and a tile is
only a group of blocks, so no result can depend on how the work was cut.
"""

from __future__ import annotations

import numpy as np

from fallow.raster import Window

BLOCK = 512
TILE_BYTES = 1 << 25


def cut(window: Window, rows: int, cols: int) -> list[Window]:
    """Cut a window into pieces of at most ``rows x cols``, row by row from its first corner.

    >>> cut((0, 5, 0, 4), 3, 4)
    [(0, 3, 0, 4), (3, 5, 0, 4)]
    """
    row0, row1, col0, col1 = window
    return [
        (row, min(row + rows, row1), col, min(col + cols, col1))
        for row in range(row0, row1, rows)
        for col in range(col0, col1, cols)
    ]


def tiles_of(shape: tuple[int, int], tile: tuple[int, int]) -> list[Window]:
    """Cut an image into tiles, each enlarged to whole blocks."""
    rows, cols = (max(1, -(-side // BLOCK)) * BLOCK for side in tile)
    return cut((0, shape[0], 0, shape[1]), rows, cols)


def blocks_of(tile: Window) -> list[Window]:
    """List the blocks of a tile that `tiles_of` made."""
    return cut(tile, BLOCK, BLOCK)


def default_tile(n_bands: int) -> tuple[int, int]:
    """Choose a tile of one row of blocks, as wide as 32 MiB of float32 pixels allow (one to eight blocks).

    Wide tiles suit files stored in strips, which are decoded by whole rows.
    """
    wide = TILE_BYTES // (BLOCK * BLOCK * 4 * n_bands)
    return BLOCK, BLOCK * min(8, max(1, wide))


def without_halo(image: np.ndarray, halo: int) -> np.ndarray:
    """Cut a halo off."""
    return image[halo:-halo, halo:-halo] if halo else image
