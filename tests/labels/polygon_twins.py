"""What arcs and rings promise, looked at by shapely."""

import numpy as np
import shapely

from fallow.labels.rings import find_rings, measure_rings, ring_points


def polygons_of(arcs, points=None, start=None):
    """Return one polygon an area, in the order of areas by label, with x = col and y = row; and the areas' numbers."""
    points, start = (arcs.points, arcs.start) if points is None else (points, start)
    rings = find_rings(arcs)
    if not len(rings.area):
        return np.empty(0, object), rings.area
    within = measure_rings(rings, points, start)
    is_outer = np.concatenate([[True], rings.area[1:] != rings.area[:-1]])
    assert (within[is_outer] > 0).all()
    assert (within[~is_outer] < 0).all()
    xy, begin = ring_points(rings, 0, len(rings.area), points, start)
    offsets = np.append(np.flatnonzero(is_outer), len(rings.area))
    coords = xy[:, ::-1].astype(np.float64)
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, coords, (begin, offsets)), rings.area[is_outer]


def touching(polygons):
    """Return the pairs of polygons that share a border of some length."""
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.length(shapely.intersection(polygons[one], polygons[other]))
    return set(zip(one[shared > 0].tolist(), other[shared > 0].tolist(), strict=True))


def check_partition(polygons):
    """Check that polygons are valid and that no two of them overlap."""
    assert shapely.is_valid(polygons).all(), shapely.is_valid_reason(polygons)
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    one, other = one[one < other], other[one < other]
    assert (shapely.area(shapely.intersection(polygons[one], polygons[other])) == 0).all()
