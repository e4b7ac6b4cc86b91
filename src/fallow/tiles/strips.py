"""The edges of tiles, kept only until the tiles on their other side have come."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fallow.labels import Seam
from fallow.raster import Window

Edges = list[tuple[NDArray[np.int32], NDArray[np.int32]]]
"""Components and classes of the first row, the last row, the first column and the last column of a tile."""


def edges_of(ids: NDArray[np.int32], classes: NDArray[np.int32]) -> Edges:
    """Cut the edges out of a tile's components and classes (rows, cols)."""
    return [
        (ids[edge].copy(), classes[edge].astype(np.int32))
        for edge in (np.s_[0, :], np.s_[-1, :], np.s_[:, 0], np.s_[:, -1])
    ]


@dataclass
class Strip:
    """The pixels along one edge of a tile.

    Attributes
    ----------
    begin : int
        Column of the first pixel of a level edge, row of that of an upright one.
    nodes : (n,) int64
        Number of each pixel's component, -1 where there is no data.
    classes : (n,) int32
    n_waiting : int
        Pixels whose neighbours across the edge have not come.
    """

    begin: int
    nodes: NDArray[np.int64]
    classes: NDArray[np.int32]
    n_waiting: int


class Strips:
    """Match the edges of tiles that come in any order.

    Parameters
    ----------
    shape : (rows, cols) of the whole raster, at whose own edges nothing waits
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._last_line = {"row": shape[0], "col": shape[1]}
        self._waiting: dict[tuple[str, int, bool], list[Strip]] = defaultdict(list)

    @property
    def is_done(self) -> bool:
        """Whether every edge has met what lies on its other side."""
        return not any(self._waiting.values())

    def add(self, window: Window, edges: Edges, first_node: int) -> list[Seam]:
        """Add the four edges of a tile and return what they meet.

        Parameters
        ----------
        window : Window
        edges : Edges
            What `edges_of` gave.
        first_node : int
            Number of the component whose id is 1.
        """
        row0, row1, col0, col1 = window
        seams = []
        level = ("row", row0, False, col0), ("row", row1, True, col0)
        upright = ("col", col0, False, row0), ("col", col1, True, row0)
        for (axis, line, is_end, begin), (ids, classes) in zip((*level, *upright), edges, strict=True):
            if 0 < line < self._last_line[axis]:
                nodes = np.where(ids > 0, ids + np.int64(first_node - 1), -1)
                strip = Strip(begin, nodes, classes, len(nodes))
                seams += self._meet(strip, self._waiting[axis, line, not is_end])
                if strip.n_waiting:
                    self._waiting[axis, line, is_end].append(strip)
        return seams

    @staticmethod
    def _meet(strip: Strip, others: list[Strip]) -> list[Seam]:
        """Join a strip with those that wait on the other side of its line, and drop the ones that are done."""
        seams = []
        for other in others:
            begin = max(strip.begin, other.begin)
            end = min(strip.begin + len(strip.nodes), other.begin + len(other.nodes))
            if begin < end:
                strip.n_waiting -= end - begin
                other.n_waiting -= end - begin
                seams.append(_seam(strip, other, begin, end))
        others[:] = [other for other in others if other.n_waiting]
        return seams


def _seam(one: Strip, other: Strip, begin: int, end: int) -> Seam:
    mine, theirs = slice(begin - one.begin, end - one.begin), slice(begin - other.begin, end - other.begin)
    nodes = np.stack([one.nodes[mine], other.nodes[theirs]], axis=1)
    is_valid = (nodes >= 0).all(axis=1)
    is_same = one.classes[mine] == other.classes[theirs]
    same, _ = _runs(nodes[is_valid & is_same])
    return Seam(same, *_runs(nodes[is_valid & ~is_same]))


def _runs(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Shorten runs of equal rows to one row each; return these and the lengths of the runs."""
    begins = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1))[: len(rows)])
    return rows[begins], np.diff(begins, append=len(rows))
