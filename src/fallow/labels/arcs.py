"""The borders of a label map as arcs: lines along pixel sides that two areas share, each of them there once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.labels.areas import AreaSweep, grown
from fallow.labels.maps import as_label_map

# Of a node, the corner of pixels where arcs meet: the directions in which they leave, and the pixels around it. Pixel
# i lies to the left of who leaves in direction i.
NORTH, EAST, SOUTH, WEST = range(4)
NORTH_WEST, NORTH_EAST, SOUTH_EAST, SOUTH_WEST = range(4)


@dataclass(frozen=True, eq=False)
class Arcs:
    """All borders of a label map between different areas, and between areas and nothing.

    An area is a 4-connected component of one label. **Nodes** are the corners of pixels where three or four pixel
    sides with different labels meet. An arc goes from node to node, or is a ring without one; a ring ends at its first
    point. Areas 1..k are in the order of their first pixels; 0 is nothing: no data, and all that lies outside.

    Attributes
    ----------
    shape : (rows, cols)
        Of the map. Points are corners of pixels, (0, 0) to (rows, cols).
    points : (n, 2) int32
        (row, col) of the corners at which arcs begin, turn and end, arc after arc.
    start : (m + 1,) int64
        Arc i has ``points[start[i]:start[i + 1]]``.
    ends : (m, 2) int32
        For its first and its last point, ``4 * node + direction`` in which it leaves the node; -1 for a ring.
    sides : (m, 2) int32
        The areas to its left and to its right, as seen with row 0 at the top.
    label : (k + 1,) int32
        Of each area; ``label[0]`` is 0.
    area : (k + 1,) int64
        Pixels of each area; ``area[0]`` is 0.
    first : (k + 1,) int64
        Position ``row * cols + col`` of each area's first pixel; ``first[0]`` is 0.
    n_nodes : int
    """

    shape: tuple[int, int]
    points: NDArray[np.int32]
    start: NDArray[np.int64]
    ends: NDArray[np.int32]
    sides: NDArray[np.int32]
    label: NDArray[np.int32]
    area: NDArray[np.int64]
    first: NDArray[np.int64]
    n_nodes: int

    def __len__(self) -> int:
        return len(self.sides)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of each arc in pixel sides, (m,)."""
        steps = np.zeros(len(self.points) + 1, np.int64)
        np.cumsum(np.abs(np.diff(self.points, axis=0)).sum(axis=1), out=steps[1:-1])
        return steps[self.start[1:] - 1] - steps[self.start[:-1]]


def trace(labels: ArrayLike) -> Arcs:
    """Trace the arcs of a label map that is in memory; see `trace_strips`.

    Examples
    --------
    >>> arcs = trace([[1, 1, 2], [1, 1, 2]])
    >>> [arcs.points[a:b].tolist() for a, b in zip(arcs.start, arcs.start[1:])]
    [[[0, 2], [0, 3], [2, 3], [2, 2]], [[0, 2], [2, 2]], [[0, 2], [0, 0], [2, 0], [2, 2]]]
    >>> arcs.sides.tolist(), arcs.label.tolist(), arcs.area.tolist()
    ([[0, 2], [2, 1], [1, 0]], [0, 1, 2], [0, 4, 2])
    """
    labels = as_label_map(labels)
    return trace_strips([labels], labels.shape)


def trace_strips(strips: Iterable[ArrayLike], shape: tuple[int, int]) -> Arcs:
    """Trace the arcs of a label map that comes strip by strip; the result does not depend on the strips.

    Parameters
    ----------
    strips : iterable of (height, cols) integers
        The map's rows from the first to the last; 0 = no data.
    shape : (rows, cols)

    Raises
    ------
    InputError
        If the strips do not fill the shape.

    Notes
    -----
    O(pixels), in one sweep from row to row. It holds a strip, the corners at which borders turn (16 bytes each, 8 in
    the result), and what `AreaSweep` takes.
    """
    sweep = _Sweep(shape[1])
    rows = 0
    for strip in strips:
        strip = as_label_map(strip)
        if strip.shape[1] != shape[1]:
            raise InputError(f"strips must have {shape[1]} columns, got {strip.shape[1]}")
        sweep.take(strip)
        rows += strip.shape[0]
    if rows != shape[0]:
        raise InputError(f"strips must have {shape[0]} rows together, got {rows}")
    sweep.take(np.zeros((1, shape[1]), np.int32))
    return sweep.arcs(shape)


