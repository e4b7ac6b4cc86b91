"""Fewer points for arcs, each arc once, without one crossing, touching or jumping over another."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.labels.arcs import Arcs
from fallow.labels.corners import corner_bits, is_free, unmark

SHARE_OF_WIDTH = 1.5
"""How far an arc may move at most, in parts of area by perimeter of the areas along it."""

N_SWEEPS = 3
"""Over all arcs: what was in the way of one may be gone later."""


STEP = 1.5
"""Pixels, or cells: how far the corners of a slope lie from the line that people see in them, and a little noise."""


def step_tolerance(arcs: Arcs) -> NDArray[np.float64]:
    """Return the tolerance, (m,), at which steps along pixel sides vanish.

    It is 1.5 pixels; 3 for an arc that turns at even rows and columns alone, since superpixels are made of cells of
    2 x 2 pixels.
    """
    inside = [(points > 0) & (points < length) for points, length in zip(arcs.points.T, arcs.shape, strict=True)]
    is_odd = sum(here & (points % 2 == 1) for here, points in zip(inside, arcs.points.T, strict=True)) > 0
    is_fine = np.add.reduceat(is_odd, arcs.start[:-1]) > 0 if len(arcs) else np.zeros(0, bool)
    return np.where(is_fine, STEP, 2 * STEP)


def simplify(arcs: Arcs, tolerance: float | NDArray) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Leave out points of arcs so that steps along pixel sides become straight lines.

    Both areas along an arc take the very same line, so no gap and no overlap can come about. Nodes and the corners of
    the image stay, and a ring keeps at least three corners.

    Parameters
    ----------
    arcs : Arcs
    tolerance : number of pixels, or one for each arc
        No point that is left out lies farther from the new line; and none farther than 1.5 times area by perimeter
        of either area along the arc, which is three quarters of the width of a strip and three eighths of the side of a
        square: so small and thin areas keep their form. 0 changes nothing.

    Returns
    -------
    points : (n, 2) int32
        A subset of those of the arcs, in their order.
    start : (m + 1,) int64
        Arc i has ``points[start[i]:start[i + 1]]``.

    Raises
    ------
    InputError
        If `tolerance` is negative or not finite.

    Notes
    -----
    Points are taken out one by one, that with the smallest triangle first (Visvalingam and Whyatt, 1993,
    doi:10.1179/000870493786962263), as long as the tolerance holds and **no other point lies in the triangle** of the
    point and its two neighbours. Two straight lines cross once at most. So a line that enters such an empty triangle
    would have to end in it, or to cross one of its old sides: no line is in it, the new side meets none, and nothing
    changes sides. What holds at every step holds in the end, so no crossing has to be looked for. Coordinates are whole
    numbers, and no rounding decides. The one case that triangles do not tell is that of two arcs between the same two
    nodes, which must not both become straight: these are written down.

    O(n log n) for n points with short arcs. Beside the arcs it takes one bit a pixel and 5 bytes a point.
    """
    tolerances = np.broadcast_to(np.asarray(tolerance, np.float64), len(arcs))
    if not ((tolerances >= 0) & (tolerances < np.inf)).all():
        raise InputError(f"simplify must be at least 0 pixels, got {tolerance}")
    if not tolerances.any():
        return arcs.points, arcs.start
    perimeter = np.bincount(arcs.sides.ravel(), np.repeat(arcs.lengths, 2), len(arcs.area))
    width = arcs.area / np.maximum(perimeter, 1)
    width[0] = np.inf  # nothing keeps no form
    tolerances = np.minimum(tolerances, SHARE_OF_WIDTH * width[arcs.sides].min(axis=1))
    bits = corner_bits(arcs.shape, arcs.points)
    is_kept = _simplify(arcs.points, arcs.start, arcs.ends, tolerances, bits, arcs.shape, N_SWEEPS)
    counts = np.add.reduceat(is_kept, arcs.start[:-1], dtype=np.int64)
    return arcs.points[is_kept], np.concatenate([[0], np.cumsum(counts)])


