"""Label maps made of two others by tables."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fallow.labels.lookup import Lookup, count_pixels
from fallow.labels.touching import touching_sets

N, K = 4, 3
SHAPE = (5, 6)
MAPS = (arrays(np.uint16, SHAPE, elements=st.integers(0, N)), arrays(np.uint8, SHAPE, elements=st.integers(0, K)))
TABLE = arrays(np.uint16, (N + 1, K + 1), elements=st.integers(0, 9))


@settings(deadline=None)
@given(*MAPS, TABLE, arrays(np.uint32, N + 1), arrays(np.uint8, SHAPE))
def test_looking_up_is_indexing(superpixels, classes, class_of, value_of, values):
    found = class_of[superpixels, classes]
    labels = Lookup(class_of, dtype=np.dtype(np.uint8))
    np.testing.assert_array_equal(labels(superpixels, classes), found)
    assert labels(superpixels, classes).dtype == np.uint8
    regions = Lookup(class_of, value_of, np.dtype(np.uint32))
    np.testing.assert_array_equal(regions(superpixels, classes), np.where(found > 0, value_of[superpixels], 0))
    np.testing.assert_array_equal(labels(superpixels, classes, values), np.where(found > 0, values, 0))


@settings(deadline=None)
@given(*MAPS)
def test_pixels_are_counted_by_superpixel_and_class(superpixels, classes):
    counts = np.zeros((N + 1, K + 1), np.int64)
    count_pixels(superpixels, classes, counts)
    for superpixel in range(N + 1):
        for label in range(K + 1):
            assert counts[superpixel, label] == ((superpixels == superpixel) & (classes == label)).sum()


def test_sets_that_touch_are_counted():
    pairs = np.array([[0, 1], [1, 2], [3, 4]])
    assert touching_sets(pairs, np.ones(5, bool)) == 2
    assert touching_sets(pairs, np.array([1, 0, 1, 0, 0], bool)) == 2
    assert touching_sets(pairs, np.zeros(5, bool)) == 0
    assert touching_sets(np.zeros((0, 2), int), np.ones(3, bool)) == 3
