"""Merging inside a block, before its graph leaves it."""

import numpy as np
import pytest
from region_twins import WEIGHTS, random_graph, random_labels

from fallow.regions.coarsen import coarsen
from fallow.regions.graph import SIDES, BlockGraph, Rim
from fallow.regions.merge import merge_all


def block(seed=0, rows=30, cols=36, cell=3, void=0.1):
    """Random superpixels and a graph of them, with rims."""
    random = np.random.default_rng(seed)
    labels = random_labels(random, rows, cols, cell=cell, void=void)
    n = int(labels.max()) + 1
    pairs, length = np.unique(
        np.concatenate(
            [
                np.sort(np.stack((one[touch], other[touch]), 1), axis=1)
                for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1]))
                for touch in [(one != other) & (one >= 0) & (other >= 0)]
            ]
        ),
        axis=0,
        return_counts=True,
    )
    like = random_graph(random, 3, 3)
    n_values, n_cues = like.sums.shape[1], like.cues.shape[1]
    area = np.bincount(labels[labels >= 0], minlength=n).astype(np.int64) * 4
    sums = (random.random((n, n_values)) * area[:, None]).astype(np.float32)
    cues = random.random((len(pairs), n_cues)).astype(np.float32)
    void_sides = np.pad(labels < 0, 1, constant_values=True)
    sides = void_sides[:-2, 1:-1] + 0 + void_sides[2:, 1:-1] + void_sides[1:-1, :-2] + void_sides[1:-1, 2:]
    edge = np.bincount(labels[labels >= 0], sides[labels >= 0], n).astype(np.int64)
    edges = {"top": labels[0], "bottom": labels[-1], "left": labels[:, 0], "right": labels[:, -1]}
    rims = {side: Rim(edges[side].copy(), np.zeros((len(edges[side]), n_cues), np.float32)) for side in SIDES}
    return labels, BlockGraph(area, sums, edge, pairs.astype(np.int64), length.astype(np.int64), cues, rims)


def middling(graph):
    """A cost at which about half of the merges are done."""
    _, heights = merge_all(graph, WEIGHTS.strength(graph.cues), WEIGHTS)
    return float(np.median(heights))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_summed_stays_the_same(seed):
    labels, graph = block(seed)
    coarse_labels, coarse = coarsen(labels, graph, WEIGHTS, middling(graph))
    assert len(coarse) < len(graph)
    assert coarse.area.sum() == graph.area.sum()
    assert coarse.edge.sum() == graph.edge.sum()
    np.testing.assert_allclose(coarse.sums.sum(axis=0), graph.sums.sum(axis=0), rtol=1e-5)
    inside = coarse_labels >= 0
    np.testing.assert_array_equal(inside, labels >= 0)
    np.testing.assert_array_equal(np.bincount(coarse_labels[inside]) * 4, coarse.area)


@pytest.mark.parametrize("seed", range(4))
def test_borders_that_are_left_are_those_of_the_labels(seed):
    labels, graph = block(seed)
    coarse_labels, coarse = coarsen(labels, graph, WEIGHTS, middling(graph))
    counted = {}
    for one, other in ((coarse_labels[1:], coarse_labels[:-1]), (coarse_labels[:, 1:], coarse_labels[:, :-1])):
        touch = (one != other) & (one >= 0) & (other >= 0)
        for pair in zip(one[touch].tolist(), other[touch].tolist(), strict=True):
            counted[tuple(sorted(pair))] = counted.get(tuple(sorted(pair)), 0) + 1
    assert dict(zip(map(tuple, coarse.pairs.tolist()), coarse.length.tolist(), strict=True)) == counted
    assert coarse.pairs.tolist() == sorted(coarse.pairs.tolist())


def test_cues_are_means_by_length():
    labels, graph = block(7)
    coarse_labels, coarse = coarsen(labels, graph, WEIGHTS, middling(graph))
    node = np.zeros(len(graph), int)
    node[labels[labels >= 0]] = coarse_labels[labels >= 0]
    for pair, cues in zip(coarse.pairs, coarse.cues, strict=True):
        same = (np.sort(node[graph.pairs], axis=1) == pair).all(axis=1)
        np.testing.assert_allclose(cues, np.average(graph.cues[same], axis=0, weights=graph.length[same]), rtol=1e-4)


def test_superpixels_at_a_seam_stay_as_they_are():
    labels, graph = block(3)
    coarse_labels, coarse = coarsen(labels, graph, WEIGHTS, np.inf, ("top", "right"))
    for edge in (np.s_[0, :], np.s_[:, -1]):
        for label in set(labels[edge].tolist()) - {-1}:
            [number] = np.unique(coarse_labels[labels == label])
            np.testing.assert_array_equal(coarse_labels == number, labels == label)
    np.testing.assert_array_equal(coarse.rims["top"].label, coarse_labels[0])
    np.testing.assert_array_equal(coarse.rims["left"].label, coarse_labels[:, 0])


def test_without_seams_and_limit_what_hangs_together_is_one():
    labels, graph = block(5, void=0)
    coarse_labels, coarse = coarsen(labels, graph, WEIGHTS, np.inf, ())
    assert len(coarse) == 1
    assert len(coarse.pairs) == 0
    assert (coarse_labels == 0).all()


def test_below_every_cost_nothing_happens():
    labels, graph = block(6)
    same_labels, same = coarsen(labels, graph, WEIGHTS, -1.0)
    assert same is graph
    assert same_labels is labels


def test_merges_are_the_cheap_ones_of_the_whole_where_there_is_no_seam():
    labels, graph = block(8)
    limit = middling(graph)
    _, heights = merge_all(graph, WEIGHTS.strength(graph.cues), WEIGHTS)
    n_before = int(np.argmax(heights > limit)) if (heights > limit).any() else len(heights)
    _, coarse = coarsen(labels, graph, WEIGHTS, limit, ())
    assert len(coarse) == len(graph) - n_before
