"""Connected areas of equal label."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from fallow.errors import InputError
from fallow.labels.forest import number_sets, unite
from fallow.labels.maps import Labels, as_label_map


def components(labels: ArrayLike, *, connectivity: int = 4) -> tuple[Labels, int]:
    """Number the connected areas of equal label in the raster-scan order of their first pixels.

    Parameters
    ----------
    labels : (rows, cols) integers
        0 = no data, which belongs to no component.
    connectivity : 4 or 8
        Whether pixels touch by their sides only, or by their corners too.

    Returns
    -------
    ids : (rows, cols) int32
        Components 1..n, 0 where there is no data.
    n : int

    Raises
    ------
    InputError
        If `connectivity` is neither 4 nor 8, or the array is no label map.

    Notes
    -----
    Two passes with a union-find forest (Wu, Otoo and Suzuki, 2009, doi:10.1007/s10044-008-0109-y): O(pixels), and
    4 bytes per provisional component besides the result.

    Examples
    --------
    >>> ids, n = components([[7, 0, 7], [0, 7, 7]])
    >>> ids.tolist(), n
    ([[1, 0, 2], [0, 2, 2]], 2)
    >>> components([[7, 0, 7], [0, 7, 7]], connectivity=8)[1]
    1
    """
    labels = as_label_map(labels)
    if connectivity not in (4, 8):
        raise InputError(f"connectivity must be 4 or 8, got {connectivity}")
    ids = np.empty_like(labels)
    parent = np.arange(_count_starts(labels) + 1, dtype=np.int32)
    scan = _scan_sides if connectivity == 4 else _scan_corners
    n_provisional = scan(labels, ids, parent)
    n = number_sets(parent[: n_provisional + 1]) - 1
    _rename(ids, parent)
    return ids, n


@njit(cache=True, nogil=True)
def _count_starts(labels: np.ndarray) -> int:
    """Count the pixels that differ from their left and upper neighbours: no scan needs more provisional ids."""
    rows, cols = labels.shape
    n = 0
    for row in range(rows):
        for col in range(cols):
            here = labels[row, col]
            is_new_col = col == 0 or labels[row, col - 1] != here
            is_new_row = row == 0 or labels[row - 1, col] != here
            n += (here != 0) & is_new_col & is_new_row
    return n


@njit(cache=True, nogil=True)
def _scan_sides(labels: np.ndarray, ids: np.ndarray, parent: np.ndarray) -> int:
    """Give provisional ids from the left and upper neighbours; note in `parent` which are one component."""
    rows, cols = labels.shape
    n = 0
    for row in range(rows):
        for col in range(cols):
            here = labels[row, col]
            left = col > 0 and labels[row, col - 1] == here
            up = row > 0 and labels[row - 1, col] == here
            if here == 0:
                ids[row, col] = 0
            elif left:
                ids[row, col] = ids[row, col - 1]
                if up and labels[row - 1, col - 1] != here:  # otherwise that pixel has joined them already
                    unite(parent, ids[row, col - 1], ids[row - 1, col])
            elif up:
                ids[row, col] = ids[row - 1, col]
            else:
                n += 1
                ids[row, col] = n
    return n


@njit(cache=True, nogil=True)
def _scan_corners(labels: np.ndarray, ids: np.ndarray, parent: np.ndarray) -> int:
    """Like `_scan_sides` with the two upper corners; the upper neighbour touches all the others, so it comes first."""
    rows, cols = labels.shape
    n = 0
    for row in range(rows):
        for col in range(cols):
            here = labels[row, col]
            left = col > 0 and labels[row, col - 1] == here
            up_left = row > 0 and col > 0 and labels[row - 1, col - 1] == here
            up_right = row > 0 and col < cols - 1 and labels[row - 1, col + 1] == here
            if here == 0:
                ids[row, col] = 0
            elif row > 0 and labels[row - 1, col] == here:
                ids[row, col] = ids[row - 1, col]
            elif up_right:
                ids[row, col] = ids[row - 1, col + 1]
                if up_left:
                    unite(parent, ids[row - 1, col - 1], ids[row - 1, col + 1])
                elif left:
                    unite(parent, ids[row, col - 1], ids[row - 1, col + 1])
            elif up_left:
                ids[row, col] = ids[row - 1, col - 1]
            elif left:
                ids[row, col] = ids[row, col - 1]
            else:
                n += 1
                ids[row, col] = n
    return n


@njit(cache=True, nogil=True)
def _rename(ids: np.ndarray, number: np.ndarray) -> None:
    for row in range(ids.shape[0]):
        for col in range(ids.shape[1]):
            ids[row, col] = number[ids[row, col]]
