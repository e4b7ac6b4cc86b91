"""Images stored as plain arrays, hyperspectral cubes above all: .npy, .npz, and .mat of every version."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError, nearest
from fallow.raster.arrays import Shapes, array_file, reading
from fallow.raster.memory import as_image, check_image, default_band_names
from fallow.raster.source import Header, Source
from fallow.raster.window import Window

_BLOCK = 512


class CubeSource(Source):
    """An array ``(rows, cols[, bands])`` in a file.

    A .npy file and a MATLAB 7.3 file are read by windows; .npz and older MATLAB files allow it only whole: their array
    stays in memory until `close`. NaN and infinities are no data.

    Parameters
    ----------
    variable
        Which array of a file that holds several. Default: the largest of two or three dimensions.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it has no such array, or the array is no image.
    """

    def __init__(self, path: str | Path, variable: str | None = None) -> None:
        self._path, self._variable = Path(path), variable
        self._file = array_file(self._path)
        with reading(self._path):
            shapes = self._file.shapes(self._path)
        self._chosen = choose_array(shapes, variable, self._path)
        self._array: Any = None
        self._loading = threading.Lock()
        array = check_image(self._load(), f"{self._chosen} in {self._path}")
        rows, cols, *rest = array.shape
        names = default_band_names(rest[0] if rest else 1, array.dtype)
        block = (min(rows, _BLOCK), min(cols, _BLOCK))
        super().__init__(Header(self._path.stem, (rows, cols), array.dtype, names, block, path=self._path))

    @property
    def spec(self) -> dict[str, Any]:
        return {"path": self._path, "variable": self._variable}

    def close(self) -> None:
        with self._loading:
            if hasattr(self._array, "close"):
                self._array.close()
            self._array = None

    def _load(self) -> Any:
        with self._loading:
            if self._array is None:
                with reading(self._path):
                    self._array = self._file.load(self._path, self._chosen)
            return self._array

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        row0, row1, col0, col1 = window
        array = self._load()
        with reading(self._path):
            values = array[row0:row1, col0:col1]
        return as_image(values.reshape(*values.shape[:2], -1), bands)


def choose_array(shapes: Shapes, variable: str | None, path: Path) -> str:
    """Return the name of the array to read."""
    listed = ", ".join(f"{name} ({' x '.join(map(str, shape))})" for name, shape in shapes.items()) or "no numbers"
    if variable is not None:
        if variable not in shapes:
            raise InputError(f"{path} has no variable {variable!r}; it holds {listed}{nearest(variable, shapes)}")
        return variable
    images = {name: math.prod(shape) for name, shape in shapes.items() if len(shape) in (2, 3)}
    if not images:
        raise InputError(f"{path} has no array of two or three dimensions; it holds {listed}")
    return max(images, key=images.__getitem__)
