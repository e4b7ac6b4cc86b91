import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_twins import merge_lists, slow_nodes, slow_regions

from fallow.errors import InputError
from fallow.labels.merges import (
    as_areas,
    as_heights,
    as_merges,
    label_regions,
    raise_heights,
    renumber,
    spread_down,
    sum_areas,
)


def checked(drawn):
    """Return what the kernels take: areas, merges, heights."""
    return as_areas(drawn.area), as_merges(drawn.merges, len(drawn.area)), as_heights(drawn.heights, len(drawn.merges))


def chosen(data, merges):
    return np.array(data.draw(st.lists(st.booleans(), min_size=len(merges), max_size=len(merges))), np.bool_)


# ---------------------------------------------------------------------- kernels and their twins
@settings(deadline=None)
@given(merge_lists())
def test_heights_are_raised_to_the_highest_below(drawn):
    area, merges, heights = checked(drawn)
    assert raise_heights(merges, heights, len(area)).tolist() == [node.height for node in slow_nodes(*drawn)]


@settings(deadline=None)
@given(merge_lists())
def test_the_area_of_a_node_is_that_of_its_leaves(drawn):
    area, merges, _ = checked(drawn)
    nodes = [area[list(node.leaves)].sum() for node in slow_nodes(*drawn)]
    assert sum_areas(area, merges).tolist() == [*drawn.area, *nodes]


@settings(deadline=None)
@given(merge_lists())
def test_merges_in_another_order_make_the_same_nodes(drawn):
    area, merges, heights = checked(drawn)
    order = np.argsort(raise_heights(merges, heights, len(area)), kind="stable")
    before = slow_nodes(*drawn)
    after = slow_nodes(drawn.area, renumber(merges, order, len(area)).tolist(), heights[order])
    assert [(node.leaves, node.sides) for node in after] == [(before[k].leaves, before[k].sides) for k in order]


@settings(deadline=None)
@given(merge_lists(), st.data())
def test_what_is_below_something_kept_is_kept(drawn, data):
    area, merges, _ = checked(drawn)
    keep = chosen(data, merges)
    sets = [node.leaves for node in slow_nodes(*drawn)]
    kept = [each for each, is_kept in zip(sets, keep, strict=True) if is_kept]
    assert spread_down(merges, keep, len(area)).tolist() == [any(each <= one for one in kept) for each in sets]


@settings(deadline=None)
@given(merge_lists(), st.data())
def test_leaves_are_numbered_by_the_highest_node_that_is_kept(drawn, data):
    area, merges, _ = checked(drawn)
    keep = chosen(data, merges)
    kept = [node.leaves for node, is_kept in zip(slow_nodes(*drawn), keep, strict=True) if is_kept]
    regions = label_regions(merges, keep, len(area))
    assert regions.tolist() == slow_regions(len(area), kept)
    assert regions.tolist() == label_regions(merges, spread_down(merges, keep, len(area)), len(area)).tolist()


# ---------------------------------------------------------------------- at the door
def test_all_integers_are_good():
    for dtype in (np.uint8, np.int32, np.uint64):
        assert as_areas(np.array([3, 1], dtype)).dtype == np.int64
        assert as_merges(np.array([[0, 1]], dtype), 2).dtype == np.int64
        assert as_heights(np.array([3], dtype), 1).dtype == np.float64


def test_nothing_is_a_forest():
    assert as_areas([]).shape == (0,)
    assert as_merges([], 0).shape == as_merges(np.empty((0, 2)), 3).shape == (0, 2)
    assert as_heights([], 0).shape == (0,)


@pytest.mark.parametrize(
    ("area", "told"),
    [
        ([1.5], r"integers \(n,\), got float64 of shape \(1,\)"),
        ([[1]], r"integers \(n,\), got int64 of shape \(1, 1\)"),
        ([2, 0], r"at least 1 pixel and 2\*\*62 together, got 0\.\.2"),
        ([2**62, 2**62], r"at least 1 pixel and 2\*\*62 together"),
    ],
)
def test_areas_are_numbers_of_pixels(area, told):
    with pytest.raises(InputError, match=told):
        as_areas(area)


def test_more_leaves_than_32_bits_can_number_are_refused(monkeypatch):
    monkeypatch.setattr("fallow.labels.merges.MAX_LEAVES", 2)
    with pytest.raises(InputError, match="at most 2 leaves, got 3"):
        as_areas([1, 1, 1])


@pytest.mark.parametrize(
    ("merges", "told"),
    [
        ([[0.0, 1.0]], r"merges must be integers \(m, 2\), got float64 of shape \(1, 2\)"),
        ([[0, 1, 2]], r"merges must be integers \(m, 2\), got int64 of shape \(1, 3\)"),
        ([[0, 1], [2, 3], [4, 5]], "3 leaves allow at most 2 merges, got 3"),
        ([[0, 3]], r"merge 0 must join two nodes of 0\.\.2 that no merge before it has joined, got \[0, 3\]"),
        ([[0, -1]], r"merge 0 must join two nodes of 0\.\.2 .*, got \[0, -1\]"),
        ([[1, 1]], r"merge 0 .*, got \[1, 1\]"),
        ([[0, 1], [1, 2]], r"merge 1 must join two nodes of 0\.\.3 .*, got \[1, 2\]"),
        ([[0, 1], [2, 4]], r"merge 1 .*, got \[2, 4\]"),
    ],
)
def test_merges_make_a_forest(merges, told):
    with pytest.raises(InputError, match=told):
        as_merges(merges, 3)


@pytest.mark.parametrize(
    ("heights", "told"),
    [
        ([0.1], r"heights must be 2 numbers, one a merge, got float64 of shape \(1,\)"),
        (["a", "b"], r"heights must be 2 numbers, one a merge, got <U1 of shape \(2,\)"),
        ([0.1, -0.5], r"heights must be finite and at least 0, got -0\.5"),
        ([np.nan, 0.1], "heights must be finite and at least 0, got nan"),
        ([np.inf, 0.1], "heights must be finite and at least 0, got inf"),
    ],
)
def test_heights_are_one_a_merge(heights, told):
    with pytest.raises(InputError, match=told):
        as_heights(heights, 2)
