"""A lattice over an image: one valid pixel of each square cell, so that what is drawn of it can also be looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from fallow.raster import Source, Window
from fallow.raster.reduce import cell_means
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.grid import BLOCK
from fallow.tiles.hashing import position_hash
from fallow.tiles.sample import Extract

MOST_CELLS = 400
"""On the longer side; there are at least half as many, unless the image has fewer pixels."""


@dataclass(frozen=True)
class Lattice:
    """What was drawn.

    Attributes
    ----------
    rows : (n, features) float32
        In an order that tiles do not change.
    at : (cell rows, cell cols) int32
        Which of the rows each cell has; -1 where it holds no data.
    differences : (m, features) float32
        The right neighbours of drawn pixels minus these, where both are valid and in one block; empty unless asked for.
    """

    rows: np.ndarray
    at: np.ndarray
    differences: np.ndarray


def lattice_step(shape: tuple[int, int]) -> int:
    """Return the side of a cell in pixels: a power of two, so that no cell crosses a block.

    >>> lattice_step((2048, 2048)), lattice_step((321, 481)), lattice_step((83, 86))
    (8, 2, 1)
    """
    step = 1
    while step < BLOCK and max(shape) > MOST_CELLS * step:
        step *= 2
    return step


def draw_lattice(
    source: Source,
    extract: Extract,
    *,
    seed: int,
    work: Work,
    halo: int = 0,
    with_differences: bool = False,
    stage: str = "computing features",
) -> Lattice:
    """Compute the features of an image, block by block, and keep those of the pixel of each cell with the least hash.

    Choose it before `fallow.tiles.sample.draw` where the rows are to be shown as a small picture. It looks at the whole
    image, however large.
    """
    step = lattice_step(source.shape)
    at = np.full(_n_cells(source.shape, step), -1, np.int32)
    look = DrawLattice(extract, step, seed, source.shape, with_differences)
    drawn = {block: each for _, tile in sweep(source, look, stage=stage, work=work, halo=halo) for block, *each in tile}
    n_rows = 0
    for block in sorted(drawn):
        where = drawn[block][1]
        at[_cells(block, step)] = np.where(where < 0, -1, where + n_rows)
        n_rows += len(drawn[block][0])
    rows, _, differences = zip(*(drawn[block] for block in sorted(drawn)), strict=True)
    return Lattice(np.concatenate(rows), at, np.concatenate(differences))


def show_lattice(source: Source, rgb: tuple[int, int, int], work: Work) -> np.ndarray:
    """Return the mean of three bands in each cell: (cell rows, cell cols, 3) float32, NaN where there is no data."""
    step = lattice_step(source.shape)
    picture = np.full((*_n_cells(source.shape, step), 3), np.nan, np.float32)
    for window, means in sweep(source, ShowCells(rgb, step), stage="looking", work=work):
        picture[_cells(window, step)] = means
    return picture


def label_lattice(
    source: Source, labels_of: Callable[[Window], list[tuple[Window, np.ndarray]]], work: Work
) -> np.ndarray:
    """Return the label that each cell's first pixel has, (cell rows, cell cols) int32.

    Parameters
    ----------
    labels_of : callable
        Given a tile, returns the window and the labels of its blocks.
    """
    step = lattice_step(source.shape)
    at = np.full(_n_cells(source.shape, step), -1, np.int32)
    for tile in work.tiles(source):
        for block, labels in labels_of(tile):
            at[_cells(block, step)] = labels[::step, ::step]
    return at


@dataclass(frozen=True)
class DrawLattice:
    """Draw one pixel of each cell of one tile."""

    extract: Extract
    step: int
    seed: int
    shape: tuple[int, int]
    with_differences: bool

    def __call__(self, tile: Tile) -> list[tuple[Window, np.ndarray, np.ndarray, np.ndarray]]:
        return [(block, *self._draw(block, pixels)) for block, pixels in tile.blocks()]

    def _draw(self, block: Window, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        features = self.extract(block, pixels, self.shape)
        rows, cols, where = pick_cells(features[..., 0], block[0], block[2], self.shape[1], self.seed, self.step)
        picked = features[rows, cols]
        if not self.with_differences:
            return picked, where, picked[:0]
        inside = cols < features.shape[1] - 1
        differences = features[rows[inside], cols[inside] + 1] - picked[inside]
        return picked, where, differences[~np.isnan(differences[:, 0])]


@dataclass(frozen=True)
class ShowCells:
    """Average the cells of one tile."""

    rgb: tuple[int, int, int]
    step: int

    def __call__(self, tile: Tile) -> np.ndarray:
        return cell_means(tile.core, np.array(self.rgb), self.step)


def _n_cells(shape: tuple[int, int], step: int) -> tuple[int, int]:
    return -(-shape[0] // step), -(-shape[1] // step)


def _cells(window: Window, step: int) -> tuple[slice, slice]:
    row0, row1, col0, col1 = window
    return slice(row0 // step, -(-row1 // step)), slice(col0 // step, -(-col1 // step))


@njit(cache=True, nogil=True)
def pick_cells(
    first_band: np.ndarray, row0: int, col0: int, n_cols: int, seed: int, step: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pick the valid pixel with the least hash in each cell of a block.

    Parameters
    ----------
    first_band : (rows, cols) float32, NaN where no data
    row0, col0 : global position of the block's first pixel, whole cells

    Returns
    -------
    rows, cols : (n,) int32, positions inside the block, cell by cell
    where : (cell rows, cell cols) int32, number of each cell's pixel, -1 where none is valid
    """
    n_rows, n_block_cols = first_band.shape
    where = np.full(((n_rows + step - 1) // step, (n_block_cols + step - 1) // step), -1, np.int32)
    rows, cols = np.empty(where.size, np.int32), np.empty(where.size, np.int32)
    n = 0
    for cell_row in range(where.shape[0]):
        for cell_col in range(where.shape[1]):
            least = np.uint64(0)
            for row in range(cell_row * step, min((cell_row + 1) * step, n_rows)):
                for col in range(cell_col * step, min((cell_col + 1) * step, n_block_cols)):
                    if np.isnan(first_band[row, col]):
                        continue
                    value = position_hash(row0 + row, col0 + col, n_cols, seed)
                    if where[cell_row, cell_col] < 0 or value < least:
                        where[cell_row, cell_col], least = n, value
                        rows[n], cols[n] = row, col
            if where[cell_row, cell_col] >= 0:
                n += 1
    return rows[:n].copy(), cols[:n].copy(), where
