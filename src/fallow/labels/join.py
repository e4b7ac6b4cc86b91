"""Add region graphs up along their seams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.labels.forest import number_sets, unite
from fallow.labels.graph import RegionGraph
from fallow.labels.pairs import sum_pairs


@dataclass(frozen=True, eq=False)
class Seam:
    """What meets along a stretch of a seam. Nodes are those of all parts, counted through from 0.

    Attributes
    ----------
    same : (k, 2) int64
        Nodes of one label on the two sides: they are one component.
    touching : (l, 2) int64
        Nodes of different labels on the two sides.
    length : (l,) int64
        How many pixel sides each row of `touching` stands for; rows of the same nodes add up.
    """

    same: NDArray[np.int64]
    touching: NDArray[np.int64]
    length: NDArray[np.int64]


def join_graphs(graphs: Sequence[RegionGraph], seams: Sequence[Seam]) -> tuple[RegionGraph, NDArray[np.int32]]:
    """Make one graph of the graphs of separate parts of a raster.

    The outcome is that of the whole raster: it does not depend on the parts or on their order.

    Parameters
    ----------
    graphs : sequence of RegionGraph
        At least one. Together they hold n nodes, counted through in this order from 0.
    seams : sequence of Seam

    Returns
    -------
    graph : RegionGraph
    node : (n,) int32
        The node of `graph` that each node of the parts went to.
    """
    first = np.concatenate([graph.first for graph in graphs])
    order = np.argsort(first, kind="stable")  # finds the sorted parts and merges them
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    parent = np.arange(len(order), dtype=np.int32)
    for seam in seams:
        _unite_all(parent, rank, seam.same)
    n = number_sets(parent)
    node = parent[rank]

    joined = RegionGraph(
        np.empty(n, np.int32),
        np.zeros(n, np.int64),
        np.full(n, np.iinfo(np.int64).max),
        *sum_pairs(*_borders(graphs, seams, node), n),
        np.zeros(n, np.bool_),
    )
    begin = 0
    for graph in graphs:
        end = begin + len(graph)
        _add_nodes(node[begin:end], graph.label, graph.area, graph.first, joined.label, joined.area, joined.first)
        joined.is_grown[node[begin:end]] |= graph.is_grown
        begin = end
    return joined, node


def _borders(
    graphs: Sequence[RegionGraph], seams: Sequence[Seam], node: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """List all borders, within the parts and across the seams, as (joined node, joined node, length)."""
    n_entries = sum(len(graph.pairs) for graph in graphs) + sum(len(seam.touching) for seam in seams)
    ends, length = np.empty((2, n_entries), np.int32), np.empty(n_entries, np.int64)
    begin = first_node = 0
    for graph in graphs:
        end = begin + len(graph.pairs)
        ends[:, begin:end] = node[first_node : first_node + len(graph)][graph.pairs.T]
        length[begin:end] = graph.border
        begin, first_node = end, first_node + len(graph)
    for seam in seams:
        end = begin + len(seam.touching)
        ends[:, begin:end] = node[seam.touching.T]
        length[begin:end] = seam.length
        begin = end
    return ends[0], ends[1], length


@njit(cache=True, nogil=True)
def _unite_all(parent: np.ndarray, rank: np.ndarray, same: np.ndarray) -> None:
    for k in range(len(same)):
        unite(parent, rank[same[k, 0]], rank[same[k, 1]])


@njit(cache=True, nogil=True)
def _add_nodes(
    node: np.ndarray,
    label: np.ndarray,
    area: np.ndarray,
    first: np.ndarray,
    joined_label: np.ndarray,
    joined_area: np.ndarray,
    joined_first: np.ndarray,
) -> None:
    for k in range(len(node)):
        joined_label[node[k]] = label[k]
        joined_area[node[k]] += area[k]
        joined_first[node[k]] = min(joined_first[node[k]], first[k])
