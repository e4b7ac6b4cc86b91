import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_twins import (
    is_union_of,
    merge_lists,
    merge_trees,
    nodes_of,
    random_merges,
    slow_meeting_height,
    slow_nodes,
    slow_regions,
    small_nodes,
)

from fallow.archive import read_archive, write_archive
from fallow.errors import InputError
from fallow.labels import MergeTree

HEIGHTS = st.integers(-1, 10).map(lambda eighths: eighths / 8)
AREAS = st.integers(0, 12)
THREE = MergeTree.from_merges([5, 1, 4], [[0, 1], [2, 3]], [0.2, 0.7])


# ---------------------------------------------------------------------- making one
@settings(deadline=None)
@given(merge_lists())
def test_a_tree_holds_the_merges_it_is_made_of_sorted_by_their_raised_heights(drawn):
    tree = MergeTree.from_merges(*drawn)
    expected = sorted(slow_nodes(*drawn), key=lambda node: node.height)  # stable: equal ones as they came
    assert [node.leaves for node in nodes_of(tree)] == [node.leaves for node in expected]
    assert tree.heights.tolist() == [node.height for node in expected]
    assert tree.n_leaves == len(drawn.area)
    assert tree.n_roots == len(drawn.area) - len(drawn.merges)
    leaves = [frozenset([leaf]) for leaf in range(tree.n_leaves)] + [node.leaves for node in expected]
    assert tree.node_area.tolist() == [sum(drawn.area[leaf] for leaf in each) for each in leaves]


def test_a_parent_is_never_below_its_children():
    tree = MergeTree.from_merges([1, 1, 1], [[0, 1], [3, 2]], [0.9, 0.1])
    assert tree.heights.tolist() == [0.9, 0.9]


def test_what_is_given_is_not_changed():
    area, merges, heights = np.array([5, 1, 4]), np.array([[0, 1], [2, 3]]), np.array([0.7, 0.2])
    MergeTree.from_merges(area, merges, heights)
    assert (area.tolist(), merges.tolist(), heights.tolist()) == ([5, 1, 4], [[0, 1], [2, 3]], [0.7, 0.2])


# ---------------------------------------------------------------------- cuts
@settings(deadline=None)
@given(merge_trees(), HEIGHTS, AREAS)
def test_a_cut_does_the_merges_up_to_a_height_and_those_of_small_regions(tree, height, min_area):
    kept = [node.leaves for node in nodes_of(tree) if node.height <= height] + small_nodes(tree, min_area)
    regions = tree.cut(height, min_area=min_area)
    assert regions.dtype == np.int32
    assert regions.tolist() == slow_regions(tree.n_leaves, kept)


@settings(deadline=None)
@given(merge_trees(min_leaves=1), AREAS)
def test_no_region_below_the_mapping_unit_is_left_but_whole_roots(tree, min_area):
    regions = tree.cut(0.0, min_area=min_area)
    whole = tree.cut(np.inf)
    for region in range(1, regions.max() + 1):
        leaves = np.flatnonzero(regions == region)
        is_root = np.array_equal(leaves, np.flatnonzero(whole == whole[leaves[0]]))
        assert is_root or tree.area[leaves].sum() >= min_area


@settings(deadline=None)
@given(merge_trees(min_leaves=1), st.integers(1, 12))
def test_exactly_so_many_regions_are_left(tree, n_regions):
    assert tree.cut_into(n_regions).max() == min(max(n_regions, tree.n_roots), tree.n_leaves)


@settings(deadline=None)
@given(merge_trees(min_leaves=1), st.integers(1, 12), AREAS)
def test_so_many_regions_are_what_undoing_the_topmost_merges_leaves(tree, n_regions, min_area):
    small = small_nodes(tree, min_area)
    needed = [any(node.leaves <= each for each in small) for node in nodes_of(tree)]
    optional = [node.leaves for node, is_needed in zip(nodes_of(tree), needed, strict=True) if not is_needed]
    n_undone = max(n_regions - tree.n_roots, 0)
    kept = small + optional[: max(len(optional) - n_undone, 0)]
    assert tree.cut_into(n_regions, min_area=min_area).tolist() == slow_regions(tree.n_leaves, kept)


@settings(deadline=None)
@given(merge_trees(), st.data())
def test_nodes_can_be_chosen_one_by_one(tree, data):
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(tree.merges), max_size=len(tree.merges))), np.bool_)
    kept = [node.leaves for node, is_kept in zip(nodes_of(tree), keep, strict=True) if is_kept]
    assert tree.cut_nodes(keep).tolist() == slow_regions(tree.n_leaves, kept)


@settings(deadline=None)
@given(merge_trees(), HEIGHTS, HEIGHTS, AREAS, AREAS)
def test_cuts_nest(tree, one_height, other_height, one_area, other_area):
    low, high = sorted((one_height, other_height))
    small, large = sorted((one_area, other_area))
    assert is_union_of(tree.cut(high, min_area=large), tree.cut(low, min_area=small))


@settings(deadline=None)
@given(merge_trees(), st.integers(1, 12), st.integers(1, 12), AREAS)
def test_numbers_of_regions_nest(tree, one, other, min_area):
    few, many = sorted((one, other))
    assert is_union_of(tree.cut_into(few, min_area=min_area), tree.cut_into(many, min_area=min_area))


def test_of_equal_merges_the_later_is_undone_first():
    tree = MergeTree.from_merges([1] * 4, [[2, 3], [0, 1], [4, 5]], [0.5, 0.5, 0.5])
    assert tree.cut_into(3).tolist() == [1, 2, 3, 3]
    assert tree.cut(0.5).tolist() == [1, 1, 1, 1]


