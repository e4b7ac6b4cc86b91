"""Pictures that a camera stored lying on their side, read upright."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.raster.source import Source
from fallow.raster.view import View
from fallow.raster.window import Window

# EXIF orientation -> how the stored picture becomes upright: (swap rows and columns, then flip rows, then flip
# columns). CIPA DC-008 (Exif 2.32), tag 0x0112.
_UPRIGHT = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


class OrientedView(View):
    """A picture turned and mirrored as its EXIF orientation, 1 to 8, says. Windows are those of the upright picture."""

    def __init__(self, base: Source, orientation: int) -> None:
        self._orientation = orientation
        self._swap, self._flip_rows, self._flip_cols = _UPRIGHT[orientation]
        header = base.header
        if self._swap:
            header = replace(header, shape=header.shape[::-1], block_shape=header.block_shape[::-1])
        super().__init__(base, header)

    @property
    def spec(self) -> dict[str, Any]:
        return {"base": self._base, "orientation": self._orientation}

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        row0, row1, col0, col1 = window
        rows, cols = self.shape
        if self._flip_rows:
            row0, row1 = rows - row1, rows - row0
        if self._flip_cols:
            col0, col1 = cols - col1, cols - col0
        stored = (col0, col1, row0, row1) if self._swap else (row0, row1, col0, col1)
        image = self._base.read(stored, bands)
        if self._swap:
            image = image.swapaxes(0, 1)
        if self._flip_rows:
            image = image[::-1]
        if self._flip_cols:
            image = image[:, ::-1]
        return np.ascontiguousarray(image)
