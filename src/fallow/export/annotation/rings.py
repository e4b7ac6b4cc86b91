"""Polygons of the pieces in a chip, along the sides of pixels and without holes.

Annotation tools know polygons of one ring. A piece with a hole is cut in two at the hole, so that each part has none:
horizontally, as few times as serve all holes. Parts of a piece never overlap, and fill it exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.features import rasterize, shapes

from fallow.errors import InputError

Ring = NDArray[np.float64]  # (points, 2) as (col, row); closed by its first point, which is not repeated


def rings_of(numbers: NDArray[np.int32], n: int) -> list[list[Ring]]:
    """Return the rings of each of the pieces 1 to n in a map (rows, cols); 0 is left out.

    Rings are simple: none crosses or touches itself. Time and memory: those of GDAL's polygonize, O(pixels).
    """
    rings: list[list[Ring]] = [[] for _ in range(n)]
    for polygon, value in shapes(numbers, mask=numbers > 0, connectivity=4):
        outside, *holes = (_open(ring) for ring in polygon["coordinates"])
        found = rings[int(value) - 1]
        if not holes:
            found.append(outside)
            continue
        col0, row0 = outside.min(axis=0).astype(int)
        col1, row1 = outside.max(axis=0).astype(int)
        inside = _rasterized([polygon], (row1 - row0, col1 - col0), (row0, col0))
        cuts = stabs([(int(hole[:, 1].min()), int(hole[:, 1].max())) for hole in holes])
        band = 1 + np.searchsorted(cuts, np.arange(row0, row1), side="right").astype(np.int32)
        for part, _ in shapes(inside * band[:, None], mask=inside > 0, connectivity=4):
            (ring,) = part["coordinates"]
            found.append(np.add(_open(ring), (col0, row0)))
    return rings


def stabs(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return the fewest rows, ascending, such that each half-open span (row0, row1) holds one of them.

    >>> stabs([(0, 5), (2, 3), (4, 9)])
    [2, 8]
    """
    rows: list[int] = []
    for low, high in sorted(spans, key=lambda span: span[1]):
        if not rows or rows[-1] < low:
            rows.append(high - 1)
    return rows


def as_ring(points: Any, what: str) -> Ring:
    """Return points from elsewhere as a ring.

    Raises
    ------
    InputError
        If they are not at least three pairs of numbers; `what` names the shape.
    """
    ring = np.array(points, np.float64)
    if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3 or not np.isfinite(ring).all():
        raise InputError(f"the polygons of {what} must have at least three points")
    return ring


def paint(rings: Sequence[Ring], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Say which pixels (rows, cols) have their centre inside one of the rings."""
    polygons = [{"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()]]} for ring in rings]
    return _rasterized(polygons, shape, (0, 0)).astype(bool)


def _rasterized(polygons: list[dict], shape: tuple[int, int], corner: tuple[int, int]) -> NDArray[np.uint8]:
    row, col = corner
    return rasterize(polygons, shape, transform=Affine.translation(col, row), dtype=np.uint8)


def _open(ring: Sequence[tuple[float, float]]) -> Ring:
    """Return a ring without the repeated end, from the first of its upper left points on."""
    points = np.array(ring[:-1], np.float64)
    start = np.lexsort((points[:, 0], points[:, 1]))[0]
    return np.roll(points, -start, axis=0)
