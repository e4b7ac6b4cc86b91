"""The region graph: all that is kept of a label map once its pixels are gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.labels.maps import as_label_map
from fallow.labels.pairs import sum_pairs


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """Components of a label map and the borders between them.

    Nodes are numbered from 0 in the order of `first`, so that a graph is the same whatever tiles it was made from.

    Attributes
    ----------
    label : (n,) int32
        The label that all pixels of the component have.
    area : (n,) int64
        Pixels.
    first : (n,) int64, ascending
        Position ``row * cols + col`` of the component's first pixel in the whole raster: its identity, which no tiling
        and no numbering changes.
    pairs : (m, 2) int32
        Components that share a border, the smaller number first, sorted. Numbers only count nodes in memory, so 32 bits
        do; identities are the 64 bits of `first`.
    border : (m,) int64
        Length of each shared border in pixel sides.
    is_grown : (n,) bool
        Whether small components have become one here (`fallow.labels.settle`): it does not count when the largest
        component of a label is looked for.
    """

    label: NDArray[np.int32]
    area: NDArray[np.int64]
    first: NDArray[np.int64]
    pairs: NDArray[np.int32]
    border: NDArray[np.int64]
    is_grown: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.label)


def region_graph(
    ids: ArrayLike,
    labels: ArrayLike,
    *,
    origin: tuple[int, int] = (0, 0),
    total_cols: int | None = None,
    with_borders: bool = True,
) -> RegionGraph:
    """Build the graph of one array; `fallow.labels.join_graphs` adds the graphs of several.

    Parameters
    ----------
    ids : (rows, cols) integers
        Components 1..n in the order of their first pixels, as `components` and `sequential` number them; 0 = no data.
    labels : (rows, cols) integers
        The same map's labels.
    origin : (row, col)
        Where the array's first pixel lies in the whole raster.
    total_cols : int, optional
        Columns of the whole raster; by default the array is the whole raster.
    with_borders : bool
        Whether to look for `pairs`, most of the work; without, there are none.

    Raises
    ------
    InputError
        If the arrays differ in shape, or the components are not numbered in the order of their first pixels.

    Examples
    --------
    >>> graph = region_graph([[1, 1, 2], [1, 3, 2]], [[5, 5, 6], [5, 7, 6]])
    >>> graph.pairs.tolist(), graph.border.tolist()
    ([[0, 1], [0, 2], [1, 2]], [1, 2, 1])
    """
    ids, labels = as_label_map(ids), as_label_map(labels)
    if ids.shape != labels.shape:
        raise InputError(f"ids and labels must have the same shape, got {ids.shape} and {labels.shape}")
    n = int(ids.max(initial=0))
    label, area, first = _measure(ids, labels, n, *origin, total_cols or ids.shape[1])
    if (area == 0).any() or (np.diff(first) <= 0).any():
        raise InputError("ids must be numbered 1..n in the order of their first pixels; call sequential(ids) first")
    if not with_borders:
        return RegionGraph(label, area, first, np.empty((0, 2), np.int32), np.empty(0, np.int64), np.zeros(n, np.bool_))
    return RegionGraph(label, area, first, *sum_pairs(*_sides(ids, _count_sides(ids)), n), np.zeros(n, np.bool_))


@njit(cache=True, nogil=True)
def _measure(
    ids: np.ndarray, labels: np.ndarray, n: int, row0: int, col0: int, total_cols: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    label, area, first = np.zeros(n, np.int32), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for row in range(ids.shape[0]):
        for col in range(ids.shape[1]):
            node = ids[row, col] - 1
            if node >= 0:
                if area[node] == 0:
                    label[node] = labels[row, col]
                    first[node] = (row0 + row) * total_cols + col0 + col
                area[node] += 1
    return label, area, first


@njit(cache=True, nogil=True)
def _count_sides(ids: np.ndarray) -> int:
    """Count the pixel sides between two different components."""
    rows, cols = ids.shape
    n = 0
    for row in range(rows):
        for col in range(cols):
            here = ids[row, col]
            right = ids[row, col + 1] if col + 1 < cols else 0
            down = ids[row + 1, col] if row + 1 < rows else 0
            n += (here != 0) & (right != 0) & (here != right)
            n += (here != 0) & (down != 0) & (here != down)
    return n


@njit(cache=True, nogil=True)
def _sides(ids: np.ndarray, n_sides: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the sides that `_count_sides` counts as (node, node, length); a straight run along a row is one entry."""
    rows, cols = ids.shape
    one, other = np.empty(n_sides, np.int32), np.empty(n_sides, np.int32)
    length = np.ones(n_sides, np.int64)
    n = 0
    for row in range(rows):
        run = -1  # the entry that a side below the previous pixel went to
        for col in range(cols):
            here = ids[row, col]
            down = ids[row + 1, col] if row + 1 < rows else 0
            right = ids[row, col + 1] if col + 1 < cols else 0
            if here != 0 and down != 0 and here != down:
                if run >= 0 and one[run] == here - 1 and other[run] == down - 1:
                    length[run] += 1
                else:
                    one[n], other[n], run = here - 1, down - 1, n
                    n += 1
            else:
                run = -1
            if here != 0 and right != 0 and here != right:
                one[n], other[n] = here - 1, right - 1
                n += 1
    return one[:n], other[:n], length[:n]
