"""Views: a source seen through a choice of bands, a crop, or one more nodata value. Each is a source again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.raster.bands import Bands, parse_bands
from fallow.raster.nodata import spread_nodata
from fallow.raster.source import Header, Source
from fallow.raster.window import Window, shift, window_shape


class View(Source):
    """What all views share: the source they look at, closed with them."""

    def __init__(self, base: Source, header: Header) -> None:
        super().__init__(header)
        self._base = base

    def close(self) -> None:
        self._base.close()


class BandsView(View):
    """The chosen bands of a source, in the order given; what the others hold does not matter any more.

    Parameters
    ----------
    bands
        As `parse_bands` takes them: numbers from 1, names, ranges.
    """

    def __init__(self, base: Source, bands: Bands) -> None:
        self._bands = bands
        self._positions = parse_bands(bands, base.band_names)
        names = tuple(base.band_names[position] for position in self._positions)
        waves = base.wavelengths and tuple(base.wavelengths[position] for position in self._positions)
        super().__init__(base, replace(base.header, band_names=names, wavelengths=waves))

    @property
    def spec(self) -> dict[str, Any]:
        return {"base": self._base, "bands": self._bands}

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        return self._base.read(window, [self._positions[band] for band in bands])

    @property
    def overviews(self) -> tuple[int, ...]:
        return self._base.overviews

    def _read_reduced(self, window: Window, step: int, bands: tuple[int, ...]) -> NDArray[np.float32]:
        return self._base.read_reduced(window, step, [self._positions[band] for band in bands])


class CropView(View):
    """A window of a source as an image of its own: what lies outside is NaN, though the source may know better.

    Raises
    ------
    InputError
        If the window is empty or leaves the image.
    """

    def __init__(self, base: Source, window: Sequence[int]) -> None:
        self._window = _checked(window, base.shape)
        place = base.georeference and base.georeference.shifted(self._window[0], self._window[2])
        super().__init__(base, replace(base.header, shape=window_shape(self._window), georeference=place))

    @property
    def spec(self) -> dict[str, Any]:
        return {"base": self._base, "window": self._window}

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        return self._base.read(shift(window, self._window[0], self._window[2]), bands)


def _checked(window: Sequence[int], shape: tuple[int, int]) -> Window:
    if len(window) == 4:
        row0, row1, col0, col1 = window
        if 0 <= row0 < row1 <= shape[0] and 0 <= col0 < col1 <= shape[1]:
            return row0, row1, col0, col1
    raise InputError(
        f"window must be row0, row1, col0, col1 inside the image, which has {shape[0]} rows and {shape[1]} columns, "
        f"got {', '.join(map(str, window))}"
    )


class NodataView(View):
    """A source in which one more value, in any band, means that the pixel holds no data."""

    def __init__(self, base: Source, nodata: float) -> None:
        self._nodata = nodata
        super().__init__(base, base.header)

    @property
    def spec(self) -> dict[str, Any]:
        return {"base": self._base, "nodata": self._nodata}

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        return spread_nodata(self._base.read(window, bands), np.full(len(bands), self._nodata, np.float32))
