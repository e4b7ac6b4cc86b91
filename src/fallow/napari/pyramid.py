"""Layers of any size as napari wants them: an array, or levels of which only what is in view is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.optional import require
from fallow.raster import Window
from fallow.raster.window import is_empty, window_shape

LARGEST_READ = 8  # pixels a side of cells that are taken from the pixels; larger ones are of the small picture
CHUNK = 512  # cells a side that are read at a time, or fewer, so that it is no more than ...
MOST_PIXELS = 2048  # ... pixels a side

Read = Callable[[Window | None], NDArray]


class _Cells(ABC):
    """What dask takes for an array; it asks for slices and numbers, never for a list of them."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __getitem__(self, at: tuple[slice | int, ...]) -> NDArray:
        spans = [part if isinstance(part, slice) else slice(part, part + 1) for part in at[:2]]
        (row0, row1, row_step), (col0, col1, col_step) = (
            span.indices(side) for span, side in zip(spans, self.shape[:2], strict=True)
        )
        steps = (slice(None, None, row_step), slice(None, None, col_step))
        taken = (step if isinstance(part, slice) else 0 for part, step in zip(at[:2], steps, strict=True))
        return self._read((row0, max(row0, row1), col0, max(col0, col1)))[(*taken, *at[2:])]

    @abstractmethod
    def _read(self, cells: Window) -> NDArray: ...


class _Thinned(_Cells):
    """The first pixel of each cell of ``step x step``."""

    def __init__(self, read: Read, step: int, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self._pixels, self._step, self.shape, self.dtype = read, step, shape, dtype

    def _read(self, cells: Window) -> NDArray:
        if is_empty(cells):
            return np.empty((*window_shape(cells), *self.shape[2:]), self.dtype)
        row0, row1, col0, col1 = cells
        step = self._step
        # Up to the first pixel of the last cell, which lies inside the image also where the cell sticks out.
        window = (row0 * step, (row1 - 1) * step + 1, col0 * step, (col1 - 1) * step + 1)
        return self._pixels(window)[::step, ::step]


class _Enlarged(_Cells):
    """A small picture, each cell of it repeated ``times x times``."""

    def __init__(self, small: NDArray, times: int, shape: tuple[int, ...]) -> None:
        self._small, self._times, self.shape, self.dtype = small, times, shape, small.dtype

    def _read(self, cells: Window) -> NDArray:
        row0, row1, col0, col1 = cells
        return self._small[np.ix_(np.arange(row0, row1) // self._times, np.arange(col0, col1) // self._times)]


def levels_of(read: Read, shape: tuple[int, int], small: NDArray, step: int) -> NDArray | list[Any]:
    """Return a layer for a viewer.

    Parameters
    ----------
    read : callable
        ``read(window)`` returns pixels (rows, cols) or (rows, cols, 3), of a type as `small`.
    shape : (rows, cols)
    small : (rows, cols) or (rows, cols, 3)
        The layer in cells of ``step x step`` pixels.

    Returns
    -------
    array or list of dask arrays
        Where the small picture is all of it, an array of its own; else levels, each half as large as the one before.
        Up to cells of 8 x 8 they are read from the pixels in view, chunk by chunk; coarser ones are the small picture.

    Raises
    ------
    MissingExtraError
        If dask is needed and not installed.
    """
    if step == 1:
        return np.array(read(None))
    from_array = require("dask.array", "napari").from_array
    levels, cell = [], 1
    while cell < step:
        size = (-(-shape[0] // cell), -(-shape[1] // cell), *small.shape[2:])
        is_read = cell <= LARGEST_READ
        level = _Thinned(read, cell, size, small.dtype) if is_read else _Enlarged(small, step // cell, size)
        side = min(CHUNK, MOST_PIXELS // cell) if is_read else CHUNK
        chunks = (side, side, *small.shape[2:])
        levels.append(from_array(level, chunks=chunks, name=False, asarray=False, meta=np.empty(0, small.dtype)))
        cell *= 2
    return [*levels, small]
