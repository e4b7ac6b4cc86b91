"""Remove regions below a minimum mapping unit."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.labels.components import components
from fallow.labels.forest import find, unite
from fallow.labels.graph import RegionGraph, region_graph
from fallow.labels.maps import Labels, as_label_map
from fallow.labels.pairs import sum_pairs
from fallow.labels.relabel import relabel, sequential


def sieve(labels: ArrayLike, min_area: int, *, protect: bool = True) -> Labels:
    """Give every region smaller than `min_area` the label of a neighbour.

    While there is a region (a 4-connected area of one label) smaller than `min_area`, the smallest one (of equal ones
    the one with the earlier first pixel) takes the label with which it shares the longest border (of equals the smaller
    one), and becomes one region with all its neighbours of that label. So the regions of the result are all large
    enough, except two kinds that stay:

    - one with no neighbour but no data,
    - one that holds the largest region of its label in the original map, if `protect` is on: no label ever vanishes.

    Parameters
    ----------
    labels : (rows, cols) integers
        0 = no data, which neither changes nor counts as a neighbour.
    min_area : int, pixels
        0 and 1 change nothing.
    protect : bool
        Keep the largest region of each label (of equals the one with the earlier first pixel), however small.

    Returns
    -------
    (rows, cols) int32

    Raises
    ------
    InputError
        If `min_area` is negative or reaches 2**31, or the array is no label map.

    Notes
    -----
    O(pixels + borders * log(min_area)). Unlike GDAL's sieve, which looks only at the regions of the original map, a
    region that has grown is judged by its new size, so the result depends neither on scanning order nor on tiles. What
    becomes of small regions depends on the small ones they touch and on nothing beyond them: see `settle`.

    Examples
    --------
    >>> sieve([[1, 1, 2, 1], [1, 1, 1, 1], [2, 2, 2, 2]], min_area=2).tolist()
    [[1, 1, 1, 1], [1, 1, 1, 1], [2, 2, 2, 2]]
    """
    labels = as_label_map(labels)
    ids, _ = components(labels)
    graph = region_graph(ids, labels)
    target = sieve_graph(graph, min_area, protect=protect)
    return relabel(ids, np.concatenate([np.zeros(1, np.int32), graph.label[target]]))


def sieve_graph(graph: RegionGraph, min_area: int, *, protect: bool = True) -> NDArray[np.int32]:
    """Sieve a region graph, as `sieve` does a map.

    Parameters
    ----------
    graph : RegionGraph
        Of 4-connected components.
    min_area : int, pixels
    protect : bool

    Returns
    -------
    target : (n,) int32
        For each component the one whose label it takes: ``graph.label[target]`` are the labels after the sieve.
        Components with the same target are one region of the sieved map, and `sequential` of ``target + 1`` numbers
        these regions by their first pixels.

    Raises
    ------
    InputError
        If `min_area` is negative or reaches 2**31.
    """
    if not 0 <= min_area < 2**31:
        raise InputError(f"min_area must be at least 0 and below 2**31 pixels, got {min_area}")
    is_kept = _is_largest_of_its_label(graph) if protect else np.zeros(len(graph), np.bool_)
    return _sieve(graph, min_area, graph.area < min_area, is_kept)


def settle(
    graph: RegionGraph, is_on_edge: NDArray[np.bool_], min_area: int
) -> tuple[RegionGraph, NDArray[np.int32], NDArray[np.int32]]:
    """Do of `sieve_graph` what can be done without knowing what lies beyond the graph's part of a raster.

    Small regions that touch form clusters, and what becomes of a cluster depends on nothing outside it but the labels
    around. So a cluster is settled here if it does not touch the edge, beyond which regions may be larger or more, and
    holds no region that may be the largest of its label in the raster. Sieving the raster afterwards gives the same as
    sieving it at once.

    Parameters
    ----------
    graph : RegionGraph
        Of a part of the raster.
    is_on_edge : (n,) bool
        Whether a component touches an edge behind which the raster goes on.
    min_area : int, pixels

    Returns
    -------
    settled : RegionGraph
        Much smaller, as a rule.
    node : (n,) int32
        The node of `settled` that each component went to.
    label : (n,) int32
        The label of each component from now on.
    """
    is_small = graph.area < min_area
    is_open = is_small & (is_on_edge | _is_largest_of_its_label(graph))
    is_settled = is_small & ~_spread_over_clusters(graph.pairs, is_small, is_open)
    target = _sieve(graph, min_area, is_settled, np.zeros(len(graph), np.bool_))
    label = graph.label[target]
    number, _ = sequential(target + 1)
    node = number - 1
    n = int(number.max(initial=0))
    new_label, area, first = np.zeros(n, np.int32), np.zeros(n, np.int64), np.full(n, np.iinfo(np.int64).max)
    new_label[node] = label
    np.add.at(area, node, graph.area)
    np.minimum.at(first, node, graph.first)
    has_large = np.zeros(n, np.bool_)
    has_large[node[~is_small]] = True
    is_grown = (np.bincount(node, minlength=n) > 1) & ~has_large
    one, other = node[graph.pairs[:, 0]], node[graph.pairs[:, 1]]
    is_left = one != other
    borders = sum_pairs(one[is_left], other[is_left], graph.border[is_left], n)
    return RegionGraph(new_label, area, first, *borders, is_grown), node, label


def _sieve(
    graph: RegionGraph, min_area: int, is_small: NDArray[np.bool_], is_kept: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Merge the components that are small."""
    small = np.flatnonzero(is_small)
    keys = np.sort(graph.area[small] << 32 | small)
    neighbours = _neighbours(graph.pairs, graph.border, is_small)
    by_label = np.zeros(graph.label.max(initial=0) + 1, np.int64)
    return _merge_small(graph.label, graph.area.copy(), is_kept, *neighbours, min_area, keys, by_label)


