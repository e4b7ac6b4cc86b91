"""Label maps from afar: of each cell its first pixel, so that a label stays a label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window as GdalWindow

from fallow.raster.gdal import gdal_environment, gdal_errors, open_dataset
from fallow.raster.handles import Handles
from fallow.raster.window import Window

_STRIP = 512  # rows read at a time


class ThinnedLabels:
    """The one band of a label map that Fallow wrote, read by windows at any level, from any thread.

    Parameters
    ----------
    where
        As GDAL names it. The overviews of a GeoTIFF are used; they must hold the first pixel of each cell.
    coarser
        Other datasets that are the overviews, each of half the size of that before.

    Raises
    ------
    FileError
        If it cannot be opened.
    """

    def __init__(self, where: str, coarser: Sequence[str] = ()) -> None:
        self._where = where
        self._handles = {1: _handles(where)}
        with self._handles[1].borrow() as dataset:
            self.shape: tuple[int, int] = dataset.shape
            sides = dataset.overviews(1)
        found = {side: _handles(where, overview_level=level) for level, side in enumerate(sides)}
        found |= {2**level: _handles(each) for level, each in enumerate(coarser, 1)}
        self._handles |= {side: each for side, each in found.items() if self._is_regular(side, each)}

    @property
    def overviews(self) -> tuple[int, ...]:
        """Sides of the cells that are stored, in pixels, the pixels themselves not counted."""
        return tuple(side for side in self._handles if side > 1)

    def read(self, window: Window, step: int) -> NDArray:
        """Read the first pixel of each cell of ``step x step``, in the file's own type: (cell rows, cell cols).

        Parameters
        ----------
        window
            Inside the map, beginning at multiples of `step`.
        step
            A power of two.

        Raises
        ------
        FileError
            If the file cannot be read there.
        """
        side = max(each for each in self._handles if step % each == 0)
        row0, row1, col0, col1 = (-(-edge // side) for edge in window)
        thin = step // side
        rows = max(thin, _STRIP)
        doing = f"cannot read rows {window[0]}:{window[1]}, columns {window[2]}:{window[3]} of {self._where}"
        strips = []
        with self._handles[side].borrow() as dataset, gdal_environment(), gdal_errors(doing):
            for row in range(row0, row1, rows):
                part = GdalWindow(col0, row, col1 - col0, min(rows, row1 - row))
                strips.append(dataset.read(1, window=part)[::thin, ::thin])
        return np.concatenate(strips)

    def close(self) -> None:
        """Let go of open files; reading opens them again."""
        for handles in self._handles.values():
            handles.close()

    def _is_regular(self, side: int, handles: Handles[Any]) -> bool:
        with handles.borrow() as dataset:
            return dataset.shape == tuple(-(-pixels // side) for pixels in self.shape)


def _handles(where: str, **options: Any) -> Handles[Any]:
    return Handles(lambda: open_dataset(where, **options), lambda dataset: dataset.close())
