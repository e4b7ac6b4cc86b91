import numpy as np
import pytest
from region_twins import WEIGHTS, random_graph

from fallow.regions.average import SHAKEN, average_trees, merge_tree, shake


@pytest.fixture
def graph():
    return random_graph(np.random.default_rng(0), 9, 11)


def test_one_tree_is_the_plain_tree(graph):
    one, plain = average_trees(graph, WEIGHTS, 1), merge_tree(graph, WEIGHTS)
    np.testing.assert_array_equal(one.merges, plain.merges)
    np.testing.assert_array_equal(one.heights, plain.heights)


def test_the_average_is_the_same_every_time_and_holds_every_superpixel(graph):
    first, second = average_trees(graph, WEIGHTS, 4), average_trees(graph, WEIGHTS, 4)
    np.testing.assert_array_equal(first.merges, second.merges)
    np.testing.assert_array_equal(first.heights, second.heights)
    assert first.n_roots == merge_tree(graph, WEIGHTS).n_roots


def test_the_first_merge_is_the_border_of_least_mean_height(graph):
    random = np.random.default_rng(0)
    trees = [merge_tree(graph, WEIGHTS), *(merge_tree(graph, shake(WEIGHTS, random)) for _ in range(3))]
    mean = np.mean([tree.heights_between(graph.pairs) for tree in trees], axis=0)
    average = average_trees(graph, WEIGHTS, 4)
    assert average.heights[0] == pytest.approx(mean.min())
    assert average.merges[0].tolist() in graph.pairs[np.isclose(mean, mean.min())].tolist()


def test_only_what_is_shaken_changes():
    shaken = shake(WEIGHTS, np.random.default_rng(0))
    for name, value in vars(WEIGHTS).items():
        assert (getattr(shaken, name) != value) == (name in SHAKEN and np.any(value))
