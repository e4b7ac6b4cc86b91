"""A label map on the grid of another, by their coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.warp import transform

from fallow.errors import InputError
from fallow.raster.gdal import GDAL_ERRORS, gdal_environment
from fallow.raster.georeference import Georeference
from fallow.raster.label_map import OUTSIDE, LabelMap
from fallow.raster.window import Window, clip, is_empty, window_shape

Coordinates = NDArray[np.float64]

MOST_PIXELS = 1 << 24
"""Read of the map at once, which may be far finer than the grid."""

_HAIR = 1e-6  # of a pixel: where a centre lies on an edge, rounding must not choose row by row


class AlignedLabels(LabelMap):
    """A map as seen from the pixels of a grid: each takes the label in which its centre lies, `OUTSIDE` beyond.

    Coordinates decide when both have some, pixels when one of them has none. Coordinate systems may differ; one that is
    not named is taken for that of the other.

    Raises
    ------
    InputError
        If the shapes differ and one of the two has no coordinates; if the two do not overlap.
    """

    def __init__(self, base: LabelMap, grid: LabelMap) -> None:
        self.name, self._base = base.name, base
        self.shape, self.georeference = grid.shape, grid.georeference
        self._by_place = _has_place(base.georeference) and _has_place(grid.georeference)
        if not self._by_place:
            if base.shape != grid.shape:
                raise InputError(
                    f"{base.name} must have the {grid.shape[0]} x {grid.shape[1]} pixels of {grid.name}, because not "
                    f"both are georeferenced, got {base.shape[0]} x {base.shape[1]}"
                )
            return
        assert base.georeference
        assert grid.georeference
        self._from_grid, self._to_base = _affine(grid.georeference), ~_affine(base.georeference)
        self._systems = _systems(grid.georeference, base.georeference)
        if is_empty(self.extent):
            raise InputError(f"{base.name} does not overlap {grid.name}: their coordinates lie apart")

    @property
    def extent(self) -> Window:
        """Where the map lies on the grid, and a little more where the coordinate systems differ."""
        if not self._by_place:
            return super().extent
        rows, cols = self._base.shape
        steps = np.linspace(0, 1, 33)
        edge = np.concatenate([np.stack([steps, np.full(33, side)]) for side in (0.0, 1.0)], axis=1)
        col, row = np.concatenate([edge, edge[::-1]], axis=1) * np.array([[cols], [rows]])
        x, y = _moved(*_apply(~self._to_base, col, row), self._systems and self._systems[::-1])
        col, row = _apply(~self._from_grid, x, y)
        if not np.isfinite(col + row).all():  # the other system does not reach so far
            return super().extent
        more = 0 if self._systems is None else 2
        low, high = np.floor([row.min() + _HAIR, col.min() + _HAIR]), np.ceil([row.max() - _HAIR, col.max() - _HAIR])
        found = int(low[0]) - more, int(high[0]) + more, int(low[1]) - more, int(high[1]) + more
        return clip(found, self.shape)

    def read(self, window: Window) -> NDArray[np.int32]:
        if not self._by_place:
            return self._base.read(window)
        row0, row1, col0, col1 = window
        rows, cols = window_shape(window)
        row, col = self._positions(window)
        is_inside = (row >= 0) & (row < self._base.shape[0]) & (col >= 0) & (col < self._base.shape[1])
        labels = np.full((rows, cols), OUTSIDE, np.int32)
        if not is_inside.any():
            return labels
        row, col = row[is_inside].astype(np.int64), col[is_inside].astype(np.int64)
        needed = int(row.min()), int(row.max()) + 1, int(col.min()), int(col.max()) + 1
        if (needed[1] - needed[0]) * (needed[3] - needed[2]) > MOST_PIXELS and max(rows, cols) > 1:
            if rows >= cols:
                middle = row0 + rows // 2
                return np.vstack([self.read((row0, middle, col0, col1)), self.read((middle, row1, col0, col1))])
            middle = col0 + cols // 2
            return np.hstack([self.read((row0, row1, col0, middle)), self.read((row0, row1, middle, col1))])
        labels[is_inside] = self._base.read(needed)[row - needed[0], col - needed[2]]
        return labels

    def name_of(self, label: int) -> str:
        return self._base.name_of(label)

    def label_of(self, name: str) -> int | None:
        return self._base.label_of(name)

    def close(self) -> None:
        self._base.close()

    def _positions(self, window: Window) -> tuple[Coordinates, Coordinates]:
        """Return the row and column of the map in which each pixel of the window has its centre; NaN for nowhere."""
        row0, row1, col0, col1 = window
        row, col = np.mgrid[row0:row1, col0:col1] + 0.5
        x, y = _moved(*_apply(self._from_grid, col, row), self._systems)
        col, row = _apply(self._to_base, x, y)
        return np.floor(row + _HAIR), np.floor(col + _HAIR)


def _has_place(georeference: Georeference | None) -> bool:
    return georeference is not None and georeference.transform is not None


def _affine(georeference: Georeference) -> Affine:
    assert georeference.transform
    return Affine(*georeference.transform)


def _apply(affine: Affine, x: Coordinates, y: Coordinates) -> tuple[Coordinates, Coordinates]:
    a, b, c, d, e, f = tuple(affine)[:6]
    return a * x + b * y + c, d * x + e * y + f


def _systems(grid: Georeference, base: Georeference) -> tuple[CRS, CRS] | None:
    """Return both coordinate systems if they differ."""
    if grid.crs is None or base.crs is None or grid.crs == base.crs:
        return None
    systems = CRS.from_wkt(grid.crs), CRS.from_wkt(base.crs)
    return None if systems[0] == systems[1] else systems


def _moved(x: Coordinates, y: Coordinates, systems: tuple[CRS, CRS] | None) -> tuple[Coordinates, Coordinates]:
    """Return coordinates in another system; not finite where it does not reach."""
    if systems is None:
        return x, y
    try:
        with gdal_environment():
            moved = transform(*systems, x.ravel(), y.ravel())
    except GDAL_ERRORS:
        return np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    return np.reshape(moved[0], x.shape), np.reshape(moved[1], y.shape)
