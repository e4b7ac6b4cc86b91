"""Arrays as images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.raster.georeference import Georeference
from fallow.raster.nodata import spread_nodata
from fallow.raster.source import Header, Source
from fallow.raster.window import Window

_BLOCK = 512


class ArraySource(Source):
    """An array ``(rows, cols)`` or ``(rows, cols, bands)`` of any boolean, integer or float type.

    NaN, infinities and the masked elements of a masked array are no data. The array is not copied, and it is the one
    kind of source whose pixels travel to other processes.

    Parameters
    ----------
    band_names
        One name a band. Default: ``"gray"`` for one band, the colours for three bands of uint8, else ``"band 1"``...
    name
        What to call outputs after.

    Raises
    ------
    InputError
        If the array has no pixels, another number of dimensions, or holds no real numbers; or the names do not fit.

    >>> ArraySource(np.ones((4, 6), np.uint8)).read((3, 5, 0, 2))[..., 0]
    array([[ 1.,  1.],
           [nan, nan]], dtype=float32)
    """

    def __init__(
        self,
        array: ArrayLike,
        *,
        band_names: Sequence[str] | None = None,
        georeference: Georeference | None = None,
        name: str = "image",
    ) -> None:
        array = check_image(np.asanyarray(array), name)
        self._array = array[..., None] if array.ndim == 2 else array
        rows, cols, n_bands = self._array.shape
        names = default_band_names(n_bands, array.dtype) if band_names is None else tuple(band_names)
        if len(names) != n_bands or len(set(names)) != n_bands:
            raise InputError(f"band_names must be {n_bands} different names, got {list(names)}")
        block = (min(rows, _BLOCK), min(cols, _BLOCK))
        super().__init__(Header(name, (rows, cols), array.dtype, names, block, georeference=georeference))

    @property
    def spec(self) -> dict[str, Any]:
        return {
            "array": self._array,
            "band_names": self.band_names,
            "georeference": self.georeference,
            "name": self.name,
        }

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        row0, row1, col0, col1 = window
        return as_image(self._array[row0:row1, col0:col1], bands)


def check_image(array: NDArray, name: str) -> NDArray:
    """Return `array` if it can be an image, else raise an `InputError` that says why not."""
    if array.dtype.kind == "c":
        raise InputError(f"{name} is complex ({array.dtype}); give its magnitude, np.abs(image), or its parts as bands")
    if array.dtype.kind not in "buif":
        raise InputError(f"{name} must hold numbers, got an array of {array.dtype}")
    if array.ndim not in (2, 3):
        raise InputError(
            f"{name} must be (rows, cols) or (rows, cols, bands), got {array.ndim} dimensions {array.shape}"
        )
    if array.size == 0:
        raise InputError(f"{name} has no pixels: its shape is {array.shape}")
    return array


def default_band_names(n_bands: int, dtype: np.dtype) -> tuple[str, ...]:
    """Name the bands of an image that does not name them itself.

    >>> default_band_names(2, np.dtype("uint8"))
    ('band 1', 'band 2')
    """
    if n_bands == 1:
        return ("gray",)
    if n_bands == 3 and dtype == np.uint8:
        return ("red", "green", "blue")
    return tuple(f"band {number}" for number in range(1, n_bands + 1))


def as_image(values: NDArray, bands: Sequence[int]) -> NDArray[np.float32]:
    """Turn stored values ``(rows, cols, all bands)`` into an internal image of the chosen bands.

    Returns
    -------
    float32 (rows, cols, len(bands)), a copy, NaN where a chosen band is NaN, infinite or masked.
    """
    if list(bands) != list(range(values.shape[2])):
        values = values[..., list(bands)]
    with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, hence no data
        image = np.array(np.ma.getdata(values), np.float32, order="C")
    if np.ma.is_masked(values):
        image[np.ma.getmaskarray(values)] = np.nan
    elif values.dtype.kind != "f":
        return image
    return spread_nodata(image)
