"""Connected areas of a label map that comes strip by strip."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.labels.forest import number_sets, unite


class AreaSweep:
    """Numbers the 4-connected areas of one label while rows come in.

    What it finds does not depend on how the rows are cut into strips. 20 bytes a provisional number, of which an area
    has several where its parts were joined later.
    """

    def __init__(self, cols: int) -> None:
        self.row = 0
        self.labels, self.ids = np.zeros(cols, np.int32), np.zeros(cols, np.int32)  # of the last row
        self.n = 0
        self.parent, self.label = np.zeros(1, np.int32), np.zeros(1, np.int32)
        self.area, self.first = np.zeros(1, np.int64), np.zeros(1, np.int64)

    def take(self, strip: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return provisional numbers from 1 for the next rows, 0 where there is no data."""
        most = self.n + _count_starts(strip, self.labels) + 1
        self.parent, self.label = grown(self.parent, most), grown(self.label, most)
        self.area, self.first = grown(self.area, most), grown(self.first, most)
        ids = np.empty_like(strip)
        self.n = _number(
            strip, self.row, self.labels, self.ids, ids, self.n, self.parent, self.label, self.area, self.first
        )
        self.row += len(strip)
        self.labels, self.ids = strip[-1].copy(), ids[-1].copy()
        return ids

    def finish(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """Say what all rows together hold.

        Returns
        -------
        number : (provisional + 1,) int32
            The areas 1..k in the order of their first pixels that provisional numbers stand for; 0 stays 0.
        label : (k + 1,) int32
            Of each area; ``label[0]`` is 0.
        area : (k + 1,) int64
            Pixels.
        first : (k + 1,) int64
            Position ``row * cols + col`` of the first pixel.
        """
        number = self.parent[: self.n + 1].copy()
        n = number_sets(number)
        label, area, first = np.zeros(n, np.int32), np.zeros(n, np.int64), np.full(n, np.iinfo(np.int64).max)
        label[number] = self.label[: self.n + 1]
        np.add.at(area, number, self.area[: self.n + 1])
        np.minimum.at(first, number, self.first[: self.n + 1])
        return number, label, area, first


def grown(array: NDArray, n: int) -> NDArray:
    """Return an array with room for `n` rows, and for more to come; zeros where nothing was."""
    if n <= len(array):
        return array
    larger = np.zeros((n + n // 4, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


@njit(cache=True, nogil=True)
def _count_starts(strip: np.ndarray, above: np.ndarray) -> int:
    """Count the pixels that differ from those to the left and above: no more numbers are needed."""
    n = 0
    for row in range(len(strip)):
        left = np.int32(0)
        for col in range(strip.shape[1]):
            here = strip[row, col]
            up = above[col] if row == 0 else strip[row - 1, col]
            n += (here != 0) & (here != left) & (here != up)
            left = here
    return n


@njit(cache=True, nogil=True)
def _number(
    strip: np.ndarray,
    row0: int,
    above: np.ndarray,
    above_ids: np.ndarray,
    ids: np.ndarray,
    n: int,
    parent: np.ndarray,
    label: np.ndarray,
    area: np.ndarray,
    first: np.ndarray,
) -> int:
    """Write the numbers of a strip, and note what is known of each; return how many there are."""
    rows, cols = strip.shape
    for row in range(rows):
        left = left_up = np.int32(0)
        left_id = np.int32(0)
        for col in range(cols):
            here = strip[row, col]
            up = above[col] if row == 0 else strip[row - 1, col]
            up_id = above_ids[col] if row == 0 else ids[row - 1, col]
            if here == 0:
                own = np.int32(0)
            elif here == left:
                own = left_id
                if here == up and left_up != here:  # otherwise they are united already
                    unite(parent, ids[row, col - 1], up_id)
            elif here == up:
                own = up_id
            else:
                n += 1
                own = np.int32(n)
                parent[own], label[own], first[own] = own, here, (row0 + row) * cols + col
            area[own] += here != 0
            ids[row, col] = own
            left, left_up, left_id = here, up, own
    return n
