import numpy as np
import pytest
from hypothesis import given, settings
from tree_twins import merge_trees, nodes_of, random_merges, slow_meeting_height

from fallow.labels import MergeTree
from fallow.labels.ancestors import ancestor_paths, meet, meeting_height, meeting_heights


def below(tree):
    """List the leaves of each node."""
    return [frozenset([leaf]) for leaf in range(tree.n_leaves)] + [node.leaves for node in nodes_of(tree)]


def climb(node, parent):
    """List a node and all above it."""
    above = [node]
    while parent[above[-1]] >= 0:
        above.append(int(parent[above[-1]]))
    return above


@settings(deadline=None)
@given(merge_trees())
def test_parents_are_those_whose_children_are_listed(tree):
    parent, _ = ancestor_paths(tree.merges, tree.node_area)
    expected = np.full(len(tree.node_area), -1)
    for merge, children in enumerate(tree.merges.tolist()):
        expected[children] = tree.n_leaves + merge
    assert parent.tolist() == expected.tolist()
    assert parent.dtype == np.int32


@settings(deadline=None)
@given(merge_trees())
def test_a_path_goes_on_with_the_larger_child_of_equals_with_the_first(tree):
    parent, head = ancestor_paths(tree.merges, tree.node_area)
    for node, above in enumerate(parent.tolist()):
        if above < 0:
            assert head[node] == node
            continue
        one, other = tree.merges[above - tree.n_leaves].tolist()
        heavy = one if tree.node_area[one] >= tree.node_area[other] else other
        assert head[node] == (head[above] if node == heavy else node)


@pytest.mark.parametrize("is_chain", [False, True])
def test_a_leaf_is_at_most_log2_of_the_pixels_many_paths_from_the_root(is_chain):
    tree = MergeTree.from_merges(*random_merges(3000, 1, is_chain=is_chain))
    parent, head = tree.paths
    most = int(np.log2(tree.area.sum()))
    for leaf in range(0, tree.n_leaves, 7):
        n_paths, node = 0, parent[head[leaf]]
        while node >= 0:
            n_paths, node = n_paths + 1, parent[head[node]]
        assert n_paths <= most


@settings(deadline=None)
@given(merge_trees())
def test_two_nodes_meet_in_the_lowest_above_both(tree):
    parent, head = tree.paths
    for one in range(len(parent)):
        for other in range(len(parent)):
            common = [node for node in climb(one, parent) if node in climb(other, parent)]
            assert meet(one, other, parent, head) == (common[0] if common else -1)


@settings(deadline=None)
@given(merge_trees())
def test_leaves_meet_at_the_height_of_the_lowest_merge_that_holds_both(tree):
    pairs = np.array(list(np.ndindex(tree.n_leaves, tree.n_leaves)), np.int64).reshape(-1, 2)
    expected = [slow_meeting_height(tree, *pair) for pair in pairs.tolist()]
    assert meeting_heights(pairs, tree.heights, *tree.paths).tolist() == expected
    assert [meeting_height(*pair, tree.heights, *tree.paths) for pair in pairs.tolist()] == expected


@settings(deadline=None)
@given(merge_trees(min_leaves=1))
def test_the_node_where_leaves_meet_is_the_smallest_that_holds_both(tree):
    parent, head = tree.paths
    sets = below(tree)
    for one in range(tree.n_leaves):
        node = meet(one, 0, parent, head)
        holders = [each for each in sets if {one, 0} <= each]
        assert (sets[node] == min(holders, key=len)) if node >= 0 else not holders


def test_a_chain_as_deep_as_the_tree_is_climbed_at_once():
    tree = MergeTree.from_merges(np.ones(200_000, int), *random_merges(200_000, 0, is_chain=True)[1:])
    assert tree.heights_between([[0, 199_999]])[0] == tree.heights[-1]
