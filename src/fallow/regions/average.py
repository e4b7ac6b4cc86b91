"""Several merge trees of one graph, averaged: what only one set of weights would part or join counts less."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.labels.tree import MergeTree
from fallow.regions.cost import CostWeights
from fallow.regions.graph import RegionGraph
from fallow.regions.merge import merge_all

JITTER = 0.2  # deviation of the logarithm of each weight
SHAKEN = ("contours", "base", "jumps", "chi_square", "earth_mover", "network", "area_power", "containment_power")


def average_trees(graph: RegionGraph, weights: CostWeights, n_trees: int) -> MergeTree:
    """Merge a graph several times, with weights shaken a little, and once more by the mean height of each border.

    Parameters
    ----------
    graph : RegionGraph
    weights : CostWeights
        The first tree has them as they are; the others have each of `SHAKEN` times a factor near 1, the same for
        every image.
    n_trees : int
        At least 1; one is the plain tree.

    Notes
    -----
    The last tree merges the pair whose border has the least mean height over the trees (average linkage by length).
    Time: that of ``n_trees + 1`` merges. An ensemble of ultrametrics; compare Strehl, Ghosh 2002,
    https://www.jmlr.org/papers/v3/strehl02a.html.
    """
    tree = merge_tree(graph, weights)
    if n_trees == 1:
        return tree
    random = np.random.default_rng(0)
    total = tree.heights_between(graph.pairs)
    for _ in range(n_trees - 1):
        total += merge_tree(graph, shake(weights, random)).heights_between(graph.pairs)
    none = (0.0,) * len(weights.chi_square)
    height_alone = replace(
        weights, chi_square=none, earth_mover=none, network=0.0, geometric=0.0, area_power=0.0, containment_power=0.0
    )
    return merge_tree(graph, height_alone, total / n_trees)


def merge_tree(graph: RegionGraph, weights: CostWeights, strength: NDArray[np.float64] | None = None) -> MergeTree:
    """Merge a graph to the end, by the strength its borders have or by the one given."""
    merges, heights = merge_all(graph, weights.strength(graph.cues) if strength is None else strength, weights)
    return MergeTree.from_merges(graph.area, merges, heights)


def shake(weights: CostWeights, random: np.random.Generator) -> CostWeights:
    """Return the weights, those of `SHAKEN` times a random factor each."""
    shaken: dict[str, Any] = {}
    for field in fields(weights):
        if field.name in SHAKEN:
            value = getattr(weights, field.name)
            each = np.atleast_1d(value) * np.exp(random.normal(0, JITTER, np.size(value)))
            shaken[field.name] = tuple(each.tolist()) if isinstance(value, tuple) else float(each[0])
    return replace(weights, **shaken)
