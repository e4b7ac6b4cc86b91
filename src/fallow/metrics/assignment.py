"""Pair the nodes of two sides, as many as can be."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def largest_matching(
    start: NDArray[np.int64], target: NDArray[np.int32], n_targets: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find a largest one-to-one matching of a bipartite graph.

    Parameters
    ----------
    start : (n + 1,) int64
        Where the targets of each of n nodes begin in `target`.
    target : (k,) int32
        Nodes of the other side, the preferred ones of each node first.
    n_targets : int

    Returns
    -------
    of_node : (n,) int32
        The target of each node, -1 for none.
    of_target : (n_targets,) int32
        The node of each target, -1 for none.

    Notes
    -----
    Begins by giving the nodes their first free preference: all first wishes, then all second ones, and so on. Paths
    that alternate then make the matching larger until it is the largest. No pixel that is matched loses its place.
    Time: k times the square root of n at worst, in practice a few times k.

    References
    ----------
    Hopcroft, Karp 1973, doi:10.1137/0202019

    Examples
    --------
    >>> of_node, of_target = largest_matching(np.array([0, 2, 3]), np.array([0, 1, 0], np.int32), 2)
    >>> of_node.tolist(), of_target.tolist()
    ([1, 0], [1, 0])
    """
    of_node, of_target = np.full(len(start) - 1, -1, np.int32), np.full(n_targets, -1, np.int32)
    _grant_wishes(start, target, of_node, of_target)
    while _lengthen(start, target, of_node, of_target):
        pass
    return of_node, of_target


@njit(cache=True, nogil=True)
def _grant_wishes(start, target, of_node, of_target):
    is_wish_left, wish = True, 0
    while is_wish_left:
        is_wish_left = False
        for node in range(len(of_node)):
            k = start[node] + wish
            if of_node[node] < 0 and k < start[node + 1]:
                is_wish_left = True
                if of_target[target[k]] < 0:
                    of_node[node], of_target[target[k]] = target[k], node
        wish += 1


@njit(cache=True, nogil=True)
def _lengthen(start, target, of_node, of_target):
    """Make the matching larger along paths without a common node; say whether there were any."""
    layer = _layers(start, target, of_node, of_target)
    cursor, path = start[:-1].copy(), np.empty(len(of_node), np.int32)
    is_larger = False
    for root in range(len(of_node)):
        if of_node[root] >= 0:
            continue
        depth, path[0] = 0, root
        while depth >= 0:
            node = path[depth]
            if cursor[node] == start[node + 1]:  # leads nowhere
                layer[node] = -1
                depth -= 1
                if depth >= 0:
                    cursor[path[depth]] += 1
                continue
            owner = of_target[target[cursor[node]]]
            if owner < 0:
                for step in range(depth, -1, -1):
                    node = path[step]
                    of_node[node], of_target[target[cursor[node]]] = target[cursor[node]], node
                is_larger = True
                break
            if layer[owner] == layer[node] + 1:
                depth += 1
                path[depth] = owner
            else:
                cursor[node] += 1
    return is_larger


@njit(cache=True, nogil=True)
def _layers(start, target, of_node, of_target):
    """Return how many matched pairs lie between each node and the nearest unmatched one, -1 for those never reached."""
    layer, queue = np.full(len(of_node), -1, np.int32), np.empty(len(of_node), np.int32)
    head = tail = 0
    for node in range(len(of_node)):
        if of_node[node] < 0:
            layer[node], queue[tail] = 0, node
            tail += 1
    while head < tail:
        node = queue[head]
        head += 1
        for k in range(start[node], start[node + 1]):
            owner = of_target[target[k]]
            if owner >= 0 and layer[owner] < 0:
                layer[owner], queue[tail] = layer[node] + 1, owner
                tail += 1
    return layer