@njit(cache=True, nogil=True)
def _spread_over_clusters(pairs: np.ndarray, is_small: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    """Mark every small component from which a marked one can be reached over small ones."""
    parent = np.arange(len(is_small), dtype=np.int32)
    for k in range(len(pairs)):
        if is_small[pairs[k, 0]] and is_small[pairs[k, 1]]:
            unite(parent, pairs[k, 0], pairs[k, 1])
    marked = np.zeros(len(is_small), np.bool_)
    for node in range(len(is_small)):
        marked[find(parent, node)] |= is_open[node]
    for node in range(len(is_small)):
        marked[node] = marked[find(parent, node)]
    return marked


def _is_largest_of_its_label(graph: RegionGraph) -> NDArray[np.bool_]:
    """Mark one component of each label, of equally large ones the first."""
    area = np.where(graph.is_grown, 0, graph.area)
    largest = np.zeros(graph.label.max(initial=0) + 1, np.int64)
    np.maximum.at(largest, graph.label, area)
    candidates = np.flatnonzero(area == largest[graph.label])
    _, at = np.unique(graph.label[candidates], return_index=True)
    is_largest = np.zeros(len(graph), np.bool_)
    is_largest[candidates[at]] = True
    return is_largest


@njit(cache=True, nogil=True)
def _neighbours(
    pairs: np.ndarray, border: np.ndarray, is_small: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the neighbours of the small components: node i has ``adjacent[start[i]:start[i + 1]]``, and so `length`."""
    start = np.zeros(len(is_small) + 1, np.int64)
    for k in range(len(pairs)):
        for node in pairs[k]:
            start[node + 1] += is_small[node]
    for node in range(len(is_small)):
        start[node + 1] += start[node]
    cursor = start[:-1].copy()
    adjacent, length = np.empty(start[-1], np.int32), np.empty(start[-1], np.int64)
    for k in range(len(pairs)):
        for side in range(2):
            node = pairs[k, side]
            if is_small[node]:
                adjacent[cursor[node]], length[cursor[node]] = pairs[k, 1 - side], border[k]
                cursor[node] += 1
    return start, adjacent, length


@njit(cache=True, nogil=True)
def _merge_small(
    label: np.ndarray,
    area: np.ndarray,
    is_kept: np.ndarray,
    start: np.ndarray,
    adjacent: np.ndarray,
    length: np.ndarray,
    min_area: int,
    keys: np.ndarray,
    by_label: np.ndarray,
) -> np.ndarray:
    """Run the sieve and return `target`. `area` and `is_kept` are used up; `by_label` holds zeros.

    `keys` are those of the small components: area and node packed into one number, which sorts as they are taken.

    A group of merged components is looked at only when it is the smallest of all that are small, so each look at least
    doubles its area, or is its last. So the whole costs O(borders * log(min_area)), and only the neighbours of small
    components are ever listed. It is one function because calls that pass this many arrays would treble the time.
    """
    n_nodes = len(label)
    parent = np.arange(n_nodes, dtype=np.int32)  # union-find forest; all else is up to date at a group's root only
    target = np.arange(n_nodes, dtype=np.int32)  # the component whose label the group has
    last = np.arange(n_nodes, dtype=np.int32)  # the last component in the group's chain
    following = np.full(n_nodes, -1, np.int32)  # the next component in the chain, -1 after the last
    around = np.empty(n_nodes, np.int32)  # the neighbours of the group at hand
    shared = np.zeros(n_nodes, np.int64)  # its border with each; all zero again after every turn
    grown = [np.int64(0) for _ in range(0)]  # heap of keys: groups that became larger, but not large
    turn = 0
    while turn < len(keys) or len(grown) > 0:
        if len(grown) == 0 or (turn < len(keys) and keys[turn] < grown[0]):
            key = keys[turn]
            turn += 1
        else:
            key = heapq.heappop(grown)
        root = key & 0xFFFFFFFF
        if parent[root] != root or area[root] != key >> 32 or is_kept[root]:
            continue  # merged or grown since, or protected

        n_around = 0
        member = root
        while member >= 0:
            for k in range(start[member], start[member + 1]):
                other = find(parent, adjacent[k])
                if other != root:
                    if shared[other] == 0:
                        around[n_around] = other
                        n_around += 1
                    shared[other] += length[k]
            member = following[member]
        if n_around == 0:
            continue

        new_target = target[_best(around, n_around, shared, label, target, by_label)]
        for k in range(n_around):
            other = around[k]
            shared[other] = 0
            if label[target[other]] == label[new_target]:
                root, end = min(root, other), max(root, other)
                parent[end] = root
                following[last[root]], last[root] = end, last[end]
                area[root] += area[end]
                is_kept[root] |= is_kept[end]
        target[root] = new_target
        if area[root] < min_area:
            heapq.heappush(grown, area[root] << 32 | root)
    for node in range(n_nodes):  # a root comes before its members and keeps its own
        target[node] = target[find(parent, node)]
    return target


@njit(cache=True, nogil=True)
def _best(
    around: np.ndarray,
    n_around: int,
    shared: np.ndarray,
    label: np.ndarray,
    target: np.ndarray,
    by_label: np.ndarray,
) -> int:
    """Choose a neighbour of the label with the longest border, of equals the smaller label."""
    for k in range(n_around):
        by_label[label[target[around[k]]]] += shared[around[k]]
    best = around[0]
    for k in range(1, n_around):
        this, other = label[target[best]], label[target[around[k]]]
        if by_label[other] > by_label[this] or (by_label[other] == by_label[this] and other < this):
            best = around[k]
    for k in range(n_around):
        by_label[label[target[around[k]]]] = 0
    return best