class _Sweep:
    """What is known of the rows swept so far.

    A **record** is a corner where an arc turns, or an end of an arc at a node; records are numbered from 1. A record
    is linked to those before and after it on its arc: its two links, 0 where that is not known yet; at a node the
    second is ``-1 - (4 * node + direction)``.
    """

    def __init__(self, cols: int) -> None:
        self.row = 0
        self.areas = AreaSweep(cols)
        self.hanging = np.zeros(cols + 1, np.int32)  # the record from which an arc hangs down at each column
        self.counts = np.zeros(3, np.int64)  # records, nodes, starts
        self.records = np.zeros((1, 4), np.int32)  # row, col, links; the first is none
        self.nodes = np.zeros((0, 8), np.int32)  # the record of each direction, the areas around
        self.starts = np.zeros((0, 3), np.int32)  # record at the upper left of a ring, areas outside and inside

    def take(self, strip: NDArray[np.int32]) -> None:
        """Sweep over the next rows."""
        above, above_ids = self.areas.labels, self.areas.ids
        ids = self.areas.take(strip)
        records, nodes, starts = self.counts + _count(strip, above)
        self.records = grown(self.records, records + 1)
        self.nodes, self.starts = grown(self.nodes, nodes), grown(self.starts, starts)
        _sweep(strip, ids, self.row, above, above_ids, self.hanging, self.counts, self.records, self.nodes, self.starts)
        self.row += len(strip)

    def arcs(self, shape: tuple[int, int]) -> Arcs:
        """Follow the links once all rows are swept."""
        n_records, n_nodes, n_starts = self.counts
        nodes = self.nodes[:n_nodes]
        points, start, ends, sides = _follow(self.records, int(n_records), nodes, self.starts[:n_starts])
        number, label, area, first = self.areas.finish()
        return Arcs(shape, points, start, ends, number[sides], label, area, first, int(n_nodes))


