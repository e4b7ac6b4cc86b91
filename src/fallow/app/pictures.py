"""Images as tiles of a map: bands chosen, stretched, and packed for the browser."""

from __future__ import annotations

import math
import os
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fallow.app.cache import Cache
from fallow.app.pyramid import TILE, Pyramid, Tiles, n_levels
from fallow.errors import InputError
from fallow.raster import Source
from fallow.raster.reduce import cell_means
from fallow.render.stretch import choose_rgb

MOST_SEEN = 1024  # cells a side of what is looked at to stretch an image
WINDOWS, WINDOW = 4, 256  # of an image without overviews: so many by so many windows of so many pixels a side
FIRST_VIEW = 800, 1200  # rows and columns of a map in a window of a usual screen
NARROW = 85  # an 8-bit image that uses less of its range is stretched as well, as in previews

Stretch = tuple[float, float]


class Picture:
    """One image; its tiles are in a cache that it shares with others. Safe from any thread.

    Parameters
    ----------
    key
        What tells the image, as it is now, from all others.
    """

    def __init__(self, source: Source, key: Hashable, tiles: Tiles) -> None:
        self.source = source
        self._key, self._tiles = key, tiles
        self._stretches: Cache[dict[int, Stretch]] = Cache(1000)

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The bands that are shown when nobody chooses."""
        return choose_rgb(self.source.band_names, self.source.wavelengths)

    @property
    def default_stretch(self) -> dict[int, Stretch]:
        """Where black and white lie in the default bands; all of 0 to 255 for most pictures of 8 bits."""
        bands = sorted(set(self.rgb))
        found = self._found(tuple(bands))
        if self.source.dtype == np.uint8 and max(high - low for low, high in found.values()) >= NARROW:
            return dict.fromkeys(bands, (0.0, 255.0))
        return found

    def stretch(self, band: int) -> Stretch:
        """Return the 2nd and the 98th percentile of a band, of a sample of its pixels.

        Raises
        ------
        InputError
            If there is no such band.
        """
        (band,) = self._checked([band])
        return self._found((band,))[band]

    def tile(
        self, z: int, row: int, col: int, bands: Sequence[int], low: Sequence[float], high: Sequence[float]
    ) -> tuple[bytes, str]:
        """Return a tile of 256 x 256 and its media type: PNG with no data transparent, JPEG where all is data.

        Parameters
        ----------
        bands, low, high
            One for all, or three: the bands for red, green and blue from 0, and what is black and white in each.

        Raises
        ------
        InputError
            If there is no such tile or band, or nothing lies between black and white.
        FileError
            If the image cannot be read.
        """
        bands = self._checked(bands)
        if not (len(bands) == len(low) == len(high) in (1, 3) and all(map(_is_between, low, high))):
            raise InputError("a tile needs one or three bands, with low and high below one another for each")
        used = tuple(sorted(set(bands)))
        cells = self._pyramid(used).tile(z, row, col)
        is_void = np.isnan(cells[..., 0])
        shown = [_to_bytes(cells[..., used.index(band)], *ends) for band, *ends in zip(bands, low, high, strict=True)]
        return _pack(np.dstack((shown * 3)[:3]), is_void)

    def first_view(self) -> list[tuple[int, int, int]]:
        """Return level, row and column of the tiles that a page shows first: those of the whole image."""
        rows, cols = self.source.shape
        z = max(0, math.floor(math.log2(max(rows / FIRST_VIEW[0], cols / FIRST_VIEW[1]))))
        sides = (-(-side // (TILE << z)) for side in (rows, cols))
        return [(z, row, col) for row, col in product(*map(range, sides))]

    def prepare(self, z: int, row: int, col: int) -> None:
        """Read a tile of the default bands before somebody asks for it."""
        self._pyramid(tuple(sorted(set(self.rgb)))).tile(z, row, col)

    def _pyramid(self, bands: tuple[int, ...]) -> Pyramid:
        return Pyramid(
            (self._key, bands),
            self.source.shape,
            partial(self._read, bands=bands),
            lambda cells: cell_means(cells, np.arange(cells.shape[2]), 2),
            self._tiles,
            self.source.overviews,
        )

    def _read(self, window: Any, step: int, bands: tuple[int, ...]) -> NDArray[np.float32]:
        return self.source.read_reduced(window, step, bands)

    def _checked(self, bands: Sequence[int]) -> list[int]:
        for band in bands:
            if not 0 <= band < self.source.n_bands:
                raise InputError(f"{self.source.name} has bands 0 to {self.source.n_bands - 1}, got {band}")
        return list(bands)

    def _found(self, bands: tuple[int, ...]) -> dict[int, Stretch]:
        return self._stretches.get(bands, lambda: self._find(bands))

    def _find(self, bands: tuple[int, ...]) -> dict[int, Stretch]:
        """Look at the whole image where that is quick, else at windows spread over it."""
        rows, cols = self.source.shape
        step = 1
        while max(rows, cols) / step > MOST_SEEN:
            step *= 2
        if step <= 2 or step in self.source.overviews:
            values = self.source.read_reduced((0, rows, 0, cols), step, bands).reshape(-1, len(bands))
        else:
            block = self.source.block_shape
            places = [(row, col) for row in _spread(rows, block[0]) for col in _spread(cols, block[1])]
            windows = [(row, min(row + WINDOW, rows), col, min(col + WINDOW, cols)) for row, col in places]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                parts = list(pool.map(lambda window: self.source.read(window, bands)[::2, ::2], windows))
            values = np.concatenate([part.reshape(-1, len(bands)) for part in parts])
        values = values[~np.isnan(values[:, 0])]
        if not len(values):
            return dict.fromkeys(bands, (0.0, 1.0))
        ends = np.percentile(values, (2, 98), axis=0)
        return {band: _apart(float(low), float(high)) for band, low, high in zip(bands, *ends, strict=True)}


def _spread(side: int, block: int) -> list[int]:
    """Return where windows begin that are spread over a side, each at the start of a stored block if there are many."""
    unit = block if block <= side // WINDOWS else 1
    return sorted({int(side * (number + 0.5) / WINDOWS) // unit * unit for number in range(WINDOWS)})


def _apart(low: float, high: float) -> Stretch:
    return low, max(high, low + 1e-6 * max(1.0, abs(low)))


def _is_between(low: float, high: float) -> bool:
    return np.isfinite(low) and np.isfinite(high) and low < high and np.isfinite(high - low)


def _to_bytes(band: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    scaled = np.nan_to_num((band - np.float32(low)) * np.float32(255 / (high - low)))
    return (np.clip(scaled, 0, 255) + np.float32(0.5)).astype(np.uint8)


def _pack(picture: NDArray[np.uint8], is_void: NDArray[np.bool_]) -> tuple[bytes, str]:
    rows, cols = is_void.shape
    backwards = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    if (rows, cols) == (TILE, TILE) and not is_void.any():
        return cv2.imencode(".jpg", backwards, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes(), "image/jpeg"
    whole = np.zeros((TILE, TILE, 4), np.uint8)
    whole[:rows, :cols, :3] = backwards
    whole[:rows, :cols, 3] = np.where(is_void, 0, 255)
    return cv2.imencode(".png", whole, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes(), "image/png"


def describe(picture: Picture) -> dict[str, Any]:
    """Tell what a page must know of an image."""
    source = picture.source
    place = source.georeference
    return {
        "name": source.name,
        "rows": source.shape[0],
        "cols": source.shape[1],
        "bands": list(source.band_names),
        "wavelengths": source.wavelengths and list(source.wavelengths),
        "dtype": str(source.dtype),
        "rgb": list(picture.rgb),
        "stretch": {str(band): list(ends) for band, ends in picture.default_stretch.items()},
        "levels": n_levels(source.shape),
        "pixel_area_m2": source.pixel_area_m2,
        "georeference": place
        and {"crs": place.crs_name, "pixel": _pixel_m(source), "transform": place.transform and list(place.transform)},
    }


def _pixel_m(source: Source) -> float | None:
    """Return the side of a pixel on the ground, in metres."""
    area = source.pixel_area_m2
    return None if area is None else float(area**0.5)
