"""Outlines of a result's regions or classes: traced, cleaned, made simple, laid on the map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.export.place import check_crs, place
from fallow.labels.arcs import Arcs, trace_strips
from fallow.labels.maps import as_label_map
from fallow.labels.rings import Rings, find_rings, ring_points
from fallow.labels.rounding import round_corners
from fallow.labels.sieve_strips import Strips, sieve_strips
from fallow.labels.simplify import simplify as simplify_arcs
from fallow.labels.simplify import step_tolerance
from fallow.tiles.mapping_unit import min_area_pixels

if TYPE_CHECKING:
    from fallow.result import Segmentation

LAYERS = {"region": "regions", "class": "classes"}
_POINTS = 1 << 20  # in the geometries made at once


@dataclass(frozen=True, eq=False)
class Outlines:
    """The polygons of n labels, each with all its parts.

    Attributes
    ----------
    labels : (n,) int32, ascending
    area : (n,) int64
        Pixels, whatever the outline was made.
    perimeter : (n,) float64
        Length of the outline as it is drawn, holes too; metres where the image tells their size, else pixels.
    crs : str or None
        WKT of the system the coordinates are in.
    strips : callable
        The label map that was traced, strip by strip.
    """

    labels: NDArray[np.int32]
    area: NDArray[np.int64]
    perimeter: NDArray[np.float64]
    crs: str | None
    strips: Strips
    _rings: Rings
    _ring_label: NDArray[np.int32]
    _points: NDArray[np.float64]
    _start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def geometries(self) -> Iterator[NDArray]:
        """Yield the multipolygons in the order of the labels, many at once, as shapely's."""
        ends = np.searchsorted(self._ring_label, self.labels, side="right")
        points = np.diff(self._start)[self._rings.halves // 2]
        size = np.concatenate([[0], np.cumsum(points)])[self._rings.start[ends]]
        first = ring = 0
        while first < len(self):
            end = max(first + 1, int(np.searchsorted(size, (size[first - 1] if first else 0) + _POINTS)))
            yield self._build(ring, int(ends[end - 1]))
            first, ring = end, int(ends[end - 1])

    def _build(self, first: int, end: int) -> NDArray:
        """Return the multipolygons of some rings, which begin and end with a label."""
        coords, begin = ring_points(self._rings, first, end, self._points, self._start)
        area, label = self._rings.area[first:end], self._ring_label[first:end]
        polygons = np.flatnonzero(np.diff(area, prepend=-1))  # where an outer ring begins
        parts = np.flatnonzero(np.diff(label[polygons], prepend=-1))
        offsets = begin, np.append(polygons, len(area)), np.append(parts, len(polygons))
        return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coords, offsets)


def outlines_of(
    result: Segmentation,
    by: str,
    *,
    simplify: float | None,
    smooth: bool,
    min_area: str | float,
    to_crs: str | None,
) -> Outlines:
    """Draw the outlines of a result's regions or classes; the options are those of `fallow.export.vector.write`.

    Raises
    ------
    InputError
        If an option cannot be right, or nothing is left to draw.
    """
    crs = check_crs(result.georeference, to_crs)
    least = min_area_pixels(min_area, result.pixel_area_m2)
    layer = result.layers[LAYERS[by]]

    def strips() -> Iterator[NDArray[np.int32]]:
        return (as_label_map(strip) for _, strip in layer.strips())

    cleaned = sieve_strips(strips, result.shape, least) if least > 1 else strips
    arcs = trace_strips(cleaned(), result.shape)
    if len(arcs.label) == 1:
        left = f"no area has {least} pixels (min_area)" if least > 1 else "there is nothing but no data"
        raise InputError(f"there are no polygons to write: {left}")
    points: NDArray
    points, start = simplify_arcs(arcs, step_tolerance(arcs) if simplify is None else simplify)
    if smooth:
        points, start = round_corners(points, start, arcs.ends, arcs.shape)
    rings = find_rings(arcs)
    ring_label = arcs.label[rings.area]
    labels = np.unique(ring_label)
    perimeter = _perimeters(arcs, points, start, result)[labels]
    area = np.bincount(arcs.label, arcs.area)[labels].astype(np.int64)
    placed, start = place(points, start, result.shape, result.georeference, crs)
    return Outlines(labels, area, perimeter, crs, cleaned, rings, ring_label, placed, start)


def _perimeters(arcs: Arcs, points: NDArray, start: NDArray[np.int64], result: Segmentation) -> NDArray[np.float64]:
    """Return how long the outline of each label 0.. is: in metres, or in pixels where their size is not known."""
    east, north = 1.0, 1.0
    steps = np.diff(points, axis=0).astype(np.float64)
    georeference = result.georeference
    if georeference and georeference.transform and (metres := georeference.metres_per_unit(result.shape)):
        a, b, _, d, e, _ = georeference.transform
        steps = steps @ np.array([[b, e], [a, d]])  # (row, col) to (x, y)
        east, north = metres
    steps_to = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0] * east, steps[:, 1] * north))])
    lengths = steps_to[start[1:] - 1] - steps_to[start[:-1]]
    sides = arcs.label[arcs.sides]
    return np.bincount(sides.ravel(), np.repeat(lengths, 2)).astype(np.float64)
