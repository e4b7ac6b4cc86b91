"""Merge within a block what will be merged anyway: a graph of fewer nodes, before it leaves its block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fallow.labels.merges import label_regions
from fallow.regions.cost import CostWeights
from fallow.regions.graph import BlockGraph, Rim
from fallow.regions.merge import merge_all


def coarsen(
    labels: NDArray[np.int32], graph: BlockGraph, weights: CostWeights, limit: float
) -> tuple[NDArray[np.int32], BlockGraph]:
    """Merge superpixels of a block, cheapest first, up to a cost.

    Superpixels at the block's rim stay as they are, and so do their borders: what lies beyond may suit them better.

    Parameters
    ----------
    labels : (rows, cols) int32
        Superpixels of the block's cells, from 0; -1 where there is no data.
    graph : BlockGraph
    weights : CostWeights
    limit : float
        Highest cost of a merge.

    Returns
    -------
    labels, graph
        As given, with fewer superpixels, numbered in the order of their first ones.
    """
    n = len(graph)
    is_fixed = np.zeros(n + 1, np.bool_)
    for rim in graph.rims.values():
        is_fixed[rim.label] = True  # no data, -1, marks the entry behind the last
    merges, _ = merge_all(graph, weights.strength(graph.cues), weights, limit=limit, is_fixed=is_fixed[:n])
    if not len(merges):
        return labels, graph
    node = label_regions(merges, np.ones(len(merges), np.bool_), n).astype(np.int64) - 1
    m = int(node.max()) + 1
    ends = np.sort(node[graph.pairs], axis=1)
    is_left = ends[:, 0] != ends[:, 1]
    key, arc = np.unique(ends[is_left, 0] * m + ends[is_left, 1], return_inverse=True)
    length = np.bincount(arc, graph.length[is_left], len(key)).astype(np.int64)
    cues = np.zeros((len(key), graph.cues.shape[1]), np.float32)
    np.add.at(cues, arc, graph.cues[is_left] * graph.length[is_left, None].astype(np.float32))
    cues /= np.maximum(length, 1)[:, None].astype(np.float32)
    sums = np.zeros((m, graph.sums.shape[1]), np.float32)
    np.add.at(sums, node, graph.sums)
    numbers = np.append(node, -1).astype(np.int32)
    rims = {side: Rim(numbers[rim.label], rim.cues) for side, rim in graph.rims.items()}
    coarse = BlockGraph(
        np.bincount(node, graph.area, m).astype(np.int64),
        sums,
        np.bincount(node, graph.edge, m).astype(np.int64),
        np.stack((key // m, key % m), axis=1),
        length,
        cues,
        rims,
    )
    return numbers[labels], coarse
