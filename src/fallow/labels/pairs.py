"""Add up what is known about pairs of nodes: many scattered entries to one sorted entry a pair."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def sum_pairs(
    one: NDArray[np.int32], other: NDArray[np.int32], length: NDArray[np.int64], n_nodes: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Add up the lengths of equal pairs and sort the pairs.

    Parameters
    ----------
    one, other : (k,) int32
        Two different nodes in 0..n_nodes - 1, in either order.
    length : (k,) int64
        What to add up.
    n_nodes : int

    Returns
    -------
    pairs : (m, 2) int32
        Each pair once, the smaller node first, sorted by the first and then the second node.
    total : (m,) int64

    Notes
    -----
    Two counting sorts, O(k + n_nodes): by the larger node, which brings equal pairs together to be added up, and then
    by the smaller.
    """
    start = offsets(np.maximum(one, other), n_nodes)
    low, total = _bucket_by_larger(one, other, length, start)
    n_pairs = _add_equal(start, low, total)
    return _sort_by_smaller(start, low[:n_pairs], total[:n_pairs])


@njit(cache=True, nogil=True)
def offsets(nodes: np.ndarray, n_nodes: int) -> np.ndarray:
    """Count how often each node occurs and return where its bucket starts, (n_nodes + 1,) int64."""
    start = np.zeros(n_nodes + 1, np.int64)
    for node in nodes:
        start[node + 1] += 1
    for node in range(n_nodes):
        start[node + 1] += start[node]
    return start


@njit(cache=True, nogil=True)
def _bucket_by_larger(
    one: np.ndarray, other: np.ndarray, length: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the smaller nodes and lengths in the order of the buckets, one a larger node, that begin at `start`."""
    cursor = start[:-1].copy()
    low, bucketed = np.empty_like(one), np.empty_like(length)
    for k in range(len(one)):
        bucket = max(one[k], other[k])
        low[cursor[bucket]] = min(one[k], other[k])
        bucketed[cursor[bucket]] = length[k]
        cursor[bucket] += 1
    return low, bucketed


@njit(cache=True, nogil=True)
def _add_equal(start: np.ndarray, low: np.ndarray, total: np.ndarray) -> int:
    """Add up equal entries within each bucket, closing the gaps in place; return how many entries remain."""
    slot = np.full(len(start) - 1, -1, np.int64)  # where this bucket keeps a smaller node; older buckets lie before
    end = 0
    for bucket in range(len(start) - 1):
        begin = end
        for k in range(start[bucket], start[bucket + 1]):
            node = low[k]
            if slot[node] >= begin:
                total[slot[node]] += total[k]
            else:
                slot[node] = end
                low[end], total[end] = node, total[k]
                end += 1
        start[bucket] = begin
    start[-1] = end
    return end


@njit(cache=True, nogil=True)
def _sort_by_smaller(start: np.ndarray, low: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort entries, which come by their larger node, by their smaller one."""
    cursor = offsets(low, len(start) - 1)
    pairs, ordered = np.empty((len(low), 2), np.int32), np.empty_like(total)
    for high in range(len(start) - 1):
        for k in range(start[high], start[high + 1]):
            at = cursor[low[k]]
            pairs[at, 0], pairs[at, 1] = low[k], high
            ordered[at] = total[k]
            cursor[low[k]] += 1
    return pairs, ordered
