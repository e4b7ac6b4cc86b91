"""Layers of any size as napari wants them: an array, or levels of which only what is in view is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.optional import require
from fallow.raster import Window

WHOLE = 4096 * 4096  # pixels up to which a layer is one array
FINEST_READ = 8  # pixels a side of the largest cell that is taken from the pixels; coarser ones are of the small picture
CHUNK = 512  # cells a side that are read at a time, or fewer, so that it is no more than ...
MOST_PIXELS = 2048  # ... pixels a side

Read = Callable[[Window | None], NDArray]


@dataclass(frozen=True)
class _Level:
    """Cells of ``step x step`` pixels, the first pixel of each; what dask takes for an array."""

    read: Read
    step: int
    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __getitem__(self, at: tuple[slice, ...]) -> NDArray:
        rows, cols = (part.indices(side) for part, side in zip(at, self.shape, strict=False))
        if rows[0] >= rows[1] or cols[0] >= cols[1]:
            return np.empty((0, 0, *self.shape[2:]), self.dtype)
        step = self.step
        # The last cell ends with its first pixel, which lies inside the image also where the cell sticks out.
        window = (rows[0] * step, (rows[1] - 1) * step + 1, cols[0] * step, (cols[1] - 1) * step + 1)
        return self.read(window)[::step, ::step]


@dataclass(frozen=True)
class _Enlarged:
    """Cells of a small picture, each repeated ``times x times``."""

    small: NDArray
    times: int
    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype:
        return self.small.dtype

    def __getitem__(self, at: tuple[slice, ...]) -> NDArray:
        rows, cols = (np.arange(*part.indices(side)) for part, side in zip(at, self.shape, strict=False))
        return self.small[np.ix_(rows // self.times, cols // self.times)]


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
        Of up to 16 megapixels an array of its own; else levels, each half as large as the one before. Down to cells
        of 8 x 8 they are read from the pixels in view, chunk by chunk; coarser ones are the small picture.

    Raises
    ------
    MissingExtraError
        If dask is needed and not installed.
    """
    if shape[0] * shape[1] <= WHOLE:
        return np.array(read(None))
    from_array = require("dask.array", "napari").from_array
    levels, cell = [], 1
    while cell < step:
        size = (-(-shape[0] // cell), -(-shape[1] // cell), *small.shape[2:])
        if cell <= FINEST_READ:
            level: Any = _Level(read, cell, size, small.dtype)
        else:
            level = _Enlarged(small, step // cell, size)
        side = min(CHUNK, MOST_PIXELS // cell)
        chunks = (max(1, side), max(1, side), *small.shape[2:])
        levels.append(from_array(level, chunks=chunks, name=False, asarray=False, meta=np.empty(0, small.dtype)))
        cell *= 2
    return [*levels, small]