@njit(cache=True, nogil=True)
def _simplify(
    points: np.ndarray,
    start: np.ndarray,
    ends: np.ndarray,
    tolerances: np.ndarray,
    bits: np.ndarray,
    shape: tuple[int, int],
    n_sweeps: int,
) -> np.ndarray:
    """Mark the points that are kept."""
    is_kept = np.ones(len(points), np.bool_)
    n_arcs = len(ends)
    longest = 0
    straight = {(np.int64(-1), np.int64(-1))}  # pairs of nodes that an arc of two points joins
    for arc in range(n_arcs):
        longest = max(longest, start[arc + 1] - start[arc])
        if start[arc + 1] - start[arc] == 2:
            straight.add(_pair(ends[arc]))
    before, after = np.empty(longest, np.int64), np.empty(longest, np.int64)
    twice_area = np.empty(longest, np.int64)
    is_open = np.ones(n_arcs, np.bool_)
    for _ in range(n_sweeps):
        for arc in range(n_arcs):
            if is_open[arc]:
                begin, end = start[arc], start[arc + 1]
                is_open[arc] = _simplify_arc(
                    points[begin:end],
                    is_kept[begin:end],
                    ends[arc],
                    tolerances[arc],
                    bits,
                    shape,
                    straight,
                    before,
                    after,
                    twice_area,
                )
    return is_kept


@njit(cache=True, nogil=True)
def _simplify_arc(
    points: np.ndarray,
    is_kept: np.ndarray,
    ends: np.ndarray,
    tolerance: float,
    bits: np.ndarray,
    shape: tuple[int, int],
    straight: set,
    before: np.ndarray,
    after: np.ndarray,
    twice_area: np.ndarray,
) -> bool:
    """Take points out of one arc; say whether others were in the way."""
    n = len(points)
    last, n_kept = 0, 1
    for k in range(1, n):
        if is_kept[k]:
            before[k], after[last] = last, k
            last = k
            n_kept += 1
    is_ring = points[0, 0] == points[n - 1, 0] and points[0, 1] == points[n - 1, 1]
    fewest = 4 if is_ring else 2
    queue = [(np.int64(0), np.int64(0)) for _ in range(0)]
    k = after[0]
    while k != n - 1:
        twice_area[k] = _twice_area(points, before[k], k, after[k])
        queue.append((twice_area[k], np.int64(k)))
        k = after[k]
    heapq.heapify(queue)
    triangle = np.empty((3, 2), np.int64)
    was_blocked = False
    while len(queue) > 0 and n_kept > fewest:
        size, middle = heapq.heappop(queue)
        if not is_kept[middle] or size != twice_area[middle]:
            continue
        a, b = before[middle], after[middle]
        row, col = points[middle]
        if (row == 0 or row == shape[0]) and (col == 0 or col == shape[1]):
            continue
        if not _is_near(points, a, b, tolerance):
            continue
        if n_kept == 3 and not is_ring and _pair(ends) in straight:
            continue
        for i, at in enumerate((a, middle, b)):
            triangle[i, 0], triangle[i, 1] = points[at, 0], points[at, 1]
        if not is_free(bits, triangle, 1):
            was_blocked = True
            continue
        is_kept[middle] = False
        unmark(bits, row, col)
        n_kept -= 1
        after[a], before[b] = b, a
        for each in (a, b):
            if each != 0 and each != n - 1:
                twice_area[each] = _twice_area(points, before[each], each, after[each])
                heapq.heappush(queue, (twice_area[each], np.int64(each)))
        if n_kept == 2:
            straight.add(_pair(ends))
    return was_blocked


@njit(cache=True, nogil=True)
def _pair(ends: np.ndarray) -> tuple[np.int64, np.int64]:
    """Return the nodes at the ends of an arc, the lower first."""
    one, other = ends[0] // 4, ends[1] // 4
    return np.int64(min(one, other)), np.int64(max(one, other))


@njit(cache=True, nogil=True)
def _twice_area(points: np.ndarray, a: int, b: int, c: int) -> int:
    """Return twice the area of a triangle of points."""
    row, col = np.int64(points[a, 0]), np.int64(points[a, 1])
    return abs((points[b, 0] - row) * (points[c, 1] - col) - (points[c, 0] - row) * (points[b, 1] - col))


@njit(cache=True, nogil=True)
def _is_near(points: np.ndarray, a: int, b: int, tolerance: float) -> bool:
    """Say whether all points between two lie within the tolerance of the line from the one to the other."""
    row, col = np.float64(points[a, 0]), np.float64(points[a, 1])
    rows, cols = points[b, 0] - row, points[b, 1] - col
    square = rows * rows + cols * cols
    for k in range(a + 1, b):
        r, c = points[k, 0] - row, points[k, 1] - col
        along = 0.0 if square == 0 else min(max((r * rows + c * cols) / square, 0.0), 1.0)
        r -= along * rows
        c -= along * cols
        if r * r + c * c > tolerance * tolerance:
            return False
    return True
