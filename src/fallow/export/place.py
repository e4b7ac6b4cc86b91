"""From corners of pixels to coordinates on a map."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform

from fallow.errors import InputError
from fallow.raster import Georeference
from fallow.raster.gdal import GDAL_ERRORS, gdal_environment

BEND = 0.01
"""Pixels: how far a straight line may be from what it was in the raster's system."""

_CHUNK = 1 << 17  # points reprojected at once


def check_crs(georeference: Georeference | None, to_crs: str | None) -> str | None:
    """Return the system of coordinates to come as WKT; None for pixels, or coordinates of no named system.

    Raises
    ------
    InputError
        If `to_crs` is no system, or the image has none to go from.
    """
    own = georeference.crs if georeference and georeference.transform else None
    if to_crs is None:
        return own
    try:
        with gdal_environment():
            wanted = CRS.from_user_input(to_crs)
    except CRSError:
        raise InputError(f"to_crs must be a coordinate system such as EPSG:4326, got {to_crs!r}") from None
    if own is None:
        raise InputError(f"coordinates cannot be taken to {to_crs}: the image has no georeference with a named system")
    return own if CRS.from_wkt(own) == wanted else wanted.to_wkt()


def place(
    points: NDArray,
    start: NDArray[np.int64],
    shape: tuple[int, int],
    georeference: Georeference | None,
    crs: str | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Lay arcs on the map, each of their points once, so that what is shared stays shared.

    Parameters
    ----------
    points : (n, 2)
        (row, col).
    start : (m + 1,)
        Where each arc begins.
    shape : (rows, cols)
        Of the image.
    crs
        As `check_crs` returns it. Where it is not the raster's, points are put into long lines before, for straight
        lines are not straight in another system: they stay within a hundredth of a pixel.

    Returns
    -------
    points : (n', 2) float64
        (x, y); (col, row) where the image has no georeference.
    start : (m + 1,) int64
    """
    is_foreign = crs is not None and georeference is not None and crs != georeference.crs
    if is_foreign:
        points, start = _densified(points, start, _longest_piece(shape, georeference, crs))
    placed = _on_map(points, georeference)
    if is_foreign:
        assert georeference
        placed = _reproject(placed, georeference.crs, crs)
    return placed, start


def _on_map(points: NDArray, georeference: Georeference | None) -> NDArray[np.float64]:
    row, col = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    if georeference is None or georeference.transform is None:
        return np.stack([col, row], axis=1)
    a, b, c, d, e, f = georeference.transform
    return np.stack([a * col + b * row + c, d * col + e * row + f], axis=1)


def _reproject(points: NDArray[np.float64], source: str | None, target: str | None) -> NDArray[np.float64]:
    """Return points (x, y) in another system.

    Raises
    ------
    InputError
        If the system does not reach them.
    """
    moved = np.empty_like(points)
    for begin in range(0, len(points), _CHUNK):
        part = points[begin : begin + _CHUNK]
        try:
            with gdal_environment():
                moved[begin : begin + _CHUNK] = np.stack(transform(source, target, *part.T.tolist()), axis=1)
        except GDAL_ERRORS as error:
            raise InputError(f"to_crs does not reach the image: {error}") from error
    if not np.isfinite(moved).all():
        raise InputError("to_crs does not reach the image: some points have no coordinates there")
    return moved


def _longest_piece(shape: tuple[int, int], georeference: Georeference | None, crs: str | None) -> float:
    """Return how long, in pixels, a line may be so that it bends by no more than `BEND`; that grows with the square."""
    assert georeference
    at = np.stack(np.meshgrid(*(np.linspace(0, length, 9) for length in shape)), axis=-1).reshape(-1, 2)
    length = min(max(shape) / 8, 256.0)
    bend = 0.0
    for direction in ((0.0, 1.0), (1.0, 0.0)):
        ends = [at + step * np.array(direction) for step in (-length / 2, 0.0, length / 2)]
        one, middle, other = (_reproject(_on_map(each, georeference), georeference.crs, crs) for each in ends)
        pixel = np.hypot(*(other - one).T) / length
        bend = max(bend, float((np.hypot(*(middle - (one + other) / 2).T) / pixel).max()))
    return max(1.0, length * math.sqrt(BEND / bend)) if bend > 0 else math.inf


def _densified(points: NDArray, start: NDArray[np.int64], longest: float) -> tuple[NDArray, NDArray[np.int64]]:
    """Put points into lines that are longer than `longest` pixels."""
    points = points.astype(np.float64)
    steps = np.diff(points, axis=0, append=points[-1:])
    pieces = np.maximum(1, np.ceil(np.hypot(*steps.T) / longest)).astype(np.int64)
    pieces[start[1:] - 1] = 1  # the last point of an arc
    new_start = np.concatenate([[0], np.cumsum(np.add.reduceat(pieces, start[:-1]))])
    first = np.cumsum(pieces) - pieces
    share = (np.arange(new_start[-1]) - np.repeat(first, pieces)) / np.repeat(pieces, pieces)
    return np.repeat(points, pieces, axis=0) + np.repeat(steps, pieces, axis=0) * share[:, None], new_start