def test_holes_leave_several_roots_that_no_cut_joins():
    tree = MergeTree.from_merges([3, 1, 2], [[0, 2]], [0.5])
    assert tree.cut(np.inf, min_area=100).tolist() == [1, 2, 1]
    assert tree.cut_into(1).tolist() == [1, 2, 1]


def test_a_tree_without_merges_or_leaves_has_cuts_as_well():
    assert MergeTree.from_merges([7], [], []).cut(1.0, min_area=9).tolist() == [1]
    empty = MergeTree.from_merges([], [], [])
    assert (empty.n_leaves, empty.n_roots, empty.cut(1.0).tolist(), empty.cut_into(3).tolist()) == (0, 0, [], [])


# ---------------------------------------------------------------------- heights and numbers
@settings(deadline=None)
@given(merge_trees(min_leaves=1), st.integers(1, 12))
def test_the_height_of_a_number_is_the_least_that_leaves_no_more(tree, n_regions):
    allowed = max(n_regions, tree.n_roots)
    expected = min(height for height in [0.0, *tree.heights.tolist()] if tree.cut(height).max() <= allowed)
    assert tree.height_of(n_regions) == expected


@settings(deadline=None)
@given(merge_trees(min_leaves=1))
def test_the_height_between_leaves_is_that_of_the_lowest_merge_that_holds_both(tree):
    pairs = np.array(list(np.ndindex(tree.n_leaves, tree.n_leaves)))
    expected = [slow_meeting_height(tree, *pair) for pair in pairs.tolist()]
    assert tree.heights_between(pairs).tolist() == expected


@settings(deadline=None)
@given(merge_trees(min_leaves=1), HEIGHTS)
def test_leaves_are_one_region_from_the_height_between_them(tree, height):
    pairs = np.array(list(np.ndindex(tree.n_leaves, tree.n_leaves)))
    regions = tree.cut(height)
    is_one = regions[pairs[:, 0]] == regions[pairs[:, 1]]
    is_different_leaf = pairs[:, 0] != pairs[:, 1]
    np.testing.assert_array_equal(is_one[is_different_leaf], (tree.heights_between(pairs) <= height)[is_different_leaf])


def test_no_pairs_have_no_heights():
    assert THREE.heights_between([]).shape == THREE.heights_between(np.empty((0, 2), np.int64)).shape == (0,)


# ---------------------------------------------------------------------- saved
@settings(deadline=None)
@given(merge_trees())
def test_a_state_makes_the_same_tree(tree):
    again = MergeTree.from_state(tree.to_state())
    for name in ("area", "merges", "heights"):
        np.testing.assert_array_equal(getattr(again, name), getattr(tree, name))
        assert getattr(again, name).dtype == getattr(tree, name).dtype


def test_a_tree_survives_a_file(tmp_path):
    write_archive(tmp_path / "tree.fallow", THREE.to_state(), kind="tree")
    again = MergeTree.from_state(read_archive(tmp_path / "tree.fallow", kind="tree"))
    assert again.cut(0.5).tolist() == THREE.cut(0.5).tolist()


@pytest.mark.parametrize("name", ["area", "merges", "heights"])
def test_a_state_that_lacks_something_is_damaged(name):
    state = THREE.to_state()
    del state[name]
    with pytest.raises(InputError, match=f"the saved merge tree is damaged: it has no {name}"):
        MergeTree.from_state(state)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"heights": np.array([0.7, 0.2])}, "damaged: its heights do not ascend"),
        ({"heights": np.array([0.7])}, "heights must be 2 numbers, one a merge"),
        ({"merges": np.array([[0, 1], [0, 3]])}, r"merge 1 must join two nodes of 0\.\.3 .*, got \[0, 3\]"),
        ({"area": np.array([5, 0, 4])}, "areas of leaves must be at least 1 pixel"),
    ],
)
def test_a_state_that_is_no_tree_is_refused(change, told):
    with pytest.raises(InputError, match=told):
        MergeTree.from_state(THREE.to_state() | change)


# ---------------------------------------------------------------------- what cannot be right
@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: THREE.cut(np.nan), "the height of a cut must be a number, got nan"),
        (lambda: THREE.cut(0.5, min_area=-1), "min_area must be at least 0 pixels, got -1"),
        (lambda: THREE.cut_into(0), "n_regions must be at least 1, got 0"),
        (lambda: THREE.cut_into(1, min_area=-2), "min_area must be at least 0 pixels, got -2"),
        (lambda: THREE.height_of(0), "n_regions must be at least 1, got 0"),
        (lambda: THREE.cut_nodes([True]), r"keep must be 2 booleans, got bool of shape \(1,\)"),
        (lambda: THREE.cut_nodes([1, 0]), r"keep must be 2 booleans, got int64 of shape \(2,\)"),
        (lambda: THREE.heights_between([[0, 3]]), r"pairs must be leaves 0\.\.2, got 0\.\.3"),
        (lambda: THREE.heights_between([[-1, 0]]), r"pairs must be leaves 0\.\.2, got -1\.\.0"),
    ],
)
def test_what_cannot_be_right_is_refused(ask, told):
    with pytest.raises(InputError, match=told):
        ask()


# ---------------------------------------------------------------------- speed
@pytest.mark.parametrize("is_chain", [False, True])
def test_a_cut_of_a_hundred_thousand_nodes_takes_less_than_50_ms(is_chain):
    tree = MergeTree.from_merges(*random_merges(50_000, 0, is_chain=is_chain))
    cuts = (lambda: tree.cut(0.5), lambda: tree.cut(0.5, min_area=500), lambda: tree.cut_into(100))
    for cut in cuts:
        cut()  # compiles, and sums the areas of nodes
        assert min(seconds(cut) for _ in range(5)) < 0.05


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
