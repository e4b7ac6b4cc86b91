import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_twins import label_maps
from tree_twins import merge_trees, slow_meeting_height

from fallow.errors import InputError
from fallow.labels import MergeTree, contour_map

N = 5
TREES = merge_trees(max_leaves=N, min_leaves=N)
MAPS = label_maps(n_labels=N, max_side=8)


def slow_contour_map(tree, labels):
    out = np.zeros(labels.shape, np.float32)
    for row, col in np.ndindex(labels.shape):
        for there in ((row, col + 1), (row + 1, col)):
            if there[0] < labels.shape[0] and there[1] < labels.shape[1] and labels[row, col] and labels[there]:
                height = slow_meeting_height(tree, labels[row, col] - 1, labels[there] - 1)
                out[row, col] = max(out[row, col], np.float32(height))
    return out


def upper_left_borders(regions):
    """Mark the pixels whose right or lower neighbour is of another region."""
    marked = np.zeros(regions.shape, np.bool_)
    both = (regions[:, 1:] > 0) & (regions[:, :-1] > 0)
    marked[:, :-1] |= both & (regions[:, 1:] != regions[:, :-1])
    both = (regions[1:] > 0) & (regions[:-1] > 0)
    marked[:-1] |= both & (regions[1:] != regions[:-1])
    return marked


@settings(deadline=None)
@given(TREES, MAPS)
def test_each_pixel_has_the_larger_height_to_its_right_and_lower_neighbour(tree, labels):
    painted = contour_map(tree, labels)
    assert painted.dtype == np.float32
    np.testing.assert_array_equal(painted, slow_contour_map(tree, labels))


@settings(deadline=None)
@given(TREES, MAPS, st.integers(0, 10).map(lambda eighths: eighths / 8))
def test_pixels_above_a_height_are_the_borders_of_the_cut_at_it(tree, labels, height):
    regions = np.concatenate([[0], tree.cut(height)])[labels]
    np.testing.assert_array_equal(contour_map(tree, labels) > height, upper_left_borders(regions))


@settings(deadline=None)
@given(TREES, MAPS, st.integers(1, 7), st.integers(1, 7))
def test_blocks_read_with_one_pixel_of_halo_make_the_whole(tree, labels, rows, cols):
    whole = contour_map(tree, labels)
    for row in range(0, labels.shape[0], rows):
        for col in range(0, labels.shape[1], cols):
            block = contour_map(tree, labels[row : row + rows + 1, col : col + cols + 1])[:rows, :cols]
            np.testing.assert_array_equal(block, whole[row : row + rows, col : col + cols])


def test_no_data_has_no_border_and_roots_never_meet():
    tree = MergeTree.from_merges([1, 1, 1], [[0, 1]], [0.5])
    assert contour_map(tree, [[1, 0, 2, 1, 3]]).tolist() == [[0.0, 0.0, 0.5, np.inf, 0.0]]


def test_an_empty_map_is_painted():
    tree = MergeTree.from_merges([1], [], [])
    assert contour_map(tree, np.zeros((0, 3), np.int32)).shape == (0, 3)


def test_labels_are_leaves_of_the_tree():
    tree = MergeTree.from_merges([1, 1], [[0, 1]], [0.5])
    with pytest.raises(InputError, match=r"labels must be 0\.\.2, the tree's leaves from 1, got 3"):
        contour_map(tree, [[1, 3]])
    with pytest.raises(InputError, match="got float64"):
        contour_map(tree, [[0.5]])
