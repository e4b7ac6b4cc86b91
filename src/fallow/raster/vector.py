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

from fallow.errors import FileError, InputError, nearest
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
    attribute
        What the polygons are told apart by: those with the same value have the same label, those without one are left
        out. Default: every feature has a label of its own, which is its number in the file, from 1.

    Attributes
    ----------
    names : dict
        The value of `attribute` as text, of each label.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it holds no polygons, none of them touches the image, or there is no such attribute.
    """

    def __init__(
        self, path: Path, shape: tuple[int, int], georeference: Georeference | None, attribute: str | None = None
    ) -> None:
        shapes, labels, self.names, crs = _read_polygons(path, attribute)
        if georeference is not None:
            shapes, labels = _to_pixels(shapes, labels, crs, georeference)
        rows, cols = shape
        touching = [index for index, each in enumerate(shapes) if shapely.box(0, 0, cols, rows).intersects(each)]
        if not touching:
            raise InputError(f"no polygon of {path} touches the image; {_extent(shapes, shape)}")
        self._shapes, self._labels = [shapes[index] for index in touching], [labels[index] for index in touching]
        self._tree = shapely.STRtree(self._shapes)

    def inside(self, window: Window) -> NDArray[np.bool_]:
        """Say which pixels of a window have their centre inside a polygon.

        Returns
        -------
        bool (rows, cols) of the window.
        """
        return self.labels(window) != 0

    def labels(self, window: Window) -> NDArray[np.int32]:
        """Return the label of the polygon that holds the centre of each pixel of a window; of several the last.

        Returns
        -------
        int32 (rows, cols) of the window, 0 outside of all polygons.
        """
        row0, row1, col0, col1 = window
        labels = np.zeros(window_shape(window), np.int32)
        # Where an edge runs through the centre of a pixel, rounding decides, and it depends on the origin of what is
        # rasterized. Fixed blocks make the answer the same for all windows.
        for row in range(row0 // _BLOCK * _BLOCK, row1, _BLOCK):
            for col in range(col0 // _BLOCK * _BLOCK, col1, _BLOCK):
                block = (row, row + _BLOCK, col, col + _BLOCK)
                shared = intersect(block, window)
                labels[place(shared, window)] = self._rasterize(block)[place(shared, block)]
        return labels

    def _rasterize(self, block: Window) -> NDArray[np.int32]:
        row0, row1, col0, col1 = block
        touching = np.sort(self._tree.query(shapely.box(col0, row0, col1, row1)))  # the last of the file is on top
        if len(touching) == 0:
            return np.zeros(window_shape(block), np.int32)
        shapes = [(self._shapes[index], self._labels[index]) for index in touching]
        origin = Affine.translation(col0, row0)
        return rasterize(shapes, window_shape(block), transform=origin, dtype=np.int32)


def _read_polygons(path: Path, attribute: str | None) -> tuple[list[Geometry], list[int], dict[int, str], str | None]:
    """Return the polygons of a file, the label of each, the names of the labels, and its coordinate system."""
    try:
        if attribute is not None:
            known = list(pyogrio.read_info(path, layer=0)["fields"])
            if attribute not in known:
                listed = ", ".join(known) or "no attributes"
                raise InputError(f"{path} has no attribute {attribute!r}; it has {listed}{nearest(attribute, known)}")
        columns = [] if attribute is None else [attribute]
        meta, _, geometry, values = pyogrio.raw.read(path, layer=0, columns=columns)
    except DataSourceError as error:
        raise FileError(f"cannot read {path}: {error}") from error
    feature_labels, names = (np.arange(1, len(geometry) + 1), {}) if attribute is None else _labels_of(values[0])
    parts, feature = shapely.get_parts(shapely.force_2d(shapely.from_wkb(geometry)), return_index=True)
    parts, part = shapely.get_parts(parts, return_index=True)  # collections nest
    labels = feature_labels[feature[part]]
    is_polygon = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    if not is_polygon.any():
        found = sorted({each.geom_type for each in parts[~shapely.is_empty(parts)]})
        raise InputError(f"{path} must hold polygons, got {', '.join(found) or 'no geometry at all'}")
    is_polygon &= labels > 0
    return list(parts[is_polygon]), labels[is_polygon].tolist(), names, meta["crs"]


def _labels_of(values: NDArray) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Number the values of an attribute from 1 in their order, 0 for those that are missing; and name the numbers."""
    is_missing = np.array([value is None or value != value for value in values], bool)
    numbers = values.dtype.kind in "iufb"
    distinct = sorted(set(values[~is_missing].tolist()), key=None if numbers else str)
    number = {value: each for each, value in enumerate(distinct, 1)}
    names = {each: f"{value:g}" if isinstance(value, float) else str(value) for value, each in number.items()}
    return np.array([number.get(value, 0) for value in values.tolist()], np.int64), names


def _to_pixels(
    shapes: list[Geometry], labels: list[int], crs: str | None, georeference: Georeference
) -> tuple[list[Geometry], list[int]]:
    """Return the polygons that can be placed, with (column, row) as coordinates, and their labels."""
    if georeference.transform is None:
        return shapes, labels
    if crs and georeference.crs:
        placed = [_reproject(shape, crs, georeference.crs) for shape in shapes]
        labels = [label for label, shape in zip(labels, placed, strict=True) if shape is not None]
        shapes = [shape for shape in placed if shape is not None]
    a, b, c, d, e, f = tuple(~Affine(*georeference.transform))[:6]
    matrix, offset = np.array([[a, b], [d, e]]), np.array([c, f])
    return [shapely.transform(shape, lambda points: points @ matrix.T + offset) for shape in shapes], labels


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
