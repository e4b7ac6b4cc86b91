"""Sweep over an image: read each tile with its halo, work on it, hand the results back in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from fallow.errors import FileError, InputError, check_choice
from fallow.raster import Source, Window
from fallow.raster.window import clip, grow, is_empty, place, window_shape
from fallow.run import Runner, make_runner, parse_bytes
from fallow.tiles.grid import BLOCK, blocks_of, default_tile, tiles_of
from fallow.tiles.journal import Journal
from fallow.tiles.records import Records

Progress = Callable[[str, int, int], None]
FAULTS = ("fail", "nodata")


@dataclass(frozen=True)
class Fault:
    """A block of 512 x 512 pixels that could not be read and became no data."""

    image: str
    window: Window
    reason: str


@dataclass(frozen=True)
class Work:
    """How the work is done; never what comes out.

    Parameters
    ----------
    tile : (rows, cols), optional
        Pixels read at a time, enlarged to whole blocks of 512; by default as `memory` allows, at most 32 MiB.
    workers : int, optional
        How many tiles are worked on at once: all processors by default, or fewer if `memory` asks for it.
    memory : int or str, optional
        Most memory of this process, in bytes or as in ``"2GB"``; by default what the machine has.
    runner : str or Runner
        "threads", "serial", "processes" or "dask"; or one that `make_runner` made, which the caller closes.
    on_error : "fail" or "nodata"
        What an unreadable tile does: end the run, or become no data, of which `faults` tells.
    progress : callable, optional
        Called as ``progress(stage, done, total)`` in the calling thread after each step; `done` may jump to the end.
    journal : Journal, optional
        Where sweeps keep what they find, and find what an earlier run has left.
    faults : list of Fault
        What was turned into no data.
    seconds : dict
        Stage -> how long it took.
    """

    tile: tuple[int, int] | None = None
    workers: int | None = None
    memory: int | str | None = None
    runner: Any = "threads"
    on_error: str = "fail"
    progress: Progress | None = None
    journal: Journal | None = None
    faults: list[Fault] = field(default_factory=list, compare=False)
    seconds: dict[str, float] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise InputError(f"workers must be at least 1, got {self.workers}")
        if self.tile is not None and min(self.tile) < 1:
            raise InputError(f"tile sides must be at least 1 pixel, got {self.tile[0]} x {self.tile[1]}")
        check_choice("on_error", self.on_error, FAULTS)
        if self.memory is not None:
            object.__setattr__(self, "memory", parse_bytes(self.memory))
        if not isinstance(self.runner, Runner):
            object.__setattr__(self, "runner", make_runner(self.runner, workers=self.workers))

    def on_step(self, stage: str) -> Callable[[int, int], None] | None:
        """Return `progress` of one stage, as ``(done, total)``."""
        return partial(self.progress, stage) if self.progress else None

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add what happens inside the block to the `seconds` of a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start

    def tile_shape(self, source: Source) -> tuple[int, int]:
        """Return the (rows, cols) of a tile of `source`, whole blocks."""
        if self.journal:
            return self.journal.tile
        return self.tile or default_tile(source.n_bands)

    def tiles(self, source: Source) -> list[Window]:
        """Cut the image of `source`."""
        return tiles_of(source.shape, self.tile_shape(source))

    def records(self, stage: str, n_bytes: int, fields: tuple[str, ...]) -> Records:
        """Return where one sweep keeps what later ones need: `fields`, or all of it in a journal."""
        return self.journal.records(stage) if self.journal else Records(n_bytes, fields=fields)


@dataclass(frozen=True)
class Tile:
    """The pixels of one tile with a halo around it, NaN where there is no data or no image.

    Attributes
    ----------
    handed : object
        What `sweep` was told to hand to this tile.
    seen : dict, optional
        Block -> its pixels with the halo, where they are not those of `pixels`: of a file that cannot be read whole.
    """

    window: Window
    pixels: np.ndarray
    halo: int
    handed: Any = None
    seen: dict[Window, np.ndarray] | None = None

    @property
    def core(self) -> np.ndarray:
        """The tile's own pixels, without the halo."""
        rows, cols = self.pixels.shape[:2]
        return self.pixels[self.halo : rows - self.halo, self.halo : cols - self.halo]

    def blocks(self) -> Iterator[tuple[Window, np.ndarray]]:
        """Yield each block's window and its pixels with the halo."""
        for block in blocks_of(self.window):
            if self.seen:
                yield block, self.seen[block]
                continue
            row0, row1, col0, col1 = self.within(block)
            yield block, self.pixels[row0 : row1 + 2 * self.halo, col0 : col1 + 2 * self.halo]

    def within(self, block: Window) -> Window:
        """Shift a block's window so that it counts from the tile's first pixel."""
        row, col = self.window[0], self.window[2]
        return block[0] - row, block[1] - row, block[2] - col, block[3] - col

    def place(self, block: Window) -> tuple[slice, slice]:
        """Return where a block lies in an array of the tile's own pixels."""
        row0, row1, col0, col1 = self.within(block)
        return slice(row0, row1), slice(col0, col1)


