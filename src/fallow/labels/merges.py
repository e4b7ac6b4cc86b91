"""Lists of merges: checked at the door, and the kernels that run once up or down the tree they make.

Merge i of a tree of n leaves makes node ``n + i``, and its children are earlier nodes: going up the list meets children
before their parents, going down it parents before their children. Nodes are 32-bit numbers in the kernels' memory.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError

MAX_LEAVES = 1 << 30  # nodes, nearly twice as many, are counted in 32 bits
MAX_PIXELS = 1 << 62


def as_areas(area: ArrayLike) -> NDArray[np.int64]:
    """Return the areas of leaves as int64, or raise `InputError` if they are no numbers of pixels."""
    array = np.asarray(area)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise InputError(f"areas of leaves must be integers (n,), got {array.dtype} of shape {array.shape}")
    if len(array) > MAX_LEAVES:
        raise InputError(f"a merge tree can have at most {MAX_LEAVES} leaves, got {len(array)}")
    if array.size and (array.min() < 1 or array.sum(dtype=np.float64) > MAX_PIXELS):
        raise InputError(
            f"areas of leaves must be at least 1 pixel and 2**62 together, got {array.min()}..{array.max()}"
        )
    return np.ascontiguousarray(array, np.int64)


def as_merges(merges: ArrayLike, n_leaves: int) -> NDArray[np.int64]:
    """Return merges as (m, 2) int64, or raise `InputError` if they do not make a forest of `n_leaves` leaves."""
    array = np.asarray(merges)
    if array.size == 0:
        return np.empty((0, 2), np.int64)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise InputError(f"merges must be integers (m, 2), got {array.dtype} of shape {array.shape}")
    if len(array) >= n_leaves:
        raise InputError(f"{n_leaves} leaves allow at most {max(n_leaves - 1, 0)} merges, got {len(array)}")
    array = np.ascontiguousarray(array, np.int64)
    wrong = _first_wrong(array, n_leaves)
    if wrong >= 0:
        raise InputError(
            f"merge {wrong} must join two nodes of 0..{n_leaves + wrong - 1} that no merge before it has joined, "
            f"got {array[wrong].tolist()}"
        )
    return array


def as_heights(heights: ArrayLike, n_merges: int) -> NDArray[np.float64]:
    """Return heights as float64, or raise `InputError` if they are not one a merge, finite and at least 0."""
    array = np.asarray(heights)
    if array.shape != (n_merges,) or array.dtype.kind not in "iuf":
        raise InputError(f"heights must be {n_merges} numbers, one a merge, got {array.dtype} of shape {array.shape}")
    is_fit = np.isfinite(array) & (array >= 0)
    if not is_fit.all():
        raise InputError(f"heights must be finite and at least 0, got {array[~is_fit][0]}")
    return np.ascontiguousarray(array, np.float64)


@njit(cache=True, nogil=True)
def _first_wrong(merges: np.ndarray, n_leaves: int) -> int:
    """Return the first merge that joins a later, a joined or no node at all, -1 if there is none."""
    is_joined = np.zeros(n_leaves + len(merges), np.bool_)
    for merge in range(len(merges)):
        for side in range(2):
            child = merges[merge, side]
            if child < 0 or child >= n_leaves + merge or is_joined[child]:
                return merge
            is_joined[child] = True
    return -1


@njit(cache=True, nogil=True)
def raise_heights(merges: np.ndarray, heights: np.ndarray, n_leaves: int) -> np.ndarray:
    """Raise each merge to the higher of its children where it is below."""
    raised = heights.copy()
    for merge in range(len(merges)):
        for side in range(2):
            child = merges[merge, side] - n_leaves
            if child >= 0:
                raised[merge] = max(raised[merge], raised[child])
    return raised


@njit(cache=True, nogil=True)
def renumber(merges: np.ndarray, order: np.ndarray, n_leaves: int) -> np.ndarray:
    """Return the merges in another order, the nodes they make renumbered accordingly."""
    rank = np.empty(len(order), np.int32)
    for k in range(len(order)):
        rank[order[k]] = k
    renumbered = np.empty_like(merges)
    for k in range(len(order)):
        for side in range(2):
            child = merges[order[k], side]
            renumbered[k, side] = child if child < n_leaves else n_leaves + rank[child - n_leaves]
    return renumbered


@njit(cache=True, nogil=True)
def sum_areas(area: np.ndarray, merges: np.ndarray) -> np.ndarray:
    """Return the area of each node, leaves first."""
    n_leaves = len(area)
    node_area = np.empty(n_leaves + len(merges), np.int64)
    for leaf in range(n_leaves):  # an assignment to a slice would take a second more to compile
        node_area[leaf] = area[leaf]
    for merge in range(len(merges)):
        node_area[n_leaves + merge] = node_area[merges[merge, 0]] + node_area[merges[merge, 1]]
    return node_area


@njit(cache=True, nogil=True)
def spread_down(merges: np.ndarray, keep: np.ndarray, n_leaves: int) -> np.ndarray:
    """Mark all that is kept and all below it."""
    is_done = keep.copy()
    for merge in range(len(merges) - 1, -1, -1):
        if is_done[merge]:
            for side in range(2):
                child = merges[merge, side] - n_leaves
                if child >= 0:
                    is_done[child] = True
    return is_done


@njit(cache=True, nogil=True)
def label_regions(merges: np.ndarray, keep: np.ndarray, n_leaves: int) -> np.ndarray:
    """Give each leaf the number, from 1 by first leaves, of the highest node above it that is kept.

    `top` holds that node, -1 where there is none; once its region has a number, the node itself holds ``-1 - number``.
    """
    top = np.full(n_leaves + len(merges), -1, np.int32)
    for merge in range(len(merges) - 1, -1, -1):
        node = n_leaves + merge
        if top[node] < 0 and keep[merge]:
            top[node] = node
        top[merges[merge, 0]] = top[node]
        top[merges[merge, 1]] = top[node]
    regions = np.empty(n_leaves, np.int32)
    n_regions = 0
    for leaf in range(n_leaves):
        node = top[leaf]
        if node >= 0 and top[node] < 0:
            regions[leaf] = -1 - top[node]
            continue
        n_regions += 1
        regions[leaf] = n_regions
        if node >= 0:
            top[node] = -1 - n_regions
    return regions
