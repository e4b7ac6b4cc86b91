"""Views that keep only part of an image: where a mask raster says so, or inside polygons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.raster.source import Source
from fallow.raster.view import View
from fallow.raster.window import Window


class MaskView(View):
    """A source without the pixels where a mask on the same grid holds no data or nothing above 0.

    Raises
    ------
    InputError
        If the shapes differ.
    """

    def __init__(self, base: Source, mask: Source) -> None:
        if mask.shape != base.shape:
            raise InputError(
                f"mask {mask.name} must have the shape of the image, {base.shape[0]} x {base.shape[1]}, "
                f"got {mask.shape[0]} x {mask.shape[1]}"
            )
        super().__init__(base, base.header)
        self._mask = mask

    @property
    def spec(self) -> dict[str, Any]:
        return {"base": self._base, "mask": self._mask}

    def close(self) -> None:
        super().close()
        self._mask.close()

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        image = self._base.read(window, bands)
        image[~(self._mask.read(window) > 0).any(axis=2)] = np.nan
        return image


class PolygonView(View):
    """A source without the pixels whose centre lies in none of a file's polygons (`fallow.raster.vector`)."""

    def __init__(self, base: Source, path: Path) -> None:
        from fallow.raster.vector import Polygons  # pyogrio and shapely, which most runs do not need

        self._polygons = Polygons(path, base.shape, base.georeference)
        super().__init__(base, base.header)
        self._path = path

    @property
    def spec(self) -> dict[str, Any]:
        return {"base": self._base, "path": self._path}

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        image = self._base.read(window, bands)
        image[~self._polygons.inside(window)] = np.nan
        return image
