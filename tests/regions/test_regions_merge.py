import copy

import numpy as np
import pytest
from region_twins import WEIGHTS, random_graph, slow_cost, slow_merge

from fallow.labels import MergeTree
from fallow.regions.graph import N_CUES, RegionGraph
from fallow.regions.merge import merge_all
from fallow.regions.tally import N_BINS


def merged(graph, weights=WEIGHTS):
    return merge_all(graph, weights.strength(graph.cues), weights)


def without(graph, is_gone):
    """Take borders out of a graph."""
    keep = ~is_gone
    return RegionGraph(graph.area, graph.sums, graph.edge, graph.pairs[keep], graph.length[keep], graph.cues[keep])


@pytest.mark.parametrize(
    ("seed", "shape", "n_features"), [(0, (4, 5), 3), (1, (5, 6), 0), (2, (1, 9), 3), (3, (6, 6), 2)]
)
def test_merges_are_those_of_a_look_at_every_border(seed, shape, n_features):
    graph = random_graph(np.random.default_rng(seed), *shape, n_features=n_features)
    merges, heights = merged(graph)
    expected = slow_merge(graph, WEIGHTS.strength(graph.cues), WEIGHTS)
    assert merges.tolist() == expected[0]
    np.testing.assert_allclose(heights, expected[1], rtol=1e-3)


def test_the_first_merge_is_the_cheapest_border_and_costs_what_it_costs():
    graph = random_graph(np.random.default_rng(4), 12, 15)
    strength = WEIGHTS.strength(graph.cues)
    means = graph.sums / graph.area[:, None].astype(np.float32)
    perimeter = graph.edge + np.bincount(graph.pairs.ravel(), graph.length.repeat(2), len(graph))
    borders = zip(graph.pairs.tolist(), graph.length, strength, strict=True)
    costs = [slow_cost(*pair, length, s, graph.area, perimeter, means, WEIGHTS) for pair, length, s in borders]
    merges, heights = merged(graph)
    assert merges[0].tolist() == graph.pairs[np.argmin(costs)].tolist()
    assert heights[0] == pytest.approx(min(costs), rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_merges_make_one_tree_of_what_is_connected(seed):
    graph = random_graph(np.random.default_rng(seed), 11, 13)
    merges, heights = merged(graph)
    assert len(merges) == len(heights) == len(graph) - 1
    tree = MergeTree.from_merges(graph.area, merges, heights)
    assert tree.n_roots == 1
    assert (heights >= 0).all()


def test_what_does_not_touch_is_never_merged():
    graph = random_graph(np.random.default_rng(5), 8, 10)
    is_left = graph.pairs % 10 < 4
    graph = without(graph, is_left[:, 0] != is_left[:, 1])
    merges, heights = merged(graph)
    tree = MergeTree.from_merges(graph.area, merges, heights)
    assert tree.n_roots == 2
    regions = tree.cut_into(2)
    np.testing.assert_array_equal(regions == regions[0], np.arange(80) % 10 < 4)


def test_ties_go_to_the_border_that_comes_first():
    """Six superpixels in a row, all alike."""
    pairs = np.stack((np.arange(5), np.arange(1, 6)), 1)
    sums, cues = np.ones((6, N_BINS), np.float32), np.full((5, N_CUES), 0.5, np.float32)
    graph = RegionGraph(np.full(6, 4), sums, np.array([3, 2, 2, 2, 2, 3]), pairs, np.ones(5, np.int64), cues)
    assert merged(graph)[0][0].tolist() == [0, 1]


def test_a_weak_border_is_merged_before_a_strong_one():
    area, edge, length = np.full(3, 100), np.full(3, 4), np.full(2, 4)
    cues = np.repeat([[0.9], [0.1]], N_CUES, axis=1).astype(np.float32)
    graph = RegionGraph(area, np.zeros((3, N_BINS), np.float32), edge, np.array([[0, 1], [1, 2]]), length, cues)
    merges, heights = merged(graph)
    assert merges.tolist() == [[1, 2], [0, 3]]
    assert heights[0] < heights[1]


def test_the_graph_stays_as_it_is():
    graph = random_graph(np.random.default_rng(7), 6, 7)
    before = copy.deepcopy(graph)
    merged(graph)
    for name in ("area", "sums", "edge", "pairs", "length", "cues"):
        np.testing.assert_array_equal(getattr(graph, name), getattr(before, name))


def test_the_same_graph_gives_the_same_bytes():
    graph = random_graph(np.random.default_rng(8), 9, 9)
    assert [each.tobytes() for each in merged(graph)] == [each.tobytes() for each in merged(graph)]


@pytest.mark.parametrize("n", [0, 1, 4])
def test_without_borders_nothing_is_merged(n):
    none = np.empty((0, 2), np.int64), np.empty(0, np.int64), np.empty((0, N_CUES), np.float32)
    graph = RegionGraph(np.full(n, 9), np.ones((n, N_BINS), np.float32), np.full(n, 4), *none)
    merges, heights = merged(graph)
    assert (merges.shape, heights.shape) == ((0, 2), (0,))
