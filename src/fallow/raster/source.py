"""A source of pixels: any image, wherever it lives, read by windows as float32 with NaN where there is no data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fallow.raster.georeference import Georeference
from fallow.raster.reduce import cell_means
from fallow.raster.window import Window, clip, is_empty, place, whole, window_shape

_STRIP = 512  # rows


@dataclass(frozen=True)
class Header:
    """What is known of an image before a pixel is read.

    Attributes
    ----------
    name
        What to call outputs after; the file's stem, as a rule.
    shape
        (rows, cols).
    dtype
        Of the stored values; reading always gives float32.
    band_names
        One name a band, all different: the file's descriptions, else its colours, else ``"band 1"``...
    block_shape
        (rows, cols) of the blocks in which the file is stored: reading along them is cheapest.
    wavelengths
        Centre of each band in nanometres, when the file tells.
    """

    name: str
    shape: tuple[int, int]
    dtype: np.dtype
    band_names: tuple[str, ...]
    block_shape: tuple[int, int]
    wavelengths: tuple[float, ...] | None = None
    georeference: Georeference | None = None
    path: Path | None = None


class Source(ABC):
    """An image to read by windows, from any thread.

    A source travels to other processes as its `spec`, the arguments that open it again: never as open files or as
    pixels of a file. Files are opened when first read, and `close` (or leaving a ``with`` block) lets go of them;
    reading afterwards opens them again.
    """

    def __init__(self, header: Header) -> None:
        self.header = header

    @property
    @abstractmethod
    def spec(self) -> dict[str, Any]:
        """The constructor's arguments by name, enough to open the source again."""

    @abstractmethod
    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        """Read a window that is not empty and lies inside the image; otherwise as `read`."""

    def read(self, window: Window | None = None, bands: Sequence[int] | None = None) -> NDArray[np.float32]:
        """Read a window of the image.

        A pixel without data in any of the bands read is NaN in all of them; so are the pixels of the window that lie
        outside the image. Values beyond 24 bits (int32, int64, float64) are rounded to the nearest float32.

        Parameters
        ----------
        window
            (row0, row1, col0, col1), half-open; it may stick out of the image on any side. Default: the whole image.
        bands
            Which bands, from 0, in which order. Default: all. What the other bands hold then does not matter.

        Returns
        -------
        float32 (rows, cols, bands), C-contiguous, owned by the caller.

        Raises
        ------
        FileError
            If the file cannot be read there; the message names the file and the window.
        """
        window = whole(self.shape) if window is None else window
        chosen = tuple(range(self.n_bands)) if bands is None else tuple(bands)
        inside = clip(window, self.shape)
        if inside == window and not is_empty(window):
            return self._read(window, chosen)
        image = np.full((*window_shape(window), len(chosen)), np.nan, np.float32)
        if not is_empty(inside):
            image[place(inside, window)] = self._read(inside, chosen)
        return image

    def read_reduced(self, window: Window, step: int, bands: Sequence[int] | None = None) -> NDArray[np.float32]:
        """Read a window as it looks from afar: the mean of each cell's valid pixels.

        Parameters
        ----------
        window
            Inside the image, beginning at multiples of `step`.
        step
            Side of a cell in pixels, a power of two; cells at the image's edge may be cut.
        bands
            As in `read`.

        Returns
        -------
        float32 (cell rows, cell cols, bands), NaN where a cell holds no data.

        Raises
        ------
        FileError
            As `read`.

        Notes
        -----
        Reads 512 rows at a time. Files with overviews are read through them, whose cells are what their maker made.
        """
        chosen = tuple(range(self.n_bands)) if bands is None else tuple(bands)
        return self._read(window, chosen) if step == 1 else self._read_reduced(window, step, chosen)

    def _read_reduced(self, window: Window, step: int, bands: tuple[int, ...]) -> NDArray[np.float32]:
        """Read cells of at least two pixels; otherwise as `read_reduced`."""
        row0, row1, col0, col1 = window
        rows = max(step, _STRIP)
        strips = ((row, min(row + rows, row1), col0, col1) for row in range(row0, row1, rows))
        chosen = np.arange(len(bands))
        return np.concatenate([cell_means(self._read_stored(strip, bands), chosen, step) for strip in strips])

    def _read_stored(self, window: Window, bands: tuple[int, ...]) -> NDArray:
        """Read a window to be averaged: as `_read`, or in the stored type where every pixel has data."""
        return self._read(window, bands)

    @property
    def name(self) -> str:
        """What to call outputs after."""
        return self.header.name

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.header.shape

    @property
    def n_bands(self) -> int:
        """Number of bands, masks and alpha not counted."""
        return len(self.header.band_names)

    @property
    def dtype(self) -> np.dtype:
        """Type of the stored values."""
        return self.header.dtype

    @property
    def band_names(self) -> tuple[str, ...]:
        """One name a band, all different."""
        return self.header.band_names

    @property
    def wavelengths(self) -> tuple[float, ...] | None:
        """Centre of each band in nanometres, or None."""
        return self.header.wavelengths

    @property
    def georeference(self) -> Georeference | None:
        """Where the image lies, or None."""
        return self.header.georeference

    @property
    def pixel_area_m2(self) -> float | None:
        """Area of one pixel on the ground in square metres, or None; see `Georeference.pixel_area_m2`."""
        return None if self.georeference is None else self.georeference.pixel_area_m2(self.shape)

    @property
    def overviews(self) -> tuple[int, ...]:
        """Sides, in pixels, of the cells that the file holds beside its pixels, for `read_reduced`."""
        return ()

    @property
    def path(self) -> Path | None:
        """The file, or None for arrays and for what is no file of its own."""
        return self.header.path

    @property
    def block_shape(self) -> tuple[int, int]:
        """(rows, cols) of the stored blocks."""
        return self.header.block_shape

    def close(self) -> None:  # noqa: B027 (a source without files has nothing to do)
        """Let go of open files and decoded pixels."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (type(self), self.spec)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        rows, cols = self.shape
        return f"<{type(self).__name__} {self.name}: {rows} x {cols}, {self.n_bands} bands of {self.dtype}>"


def _reopen(kind: type[Source], spec: dict[str, Any]) -> Source:
    return kind(**spec)
