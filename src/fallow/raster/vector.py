"""Polygons from vector files, in the pixels of an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from rasterio import Affine
from rasterio.features import rasterize
from rasterio.warp import transform
from shapely import Geometry

from fallow.errors import FileError, InputError
from fallow.raster.gdal import GDAL_ERRORS
from fallow.raster.georeference import Georeference
from fallow.raster.window import Window, intersect, place, window_shape

_BLOCK = 512


class Polygons:
    """The polygons of a vector file, laid over an image.

    They are reprojected to the image's coordinate system, when both files name theirs. For an image without
    georeference the coordinates are pixels: (column, row), from the upper left corner.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, or another format that GDAL knows; of several layers the first.
    shape
        (rows, cols) of the image.
    georeference
        Of the image.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it holds no polygons, or none of them touches the image.
    """

    def __init__(self, path: Path, shape: tuple[int, int], georeference: Georeference | None) -> None:
        shapes, crs = _read_polygons(path)
        if georeference is not None:
            shapes = _to_pixels(shapes, crs, georeference)
        rows, cols = shape
        self._shapes = [shape for shape in shapes if shapely.box(0, 0, cols, rows).intersects(shape)]
        if not self._shapes:
            raise InputError(f"no polygon of {path} touches the image; {_extent(shapes, shape)}")
        self._tree = shapely.STRtree(self._shapes)

    def inside(self, window: Window) -> NDArray[np.bool_]:
        """Say which pixels of a window have their centre inside a polygon.

        Returns
        -------
        bool (rows, cols) of the window.
        """
        row0, row1, col0, col1 = window
        is_inside = np.zeros(window_shape(window), bool)
        # Where an edge runs through the centre of a pixel, rounding decides, and it depends on the origin of what is
        # rasterized. Fixed blocks make the answer the same for all windows.
        for row in range(row0 // _BLOCK * _BLOCK, row1, _BLOCK):
            for col in range(col0 // _BLOCK * _BLOCK, col1, _BLOCK):
                block = (row, row + _BLOCK, col, col + _BLOCK)
                shared = intersect(block, window)
                is_inside[place(shared, window)] = self._rasterize(block)[place(shared, block)]
        return is_inside

    def _rasterize(self, block: Window) -> NDArray[np.bool_]:
        row0, row1, col0, col1 = block
        touching = self._tree.query(shapely.box(col0, row0, col1, row1))
        if len(touching) == 0:
            return np.zeros(window_shape(block), bool)
        shapes = [self._shapes[index] for index in touching]
        origin = Affine.translation(col0, row0)
        return rasterize(shapes, window_shape(block), transform=origin, dtype=np.uint8).astype(bool)


def _read_polygons(path: Path) -> tuple[list[Geometry], str | None]:
    """Return the polygons of a file and its coordinate system."""
    try:
        meta, _, geometry, _ = pyogrio.raw.read(path, layer=0, columns=[])
    except DataSourceError as error:
        raise FileError(f"cannot read {path}: {error}") from error
    parts = shapely.get_parts(shapely.get_parts(shapely.force_2d(shapely.from_wkb(geometry))))  # collections nest
    parts = parts[~shapely.is_empty(parts)]
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    if not polygons:
        found = sorted({part.geom_type for part in parts})
        raise InputError(f"{path} must hold polygons, got {', '.join(found) or 'no geometry at all'}")
    return polygons, meta["crs"]


def _to_pixels(shapes: list[Geometry], crs: str | None, georeference: Georeference) -> list[Geometry]:
    """Return the polygons with (column, row) as coordinates."""
    if georeference.transform is None:
        return shapes
    if crs and georeference.crs:
        placed = (_reproject(shape, crs, georeference.crs) for shape in shapes)
        shapes = [shape for shape in placed if shape is not None]
    a, b, c, d, e, f = tuple(~Affine(*georeference.transform))[:6]
    matrix, offset = np.array([[a, b], [d, e]]), np.array([c, f])
    return [shapely.transform(shape, lambda points: points @ matrix.T + offset) for shape in shapes]


def _reproject(shape: Geometry, source: str, target: str) -> Geometry | None:
    """Return the polygon in another system; None if the system does not reach it, so it cannot touch the image."""
    try:
        moved = shapely.transform(shape, lambda points: np.stack(transform(source, target, *points.T), axis=1))
    except GDAL_ERRORS:
        return None
    return moved if np.isfinite(moved.bounds).all() else None


def _extent(shapes: list[Geometry], shape: tuple[int, int]) -> str:
    """Say where the polygons lie, to show what went wrong."""
    if not shapes:
        return "they lie where its coordinate system does not reach"
    col0, row0, col1, row1 = np.round(shapely.total_bounds(shapes)).astype(np.int64).tolist()
    return (
        f"in its pixels they span rows {row0} to {row1} and columns {col0} to {col1}, "
        f"while it has {shape[0]} rows and {shape[1]} columns"
    )
