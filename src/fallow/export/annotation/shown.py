"""The image behind a result as it is shown: the same stretch for all chips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fallow.errors import FileError, InputError
from fallow.raster import Source, Window, open_source
from fallow.raster.open import INPUT_OPTIONS
from fallow.render.stretch import choose_rgb, limits, stretch_to

if TYPE_CHECKING:
    from fallow.result import Segmentation

_SAMPLES, _SIDE = 8, 96  # windows a side that the stretch looks at, and their side in pixels


class Shown:
    """An image as it is shown, read by windows.

    Parameters
    ----------
    source
        Looked at in 64 windows at most, to choose the stretch; bands by name, as in previews.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._bands = choose_rgb(source.band_names, source.wavelengths)
        self._limits = limits(self._sample(), is_8bit=source.dtype == np.uint8)

    def read(self, window: Window) -> NDArray[np.uint8]:
        """Return a window as a picture (rows, cols, 3); no data is white."""
        return stretch_to(self._source.read(window, self._bands), *self._limits)

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def _sample(self) -> NDArray[np.float32]:
        """Return pixels (n, 3) from windows spread over the image."""
        rows, cols = (_spread(side) for side in self._source.shape)
        parts = [
            self._source.read((row0, row1, col0, col1), self._bands).reshape(-1, 3)
            for row0, row1 in rows
            for col0, col1 in cols
        ]
        return np.concatenate(parts)


def open_shown(result: Segmentation, image: str | Path | None) -> Shown:
    """Open the image of a result, with the input options it was segmented with.

    Parameters
    ----------
    image
        Where it is now. Default: where the recipe says.

    Raises
    ------
    InputError
        If it is not found there, or has another size than the result.
    FileError
        If it cannot be read.
    """
    said = result.recipe["input"]
    where = str(image if image is not None else said["image"])
    options = {name: said[name] for name in INPUT_OPTIONS if name in said}
    try:
        source = open_source(where, **options)
    except FileError as error:
        if image is not None or Path(where).exists():
            raise
        raise InputError(
            f"the image of the result is not at {where}; say where it is with --image, "
            'or leave pictures out with --picture none (picture="none")'
        ) from error
    if source.shape != result.shape:
        raise InputError(
            f"{where} is not the image of the result: it has {source.shape[0]} x {source.shape[1]} pixels, "
            f"the result {result.shape[0]} x {result.shape[1]}"
        )
    return Shown(source)


def _spread(side: int) -> list[tuple[int, int]]:
    """Return half-open spans spread evenly over a side; one that holds all of it where it is short."""
    if side <= _SAMPLES * _SIDE:
        return [(0, side)]
    starts = np.linspace(0, side - _SIDE, _SAMPLES).astype(int).tolist()
    return [(start, start + _SIDE) for start in starts]
