"""Rings of arcs: what encloses each area of a label map, outside and around its holes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.labels.arcs import Arcs


@dataclass(frozen=True, eq=False)
class Rings:
    """The rings around areas, sorted by label, then by area; of each area first the outer ring, then those of holes.

    A ring runs along arcs with its area to the left, as seen with row 0 at the top: counterclockwise outside, clockwise
    around holes. It passes no point twice.

    Attributes
    ----------
    halves : (h,) int64
        ``2 * arc`` for an arc from its first point to its last, ``2 * arc + 1`` for one against its direction.
    start : (r + 1,) int64
        Ring i runs along ``halves[start[i]:start[i + 1]]``.
    area : (r,) int32
        The area that each ring bounds.
    """

    halves: NDArray[np.int64]
    start: NDArray[np.int64]
    area: NDArray[np.int32]


def find_rings(arcs: Arcs) -> Rings:
    """Walk along the arcs around every area.

    Notes
    -----
    O(points). At a node the walk turns to the left first, and so stays with its pixel: areas do not join over a corner.
    Where it comes to a node again, it has closed a ring: one area that meets itself at a corner has a hole there, and
    the two rings touch in that point, as simple features want it (OGC 06-103r4, 6.1.11).

    Examples
    --------
    >>> from fallow.labels.arcs import trace
    >>> rings = find_rings(trace([[1, 1, 1], [1, 0, 1], [1, 1, 1]]))
    >>> rings.halves.tolist(), rings.start.tolist(), rings.area.tolist()
    ([1, 2], [0, 1, 2], [1, 1])
    """
    halves, start, area = _rings(arcs.ends, arcs.sides, arcs.n_nodes)
    rings = Rings(halves, start, area)
    return _sorted(rings, arcs.label, measure_rings(rings, arcs.points, arcs.start) < 0)


def measure_rings(rings: Rings, points: NDArray, start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the area within each ring, negative for holes; exact where points are whole numbers.

    Parameters
    ----------
    points, start
        Those of the arcs, or of what the arcs have become.
    """
    twice = np.zeros(len(start) - 1, np.int64 if points.dtype.kind == "i" else np.float64)
    _add_cross_products(points, start, twice)
    signed = np.where(rings.halves % 2 == 0, twice[rings.halves // 2], -twice[rings.halves // 2])
    return (np.add.reduceat(signed, rings.start[:-1]) if len(rings.area) else signed) / 2


def ring_points(
    rings: Rings, first: int, end: int, points: NDArray, start: NDArray[np.int64]
) -> tuple[NDArray, NDArray[np.int64]]:
    """Return the points of the rings from `first` to before `end`, each closed, and where each of them begins."""
    return _gather(rings.halves, rings.start[first : end + 1], points, start)


def _sorted(rings: Rings, label: NDArray[np.int32], is_hole: NDArray[np.bool_]) -> Rings:
    order = np.lexsort((is_hole, rings.area, label[rings.area]))
    lengths = np.diff(rings.start)[order]
    start = np.concatenate([[0], np.cumsum(lengths)])
    at = np.repeat(rings.start[:-1][order] - start[:-1], lengths) + np.arange(start[-1])
    return Rings(rings.halves[at], start, rings.area[order])


@njit(cache=True, nogil=True)
def _add_cross_products(points: np.ndarray, start: np.ndarray, sums: np.ndarray) -> None:
    """Sum the cross products of following points of each arc: those of the arcs of a ring give twice its area."""
    for arc in range(len(sums)):
        for k in range(start[arc], start[arc + 1] - 1):
            row, col, next_row, next_col = points[k, 0], points[k, 1], points[k + 1, 0], points[k + 1, 1]
            sums[arc] += row * next_col - next_row * col


@njit(cache=True, nogil=True)
def _gather(
    halves: np.ndarray, ring_start: np.ndarray, points: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    n_rings = len(ring_start) - 1
    begin = np.zeros(n_rings + 1, np.int64)
    for ring in range(n_rings):
        n = 1
        for k in range(ring_start[ring], ring_start[ring + 1]):
            n += start[halves[k] // 2 + 1] - start[halves[k] // 2] - 1
        begin[ring + 1] = begin[ring] + n
    gathered = np.empty((begin[n_rings], 2), points.dtype)
    n = 0
    for ring in range(n_rings):
        for k in range(ring_start[ring], ring_start[ring + 1]):
            a, b = start[halves[k] // 2], start[halves[k] // 2 + 1]
            for i in range(b - a - 1):  # the last point is the first of the next arc
                at = a + i if halves[k] % 2 == 0 else b - 1 - i
                gathered[n, 0], gathered[n, 1] = points[at, 0], points[at, 1]
                n += 1
        gathered[n, 0], gathered[n, 1] = gathered[begin[ring], 0], gathered[begin[ring], 1]
        n += 1
    return gathered, begin


@njit(cache=True, nogil=True)
def _rings(ends: np.ndarray, sides: np.ndarray, n_nodes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Walk from every half of an arc that has an area to its left and was not walked yet."""
    n_halves = 2 * len(ends)
    leaving = np.full(4 * n_nodes, -1, np.int64)  # the half in each direction of each node
    for half in range(n_halves):
        if ends[half // 2, half % 2] >= 0:
            leaving[ends[half // 2, half % 2]] = half
    halves, start = np.empty(n_halves, np.int64), np.zeros(n_halves + 1, np.int64)
    area = np.empty(n_halves, np.int32)
    is_done = np.zeros(n_halves, np.bool_)
    place = np.full(n_nodes, -1, np.int64)  # where on the walk each node was left
    walk = np.empty(n_halves, np.int64)
    n = n_rings = 0
    for first in range(n_halves):
        if is_done[first] or sides[first // 2, first % 2] == 0:
            continue
        half, length = first, 0
        while half >= 0:
            is_done[half] = True
            node = ends[half // 2, half % 2] // 4
            if node >= 0 and place[node] >= 0:  # it was here before: that much of the walk is a ring
                begin = place[node]
                n = _close(walk, begin, length, ends, place, halves, n)
                n_rings = _note(sides[first // 2, first % 2], n, n_rings, start, area)
                length = begin
            if node >= 0:
                place[node] = length
            walk[length] = half
            length += 1
            half = _next_left(ends[half // 2, 1 - half % 2], leaving)
            if half == first:
                half = -1
        n = _close(walk, 0, length, ends, place, halves, n)
        n_rings = _note(sides[first // 2, first % 2], n, n_rings, start, area)
    return halves[:n].copy(), start[: n_rings + 1].copy(), area[:n_rings].copy()


@njit(cache=True, nogil=True)
def _next_left(end: int, leaving: np.ndarray) -> int:
    """Return the half that goes on, as far to the left as can be, from an arc's end; -1 where a ring is closed."""
    if end < 0:
        return -1
    for turn in range(1, 4):
        half = leaving[end // 4 * 4 + (end + turn) % 4]
        if half >= 0:
            return half
    return -1


@njit(cache=True, nogil=True)
def _close(
    walk: np.ndarray, begin: int, end: int, ends: np.ndarray, place: np.ndarray, halves: np.ndarray, n: int
) -> int:
    """Move what was walked into the list of rings; return the list's new length."""
    for k in range(begin, end):
        halves[n] = walk[k]
        n += 1
        node = ends[walk[k] // 2, walk[k] % 2] // 4
        if node >= 0:
            place[node] = -1
    return n


@njit(cache=True, nogil=True)
def _note(own: int, n: int, n_rings: int, start: np.ndarray, area: np.ndarray) -> int:
    """Note of which area a ring is and where it ends; return the new number of rings."""
    area[n_rings], start[n_rings + 1] = own, n
    return n_rings + 1
