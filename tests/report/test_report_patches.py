"""Examples of a class lie inside it."""

import numpy as np

from fallow.report.patches import MOST_PATCHES, find_patches, patch_side


def test_patches_lie_inside_the_class_and_apart():
    classes = np.ones((90, 180), np.int32)
    classes[:, 90:] = 2
    found = find_patches(classes, np.ones(classes.shape, np.float32), 2)
    side = patch_side(classes.shape)
    assert len(found) == MOST_PATCHES
    for row0, row1, col0, col1 in found:
        assert (row1 - row0, col1 - col0) == (side, side)
        assert (classes[row0:row1, col0:col1] == 2).all()
    middles = np.array([((a + b) / 2, (c + d) / 2) for a, b, c, d in found])
    apart = np.abs(middles[:, None] - middles[None]).max(axis=2)
    assert (apart[~np.eye(len(found), dtype=bool)] >= side / 2).all()


def test_of_places_as_deep_the_surest_comes_first():
    classes = np.ones((90, 90), np.int32)
    confidence = np.full((90, 90), 0.4, np.float32)
    confidence[60, 30] = 0.9
    row0, row1, col0, col1 = find_patches(classes, confidence, 1)[0]
    assert row0 <= 60 < row1
    assert col0 <= 30 < col1


def test_patches_of_a_thin_class_and_at_the_edge_stay_in_the_picture():
    classes = np.ones((40, 30), np.int32)
    classes[0] = 2
    found = find_patches(classes, np.ones(classes.shape, np.float32), 2)
    assert found
    assert all(row0 == 0 and 0 <= col0 < col1 <= 30 for row0, _, col0, col1 in found)


def test_a_class_that_is_not_here_has_none():
    assert find_patches(np.ones((5, 4), np.int32), np.ones((5, 4), np.float32), 2) == []
    assert patch_side((5, 4)) == 4
