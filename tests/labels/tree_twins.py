"""Slow and obvious versions of merge trees, and random ones to compare them on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from fallow.labels import MergeTree

Leaves = frozenset[int]


class Merges(NamedTuple):
    """What `MergeTree.from_merges` takes."""

    area: list[int]
    merges: list[list[int]]
    heights: list[float]


class Node(NamedTuple):
    """One merge: all leaves below it, those of its two sides, and the height it is raised to."""

    leaves: Leaves
    sides: tuple[Leaves, Leaves]
    height: float


@st.composite
def merge_lists(draw: st.DrawFn, max_leaves: int = 9, min_leaves: int = 0) -> Merges:
    """Draw forests whose heights are often equal and often below those of their children."""
    area = draw(st.lists(st.integers(1, 6), min_size=min_leaves, max_size=max_leaves))
    roots, merges = list(range(len(area))), []
    for merge in range(draw(st.integers(0, max(0, len(area) - 1)))):
        pair = [roots.pop(draw(st.integers(0, len(roots) - 1))) for _ in range(2)]
        roots.append(len(area) + merge)
        merges.append(pair)
    heights = [draw(st.integers(0, 8)) / 8 for _ in merges]
    return Merges(area, merges, heights)


def merge_trees(max_leaves: int = 9, min_leaves: int = 0) -> st.SearchStrategy[MergeTree]:
    """Draw trees."""
    return merge_lists(max_leaves, min_leaves).map(lambda drawn: MergeTree.from_merges(*drawn))


def slow_nodes(area: Iterable[int], merges: Iterable[Iterable[int]], heights: Iterable[float]) -> list[Node]:
    """Follow the merges one by one with sets of leaves."""
    below = [frozenset([leaf]) for leaf, _ in enumerate(area)]
    nodes: list[Node] = []
    n_leaves = len(below)
    for (one, other), height in zip(merges, heights, strict=True):
        children = [nodes[child - n_leaves].height for child in (one, other) if child >= n_leaves]
        nodes.append(Node(below[one] | below[other], (below[one], below[other]), max([height, *children])))
        below.append(nodes[-1].leaves)
    return nodes


def nodes_of(tree: MergeTree) -> list[Node]:
    """List the merges of a tree, lowest first."""
    return slow_nodes(tree.area.tolist(), tree.merges.tolist(), tree.heights.tolist())


def slow_regions(n_leaves: int, kept: Iterable[Leaves]) -> list[int]:
    """Give the leaves of each largest set one number, from 1 in the order of first leaves."""
    regions: list[int] = []
    numbers: dict[Leaves, int] = {}
    sets = list(kept)
    for leaf in range(n_leaves):
        mine = max((each for each in sets if leaf in each), key=len, default=frozenset([leaf]))
        regions.append(numbers.setdefault(mine, len(numbers) + 1))
    return regions


def small_nodes(tree: MergeTree, min_area: int) -> list[Leaves]:
    """List the merges of which one side has fewer pixels than `min_area`."""
    return [
        node.leaves
        for node in nodes_of(tree)
        if min(sum(int(tree.area[leaf]) for leaf in side) for side in node.sides) < min_area
    ]


def slow_meeting_height(tree: MergeTree, one: int, other: int) -> float:
    """Return the lowest merge that holds both leaves."""
    if one == other:
        return 0.0
    return min((node.height for node in nodes_of(tree) if {one, other} <= node.leaves), default=np.inf)


def is_union_of(coarse: np.ndarray, fine: np.ndarray) -> bool:
    """Say whether each region of `coarse` is made of whole regions of `fine`."""
    return len(set(zip(fine.tolist(), coarse.tolist(), strict=True))) == len(set(fine.tolist()))


def random_merges(n_leaves: int, seed: int, *, is_chain: bool = False) -> Merges:
    """Make a large tree: a chain, which is as deep as can be, or one of random pairs."""
    random = np.random.default_rng(seed)
    area = random.integers(1, 300, n_leaves)
    made = n_leaves + np.arange(n_leaves - 1)
    if is_chain:
        merges = np.stack([np.r_[0, made[:-1]], np.arange(1, n_leaves)], axis=1)
    else:
        # What is merged goes to the end of a queue, so that all pairs are of about one size, in a random order.
        queue = np.r_[random.permutation(n_leaves), made]
        merges = queue[: 2 * (n_leaves - 1)].reshape(-1, 2)
    return Merges(area, merges, np.sort(random.random(n_leaves - 1)))