@njit(cache=True, nogil=True)
def _count(strip: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Return how many records, nodes and starts a strip has."""
    rows, cols = strip.shape
    counts = np.zeros(3, np.int64)
    for row in range(rows):
        nw = sw = np.int32(0)
        for col in range(cols + 1):
            ne = np.int32(0) if col == cols else above[col] if row == 0 else strip[row - 1, col]
            se = np.int32(0) if col == cols else strip[row, col]
            n, e, s, w = nw != ne, ne != se, sw != se, nw != sw
            degree = np.int64(n) + e + s + w
            if degree > 2:
                counts[0] += degree
                counts[1] += 1
            elif degree == 2 and n != s:
                counts[0] += 1
                counts[2] += e and s
            nw, sw = ne, se
    return counts


@njit(cache=True, nogil=True)
def _sweep(
    strip: np.ndarray,
    ids: np.ndarray,
    row0: int,
    above: np.ndarray,
    above_ids: np.ndarray,
    hanging: np.ndarray,
    counts: np.ndarray,
    records: np.ndarray,
    nodes: np.ndarray,
    starts: np.ndarray,
) -> None:
    """Look at each corner from row to row, with the four pixels around it; bring on what is known."""
    rows, cols = strip.shape
    record, node, n_starts = counts
    for row in range(rows):
        nw = sw = np.int32(0)
        nw_id = sw_id = np.int32(0)
        left = np.int32(0)  # the record from which an arc comes along the row of corners
        for col in range(cols + 1):
            ne = se = ne_id = se_id = np.int32(0)
            if col < cols:
                se, se_id = strip[row, col], ids[row, col]
                ne = above[col] if row == 0 else strip[row - 1, col]
                ne_id = above_ids[col] if row == 0 else ids[row - 1, col]
            n, e, s, w = nw != ne, ne != se, sw != se, nw != sw
            degree = np.int64(n) + e + s + w
            if degree == 2 and n != s:
                record += 1
                records[record, 0], records[record, 1] = row0 + row, col
                if n:
                    _link(records, record, hanging[col])
                if w:
                    _link(records, record, left)
                if e and s:
                    starts[n_starts, 0], starts[n_starts, 1], starts[n_starts, 2] = record, nw_id, se_id
                    n_starts += 1
                left = np.int32(record) if e else np.int32(0)
                hanging[col] = record if s else 0
            elif degree > 2:
                nodes[node, 4], nodes[node, 5], nodes[node, 6], nodes[node, 7] = nw_id, ne_id, se_id, sw_id
                for direction, is_there in enumerate((n, e, s, w)):
                    if is_there:
                        record += 1
                        records[record, 0], records[record, 1] = row0 + row, col
                        records[record, 3] = -1 - (4 * node + direction)
                        nodes[node, direction] = record
                if n:
                    _link(records, nodes[node, NORTH], hanging[col])
                if w:
                    _link(records, nodes[node, WEST], left)
                left, hanging[col] = nodes[node, EAST], nodes[node, SOUTH]  # 0 where none leaves
                node += 1
            nw, nw_id, sw, sw_id = ne, ne_id, se, se_id
    counts[0], counts[1], counts[2] = record, node, n_starts


@njit(cache=True, nogil=True)
def _link(records: np.ndarray, one: int | np.int32, other: int | np.int32) -> None:
    """Note that two records follow each other on an arc."""
    records[one, 2 if records[one, 2] == 0 else 3] = other
    records[other, 2 if records[other, 2] == 0 else 3] = one


@njit(cache=True, nogil=True)
def _follow(
    records: np.ndarray, n_records: int, nodes: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """List the arcs that leave nodes in the order of these, then the rings; the links are used up."""
    n_ends = 0
    for node in range(len(nodes)):
        for direction in range(4):
            n_ends += nodes[node, direction] != 0
    most = n_ends // 2 + len(starts)
    points = np.empty((n_records + len(starts), 2), np.int32)
    start, ends = np.zeros(most + 1, np.int64), np.full((most, 2), -1, np.int32)
    sides = np.empty((most, 2), np.int32)
    n = arc = 0
    for node in range(len(nodes)):
        for direction in range(4):
            record = nodes[node, direction]
            if record != 0 and records[record, 2] != 0:
                n, last = _walk(records, record, records[record, 2], points, n)
                ends[arc, 0], ends[arc, 1] = 4 * node + direction, -1 - records[last, 3]
                sides[arc, 0], sides[arc, 1] = nodes[node, 4 + direction], nodes[node, 4 + (direction + 1) % 4]
                arc += 1
                start[arc] = n
    for k in range(len(starts)):
        record = starts[k, 0]
        if records[record, 2] != 0:
            one, other = records[record, 2], records[record, 3]
            n, _ = _walk(records, record, one if records[one, 0] == records[record, 0] else other, points, n)
            points[n, 0], points[n, 1] = records[record, 0], records[record, 1]
            n += 1
            sides[arc, 0], sides[arc, 1] = starts[k, 1], starts[k, 2]
            arc += 1
            start[arc] = n
    return points[:n].copy(), start[: arc + 1].copy(), ends[:arc].copy(), sides[:arc].copy()


@njit(cache=True, nogil=True)
def _walk(records: np.ndarray, record: int, following: int, points: np.ndarray, n: int) -> tuple[int, int]:
    """Write the points of an arc from a record on; return their end and the last record."""
    points[n, 0], points[n, 1] = records[record, 0], records[record, 1]
    n += 1
    before, here = record, following
    records[record, 2] = 0  # this arc is done
    while here != record:
        points[n, 0], points[n, 1] = records[here, 0], records[here, 1]
        n += 1
        is_end = records[here, 3] < 0
        following = records[here, 3] if records[here, 2] == before else records[here, 2]
        records[here, 2] = 0
        if is_end:
            return n, here
        before, here = here, following
    return n, record
