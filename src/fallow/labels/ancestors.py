"""Where two leaves of a merge tree meet: lowest common ancestors along heavy paths.

Every merge continues the path of its larger child, the heavy one; the smaller child begins a path of its own. Stepping
to another path at least doubles the area, so there are at most log2(pixels) of them above any leaf (Sleator and Tarjan,
1983, doi:10.1016/0022-0000(83)90006-5). Two numbers a node are all it takes, however deep the tree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class AncestorPaths(NamedTuple):
    """The heavy paths of a merge tree.

    Attributes
    ----------
    parent : (n + m,) int32
        The node that each node is a child of, -1 for roots.
    head : (n + m,) int32
        The highest node of the path that each node is on.
    """

    parent: NDArray[np.int32]
    head: NDArray[np.int32]


def ancestor_paths(merges: NDArray[np.int64], node_area: NDArray[np.int64]) -> AncestorPaths:
    """Find the heavy paths of the tree of these merges, O(nodes)."""
    return AncestorPaths(*_paths(merges, node_area))


@njit(cache=True, nogil=True)
def _paths(merges: np.ndarray, node_area: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n_nodes = len(node_area)
    n_leaves = n_nodes - len(merges)
    parent = np.full(n_nodes, -1, np.int32)
    head = np.arange(n_nodes).astype(np.int32)
    for merge in range(len(merges) - 1, -1, -1):
        node = n_leaves + merge
        one, other = merges[merge, 0], merges[merge, 1]
        parent[one] = parent[other] = node
        head[one if node_area[one] >= node_area[other] else other] = head[node]
    return parent, head


@njit(cache=True, nogil=True)
def meet(one: int, other: int, parent: np.ndarray, head: np.ndarray) -> int:
    """Return the lowest node above both (a node is above itself), -1 if there is none.

    Parents have larger numbers than their children, so the path with the lower head cannot hold the node sought.
    """
    while head[one] != head[other]:
        if head[one] > head[other]:
            one, other = other, one
        one = parent[head[one]]
        if one < 0:
            return -1
    return max(one, other)


@njit(cache=True, nogil=True)
def meeting_height(one: int, other: int, heights: np.ndarray, parent: np.ndarray, head: np.ndarray) -> float:
    """Return the height at which two leaves meet: 0 if they are the same, infinity if they never do."""
    if one == other:
        return 0.0
    node = meet(one, other, parent, head)
    return heights[node - (len(parent) - len(heights))] if node >= 0 else np.inf


@njit(cache=True, nogil=True)
def meeting_heights(pairs: np.ndarray, heights: np.ndarray, parent: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Return `meeting_height` of each pair (k, 2) of leaves."""
    out = np.empty(len(pairs), np.float64)
    for k in range(len(pairs)):
        out[k] = meeting_height(pairs[k, 0], pairs[k, 1], heights, parent, head)
    return out