Look = Callable[[Tile], Any]
"""Work on one tile. What it returns is plain data if it is to travel or to be kept; so must the function be."""


def sweep(
    source: Source,
    function: Look,
    *,
    stage: str,
    work: Work,
    halo: int = 0,
    tiles: Iterable[Window] | None = None,
    hand: Callable[[Window], Any] | None = None,
    keep: Records | None = None,
) -> Iterator[tuple[Window, Any]]:
    """Yield ``(window, function(tile))`` for the tiles of `source`, each once.

    Parameters
    ----------
    function : callable
        Called on workers; must not depend on how blocks are grouped.
    stage : str
        What the progress bar says.
    halo : int
        Pixels of context read around each tile.
    tiles : iterable of windows, optional
        Sweep only these.
    hand : callable, optional
        Called here with each window; what it returns goes to the worker as `Tile.handed`.
    keep : Records, optional
        Where the results, then dicts, are kept. What is in them already is not computed again.

    Raises
    ------
    FileError
        If a tile cannot be read, unless `work` says otherwise; the message names file and window.
    """
    windows = list(work.tiles(source) if tiles is None else tiles)
    if halo and source.block_shape[1] < source.shape[1]:
        windows.sort(key=lambda window: (window[2], window[0]))  # down the columns: a halo's blocks are still decoded
    on_step = work.on_step(stage)
    missing = [window for window in windows if keep is None or window not in keep]
    items = ((window, hand(window) if hand else None) for window in missing)
    found = work.runner.map(_Step(source, function, halo, work.on_error), items)
    with work.timed(stage):
        for done, window in enumerate(windows, start=1):
            if keep is not None and window in keep:
                result = keep.get(window)
                faults = result["faults"]
            else:
                _, (result, faults) = next(found)
                if keep is not None:
                    keep.put(window, {**result, "faults": faults})
            work.faults.extend(each for each in (Fault(*fault) for fault in faults) if each not in work.faults)
            if on_step:
                on_step(done, len(windows))
            yield window, result
    found.close()


@dataclass(frozen=True)
class _Step:
    """What a worker does with one tile: read it, work on it."""

    source: Source
    function: Look
    halo: int
    on_error: str

    def __call__(self, item: tuple[Window, Any]) -> tuple[Any, list[tuple[str, Window, str]]]:
        window, handed = item
        faults: list[tuple[str, Window, str]] = []
        try:
            tile = Tile(window, self.source.read(grow(window, self.halo)), self.halo, handed)
        except FileError as error:
            if self.on_error == "fail":
                raise FileError(f"{error}; --on-error nodata goes on without it") from error
            tile = self._read_what_can_be(window, handed, faults)
        return self.function(tile), faults

    def _read_what_can_be(self, window: Window, handed: Any, faults: list[tuple[str, Window, str]]) -> Tile:
        """Read each block, and what each sees around it, by itself: what becomes no data is no matter of tiles."""
        pixels = self._nothing(grow(window, self.halo))
        seen = {}
        for block in blocks_of(window):
            wanted = grow(block, self.halo)
            seen[block] = self._nothing(wanted)
            for part in _parts(block, self.halo):
                inside = clip(part, self.source.shape)
                if is_empty(inside):
                    continue
                try:
                    seen[block][place(inside, wanted)] = self.source.read(inside)
                except FileError as error:
                    if part == block:
                        faults.append((self.source.name, block, str(error)))
            pixels[place(block, grow(window, self.halo))] = seen[block][place(block, wanted)]
        return Tile(window, pixels, self.halo, handed, seen)

    def _nothing(self, window: Window) -> np.ndarray:
        return np.full((*window_shape(window), self.source.n_bands), np.nan, np.float32)


def _parts(block: Window, halo: int) -> list[Window]:
    """Cut a block with its halo into the block and what of its eight neighbours it sees."""
    row0, row1, col0, col1 = block
    rows = (row0 - halo, row0), (row0, row1), (row1, row1 + halo)
    cols = (col0 - halo, col0), (col0, col1), (col1, col1 + halo)
    return [(*row, *col) for row in rows for col in cols]


def block_origin(block: Window, halo: int) -> tuple[int, int]:
    """Return the global position of the first pixel of a block that was read with a halo."""
    return block[0] - halo, block[2] - halo


__all__ = ["BLOCK", "Fault", "Progress", "Tile", "Work", "block_origin", "sweep"]
