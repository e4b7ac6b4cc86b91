import numpy as np
import pytest

from fallow.errors import InputError
from fallow.labels import MergeTree
from fallow.regions.cost import REFERENCE_AREA
from fallow.regions.scale import GAP, LAST_MERGES, TYPICAL_COUNT, choose_height, find_gap, height_at

EVEN = 1 + 0.02 * np.arange(40)  # heights without a gap


def chain(heights, *, area=None):
    """A tree of one superpixel after the other, together of the reference area unless told otherwise."""
    n = len(heights) + 1
    each = round((area or REFERENCE_AREA) / n)
    below = np.r_[0, n + np.arange(len(heights))][: len(heights)]
    merges = np.stack([below, np.arange(1, n)], 1)
    return MergeTree.from_merges(np.full(n, each), merges, heights)


def h12(tree):
    """The height at which twelve regions a reference area are left, by trying."""
    n = max(2, round(TYPICAL_COUNT * tree.area.sum() / REFERENCE_AREA))
    return min(height for height in tree.heights if tree.cut(height).max() <= n)


def test_the_height_of_a_number_of_regions_leaves_so_many():
    tree = chain(EVEN)
    for n_regions in (1, 2, 12, 40):
        assert tree.cut(height_at(tree, n_regions)).max() == n_regions


@pytest.mark.parametrize("n_regions", [0, 41, 99])
def test_there_is_no_height_for_numbers_there_never_are(n_regions):
    assert height_at(chain(EVEN), n_regions) == 0


@pytest.mark.parametrize("area", [REFERENCE_AREA / 3, REFERENCE_AREA, 2 * REFERENCE_AREA])
def test_the_height_goes_with_the_fourth_root_of_the_pictures_own(area):
    tree = chain(EVEN, area=area)
    expected = 1.4 * (h12(tree) / 1.2) ** 0.25
    assert choose_height(tree, threshold=1.4, typical=1.2) == pytest.approx(expected)


def test_a_typical_picture_is_cut_at_the_threshold():
    tree = chain(EVEN)
    assert choose_height(tree, threshold=1.5, typical=height_at(tree, TYPICAL_COUNT)) == pytest.approx(1.5)


@pytest.mark.parametrize("scale", [0.5, 2, 3.0])
def test_a_scale_is_times_the_height(scale):
    tree = chain(EVEN)
    once = choose_height(tree, threshold=1.5, typical=1.2)
    assert choose_height(tree, threshold=1.5, typical=1.2, scale=scale) == pytest.approx(scale * once)


@pytest.mark.parametrize("heights", [np.empty(0), np.zeros(30), np.array([0.3])])
def test_pictures_without_a_height_of_their_own_have_one(heights):
    height = choose_height(chain(heights), threshold=1.5, typical=1.2)
    assert 0 < height < np.inf


@pytest.mark.parametrize("scale", [0, -1, np.nan, np.inf, "1", None])
def test_a_scale_is_a_number_above_0(scale):
    with pytest.raises(InputError, match="scale must be a number above 0, got"):
        choose_height(chain(EVEN), threshold=1.5, typical=1.2, scale=scale)


# ---------------------------------------------------------------------- the gap
def test_heights_that_grow_evenly_have_no_gap():
    assert find_gap(EVEN, 2.0) is None
    assert find_gap(np.empty(0), 2.0) is None


def test_the_only_merge_of_two_superpixels_is_a_gap():
    assert find_gap(np.array([1.0]), 2.0) == 0.5
    assert find_gap(np.array([0.1]), 2.0) is None


def test_a_gap_the_height_lies_in_counts():
    assert find_gap(np.array([0.3, 0.45, 0.9]), 0.7) == pytest.approx(0.675)


def test_a_last_merge_far_above_the_others_is_a_gap():
    heights = np.r_[EVEN[:-1] / 2, EVEN[-1]]
    gap = find_gap(heights, 2.0)
    assert gap is not None
    assert heights[-2] < gap < heights[-1]
    assert chain(heights).cut(gap).max() == 2
    assert choose_height(chain(heights), threshold=3.0, typical=1.0) == gap


def test_the_widest_gap_counts():
    heights = np.array([0.1, 0.12, 0.14 * GAP, 0.5, 1.0 + 0.6 * GAP, 1.9 * GAP])
    gap = find_gap(heights, 3.0)
    assert gap is not None
    assert 0.5 < gap < 1.0 + 0.6 * GAP


def test_a_gap_around_the_height_or_above_lowers_nothing():
    assert find_gap(np.array([0.4, 0.41, 0.42, 3.0]), 1.0) > 1
    assert find_gap(np.array([0.4, 0.41, 1.2, 3.0]), 1.0) == pytest.approx(0.805)
    assert find_gap(np.array([1.1, 3.0]), 1.0) is None


def test_a_gap_among_merges_that_cost_next_to_nothing_does_not_count():
    assert find_gap(np.array([1e-6, 1e-3, 1e-3]), 1.0) is None


def test_a_gap_before_the_last_merges_does_not_count():
    heights = np.r_[0.3, np.full(LAST_MERGES, 0.9)]
    assert find_gap(heights, 1.0) is None
    assert find_gap(heights[:-1], 1.0) is not None


def test_what_follows_merges_of_no_cost_at_all_is_a_gap():
    gap = find_gap(np.array([0.0, 0.0, 0.9]), 1.0)
    assert gap is not None
    assert 0 < gap < 0.9
