"""Sweep over an image: read each tile with its halo, work on it, hand the results back in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from fallow import run
from fallow.errors import InputError
from fallow.raster import Source, Window
from fallow.raster.window import grow
from fallow.tiles.grid import BLOCK, blocks_of, default_tile, tiles_of

Result = TypeVar("Result")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Work:
    """How the work is done; never what comes out.

    Parameters
    ----------
    tile : (rows, cols), optional
        Pixels read at a time, enlarged to whole blocks of 512; by default about 32 MiB.
    workers : int, optional
        Threads; all processors by default.
    progress : callable, optional
        Called as ``progress(stage, done, total)`` in the calling thread after each step; `done` may jump to the end.
    """

    tile: tuple[int, int] | None = None
    workers: int | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise InputError(f"workers must be at least 1, got {self.workers}")
        if self.tile is not None and min(self.tile) < 1:
            raise InputError(f"tile sides must be at least 1 pixel, got {self.tile[0]} x {self.tile[1]}")

    def on_step(self, stage: str) -> Callable[[int, int], None] | None:
        """Return `progress` of one stage, as ``(done, total)``."""
        return partial(self.progress, stage) if self.progress else None

    def tiles(self, source: Source) -> list[Window]:
        """Cut the image of `source`."""
        return tiles_of(source.shape, self.tile or default_tile(source.n_bands))


@dataclass(frozen=True)
class Tile:
    """The pixels of one tile with a halo around it, NaN where there is no data or no image."""

    window: Window
    pixels: np.ndarray
    halo: int

    @property
    def core(self) -> np.ndarray:
        """The tile's own pixels, without the halo."""
        rows, cols = self.pixels.shape[:2]
        return self.pixels[self.halo : rows - self.halo, self.halo : cols - self.halo]

    def blocks(self) -> Iterator[tuple[Window, np.ndarray]]:
        """Yield each block's window and its pixels with the halo."""
        for block in blocks_of(self.window):
            row0, row1, col0, col1 = self.within(block)
            yield block, self.pixels[row0 : row1 + 2 * self.halo, col0 : col1 + 2 * self.halo]

    def within(self, block: Window) -> Window:
        """Shift a block's window so that it counts from the tile's first pixel."""
        row, col = self.window[0], self.window[2]
        return block[0] - row, block[1] - row, block[2] - col, block[3] - col


def sweep(
    source: Source,
    function: Callable[[Tile], Result],
    *,
    stage: str,
    work: Work,
    halo: int = 0,
    tiles: Iterable[Window] | None = None,
) -> Iterator[tuple[Window, Result]]:
    """Yield ``(window, function(tile))`` for the tiles of `source`, in their order.

    Parameters
    ----------
    function : callable
        Called on worker threads; must not depend on how blocks are grouped.
    stage : str
        What the progress bar says.
    halo : int
        Pixels of context read around each tile.
    tiles : iterable of windows, optional
        Sweep only these.
    """
    windows = list(work.tiles(source) if tiles is None else tiles)
    on_step = work.on_step(stage)

    def read_and_work(window: Window) -> Any:
        return function(Tile(window, source.read(grow(window, halo)), halo))

    for done, (window, result) in enumerate(run.map(read_and_work, windows, workers=work.workers), start=1):
        if on_step:
            on_step(done, len(windows))
        yield window, result


def block_origin(block: Window, halo: int) -> tuple[int, int]:
    """Return the global position of the first pixel of a block that was read with a halo."""
    return block[0] - halo, block[2] - halo


__all__ = ["BLOCK", "Progress", "Tile", "Work", "block_origin", "sweep"]
