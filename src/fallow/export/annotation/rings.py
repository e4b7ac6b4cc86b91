"""Polygons of the pieces in a chip, without holes.

Annotation tools know polygons of one ring. A piece with a hole is cut in two at the hole, so that each part has none:
along a row, as few times as serve all holes. Parts fill their piece and do not overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.features import rasterize

from fallow.errors import InputError
from fallow.labels.arcs import trace
from fallow.labels.components import components
from fallow.labels.rings import find_rings, ring_points
from fallow.labels.simplify import simplify as simplify_arcs
from fallow.raster.window import clip, is_empty

Ring = NDArray[np.float64]  # (points, 2) as (col, row); its first point closes it, and is not repeated

_FAR = 1 << 30  # pixels; what lies farther off is beyond any picture


def rings_of(numbers: NDArray[np.int32], n: int, simplify: float = 0) -> list[list[Ring]]:
    """Return the rings of each of the pieces 1 to n in a map (rows, cols); 0 is left out.

    Parameters
    ----------
    simplify
        How far an outline may move, in pixels. With 0 rings run along the sides of pixels. Neighbours share what
        their outlines become, so that no gap and no overlap comes about.

    Returns
    -------
    One list a piece, of rings that neither cross nor touch themselves.

    Raises
    ------
    InputError
        If `simplify` is negative or not finite.
    """
    arcs = trace(_without_holes(numbers, n))
    points, start = simplify_arcs(arcs, simplify)
    found = find_rings(arcs)
    coords, begin = ring_points(found, 0, len(found.area), points, start)
    piece = (arcs.label[found.area] - 1) % n
    rings: list[list[Ring]] = [[] for _ in range(n)]
    for index in np.argsort(found.area, kind="stable").tolist():  # in the order of their first pixels
        ring = coords[begin[index] : begin[index + 1] - 1, ::-1]
        rings[piece[index]].append(ring.astype(np.float64))
    return rings


def _without_holes(numbers: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """Return the map with pieces cut at their holes: parts of piece i are numbered i and i + n in turn."""
    arcs = trace(numbers)
    found = find_rings(arcs)
    coords, begin = ring_points(found, 0, len(found.area), arcs.points, arcs.start)
    outside = np.flatnonzero(np.diff(found.area, prepend=0))  # each area's outer ring, before those of its holes
    n_rings = np.diff(outside, append=len(found.area))
    if (n_rings == 1).all():
        return numbers
    areas = components(numbers)[0]  # numbered as those of the arcs
    parts = numbers.copy()
    first = np.minimum.reduceat(coords, begin[:-1])
    last = np.maximum.reduceat(coords, begin[:-1])
    for ring, count in zip(outside[n_rings > 1].tolist(), n_rings[n_rings > 1].tolist(), strict=True):
        (row0, col0), (row1, col1) = first[ring], last[ring]
        holes = slice(ring + 1, ring + count)
        cuts = stabs(list(zip(first[holes, 0].tolist(), last[holes, 0].tolist(), strict=True)))
        is_odd = np.searchsorted(cuts, np.arange(row0, row1), side="right") % 2
        inside = areas[row0:row1, col0:col1] == found.area[ring]
        parts[row0:row1, col0:col1] += (n * inside * is_odd[:, None]).astype(np.int32)
    return parts


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


def area_of(rings: Sequence[Ring]) -> float:
    """Return the area of a piece in pixels, from its rings."""
    total = 0.0
    for ring in rings:
        following = np.roll(ring, -1, axis=0)
        total += abs(float(np.sum(ring[:, 0] * following[:, 1] - ring[:, 1] * following[:, 0]))) / 2
    return total


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


def paint(labels: NDArray[np.int32], rings: Sequence[Ring], number: int) -> None:
    """Write a number into the pixels of a map (rows, cols) whose centre is inside one of the rings."""
    points = np.concatenate(rings).clip(-_FAR, _FAR)
    (col0, row0), (col1, row1) = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    row0, row1, col0, col1 = clip((row0, row1, col0, col1), (labels.shape[0], labels.shape[1]))
    if is_empty((row0, row1, col0, col1)):
        return
    polygons = [{"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()]]} for ring in rings]
    inside = rasterize(polygons, (row1 - row0, col1 - col0), transform=Affine.translation(col0, row0), dtype=np.uint8)
    labels[row0:row1, col0:col1][inside > 0] = number
