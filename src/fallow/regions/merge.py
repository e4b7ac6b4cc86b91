"""Greedy merging: the cheapest pair of neighbours first, until nothing touches."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.regions.cost import CostWeights, merge_cost
from fallow.regions.graph import RegionGraph
from fallow.regions.tally import EDGES


def merge_all(
    graph: RegionGraph,
    strength: NDArray[np.float64],
    weights: CostWeights,
    *,
    limit: float = np.inf,
    is_fixed: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Merge a region graph to the end, or up to a cost.

    Parameters
    ----------
    graph : RegionGraph
    strength : (m,) float64
        Of each border, at least 0.
    limit : float
        Highest cost of a merge.
    is_fixed : (n,) bool, optional
        Superpixels that are not merged.

    Returns
    -------
    merges : (k, 2) int64
        Merge i joins two nodes, superpixels or earlier merges, into node n + i.
    heights : (k,) float64
        What it cost; not monotone.

    Notes
    -----
    O(m log m) in the usual case. Ties go to the border that comes first in the graph.

    References
    ----------
    Region merging on a graph: Salembier, Garrido 2000, doi:10.1109/83.841934.
    """
    n, m = len(graph), len(graph.pairs)
    area = np.maximum(graph.area, 1).astype(np.float64)
    values = (graph.sums / area[:, None]).astype(np.float32)
    length = graph.length.astype(np.float64)
    perimeter = graph.edge + np.bincount(graph.pairs[:, 0], length, n)
    perimeter += np.bincount(graph.pairs[:, 1], length, n)
    regions = area, perimeter, values
    pairs = graph.pairs.copy()
    if is_fixed is not None:
        is_open = ~is_fixed[pairs].any(axis=1)
        pairs, length, strength, m = pairs[is_open], length[is_open], strength[is_open], int(is_open.sum())
    borders = pairs, length, strength * length, np.empty(m)
    lists = np.full(n, -1), np.full(n, -1), np.full(2 * m, -1), np.zeros(n, np.int64)
    merges, heights = np.empty((max(n - 1, 0), 2), np.int64), np.empty(max(n - 1, 0))
    done = _merge(
        *regions, *borders, *lists, np.arange(m), np.arange(m), np.arange(n), np.full(n, -1), EDGES, weights.packed(),
        limit, merges, heights,
    )  # fmt: skip
    return merges[:done], heights[:done]


@njit(cache=True, nogil=True)
def _merge(
    area: np.ndarray,
    perimeter: np.ndarray,
    values: np.ndarray,
    ends: np.ndarray,
    length: np.ndarray,
    total: np.ndarray,
    cost: np.ndarray,
    head: np.ndarray,
    tail: np.ndarray,
    following: np.ndarray,
    degree: np.ndarray,
    heap: np.ndarray,
    where: np.ndarray,
    node: np.ndarray,
    border_to: np.ndarray,
    edges: np.ndarray,
    weights: np.ndarray,
    limit: float,
    merges: np.ndarray,
    heights: np.ndarray,
) -> int:
    """Fill `merges` and `heights`; return how many there are. Compiles faster for making no arrays of its own.

    Borders of a region are a linked list of half-borders: 2 e is seen from ends[e, 0], 2 e + 1 from ends[e, 1].
    """
    for half in range(len(following)):
        at = ends[half >> 1, half & 1]
        if head[at] < 0:
            head[at] = half
        else:
            following[tail[at]] = half
        tail[at] = half
        degree[at] += 1
    size = len(cost)
    for e in range(size):
        a, b = ends[e, 0], ends[e, 1]
        cost[e] = merge_cost(a, b, length[e], total[e] / length[e], area, perimeter, values, edges, weights)
    for at in range(size // 2 - 1, -1, -1):
        _sink(heap, where, cost, size, at)
    done = 0
    while size:
        e = heap[0]
        if cost[e] > limit:
            break
        size = _remove(heap, where, cost, size, e)
        a, b = ends[e, 0], ends[e, 1]
        if degree[a] < degree[b]:
            a, b = b, a  # b disappears into a
        merges[done, 0], merges[done, 1], heights[done] = min(node[a], node[b]), max(node[a], node[b]), cost[e]
        node[a] = len(area) + done
        done += 1
        share_a, share_b = np.float32(area[a] / (area[a] + area[b])), np.float32(area[b] / (area[a] + area[b]))
        for k in range(values.shape[1]):
            values[a, k] = values[a, k] * share_a + values[b, k] * share_b
        area[a] += area[b]
        perimeter[a] += perimeter[b] - 2 * length[e]
        length[e] = 0
        half = head[a]
        while half >= 0:
            f = half >> 1
            if length[f] > 0:
                border_to[ends[f, 1 - (half & 1)]] = f
            half = following[half]
        half = head[b]
        while half >= 0:
            f, other = half >> 1, ends[half >> 1, 1 - (half & 1)]
            if length[f] > 0:
                kept = border_to[other]
                if kept >= 0:
                    length[kept] += length[f]
                    total[kept] += total[f]
                    length[f] = 0
                    size = _remove(heap, where, cost, size, f)
                    degree[other] -= 1
                else:
                    ends[f, half & 1] = a
                    border_to[other] = f
            half = following[half]
        following[tail[a]] = head[b]
        tail[a] = tail[b]
        # Renew the costs, and drop the borders that are gone from the list.
        before, half, degree[a] = -1, head[a], 0
        head[a] = -1
        while half >= 0:
            f = half >> 1
            after = following[half]
            if length[f] > 0:
                other = ends[f, 1 - (half & 1)]
                border_to[other] = -1
                cost[f] = merge_cost(a, other, length[f], total[f] / length[f], area, perimeter, values, edges, weights)
                _rise(heap, where, cost, where[f])
                _sink(heap, where, cost, size, where[f])
                degree[a] += 1
                if before < 0:
                    head[a] = half
                else:
                    following[before] = half
                before = half
            half = after
        tail[a] = before
        if before >= 0:
            following[before] = -1
    return done


@njit(cache=True, nogil=True)
def _less(cost: np.ndarray, e: int, f: int) -> bool:
    return cost[e] < cost[f] or (cost[e] == cost[f] and e < f)


@njit(cache=True, nogil=True)
def _rise(heap: np.ndarray, where: np.ndarray, cost: np.ndarray, at: int) -> None:
    e = heap[at]
    while at > 0:
        above = (at - 1) >> 1
        if not _less(cost, e, heap[above]):
            break
        heap[at] = heap[above]
        where[heap[at]] = at
        at = above
    heap[at] = e
    where[e] = at


@njit(cache=True, nogil=True)
def _sink(heap: np.ndarray, where: np.ndarray, cost: np.ndarray, size: int, at: int) -> None:
    e = heap[at]
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and _less(cost, heap[below + 1], heap[below]):
            below += 1
        if not _less(cost, heap[below], e):
            break
        heap[at] = heap[below]
        where[heap[at]] = at
        at = below
    heap[at] = e
    where[e] = at


@njit(cache=True, nogil=True)
def _remove(heap: np.ndarray, where: np.ndarray, cost: np.ndarray, size: int, e: int) -> int:
    """Take a border out of the heap; return the heap's new size."""
    at, size = where[e], size - 1
    moved = heap[size]
    if moved != e:
        heap[at] = moved
        where[moved] = at
        _rise(heap, where, cost, at)
        _sink(heap, where, cost, size, where[moved])
    return size
