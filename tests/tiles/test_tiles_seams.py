import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fallow.errors import InputError, RunError
from fallow.labels import components, order_by_area, relabel, sieve
from fallow.tiles.seams import SeamJoiner, tile_part

MAPS = arrays(
    np.int32, array_shapes(min_dims=2, max_dims=2, max_side=16), elements=st.integers(0, 4), fill=st.nothing()
)


def cut_at_random(window, draw):
    """Cut a window into a few or many rectangles, not aligned with each other."""
    row0, row1, col0, col1 = window
    cuts = [("row", at) for at in range(row0 + 1, row1)] + [("col", at) for at in range(col0 + 1, col1)]
    if not cuts or draw.random() < 0.2:
        return [window]
    axis, at = draw.choice(cuts)
    halves = [(row0, at, col0, col1), (at, row1, col0, col1)]
    if axis == "col":
        halves = [(row0, row1, col0, at), (row0, row1, at, col1)]
    return [part for half in halves for part in cut_at_random(half, draw)]


def grid(shape, rows, cols):
    return [
        (row, min(row + rows, shape[0]), col, min(col + cols, shape[1]))
        for row in range(0, shape[0], rows)
        for col in range(0, shape[1], cols)
    ]


def pixels(classes, window):
    return classes[window[0] : window[1], window[2] : window[3]]


def join(classes, windows, min_area=0):
    joiner = SeamJoiner(classes.shape, min_area)
    settled = classes.copy()
    for window in windows:
        pixels(settled, window)[:] = joiner.add(window, pixels(classes, window))
    return joiner.finish(), settled


def paint(joined, settled, windows):
    out = np.full((2, *settled.shape), -1, np.int32)
    for window in windows:
        pixels(out[0], window)[:], pixels(out[1], window)[:] = joined.tile(window, pixels(settled, window))
    return out


def assert_equals_whole(joined, classes, windows, min_area):
    joined, settled = joined
    regions, cleaned = paint(joined, settled, windows)
    np.testing.assert_array_equal(cleaned, sieve(classes, min_area))
    np.testing.assert_array_equal(regions, components(cleaned)[0])
    assert joined.n_regions == regions.max()
    assert joined.region_area[1:].tolist() == np.bincount(regions.ravel(), minlength=1)[1:].tolist()
    assert joined.class_area(4).tolist() == np.bincount(cleaned.ravel(), minlength=5)[1:].tolist()
    np.testing.assert_array_equal(joined.region_class[regions], cleaned)


@settings(deadline=None, max_examples=300)
@given(MAPS, st.integers(0, 14), st.randoms(use_true_random=False))
def test_tiles_of_any_cut_in_any_order_equal_the_whole(classes, min_area, draw):
    windows = cut_at_random((0, classes.shape[0], 0, classes.shape[1]), draw)
    draw.shuffle(windows)
    assert_equals_whole(join(classes, windows, min_area), classes, windows, min_area)


@settings(deadline=None, max_examples=50)
@given(MAPS, st.integers(0, 14), st.sampled_from([(1, 1), (1, 99), (99, 1), (5, 3)]))
def test_tiles_of_one_pixel_or_one_line_equal_the_whole(classes, min_area, tile):
    windows = grid(classes.shape, *tile)
    assert_equals_whole(join(classes, windows, min_area), classes, windows, min_area)


def test_threads_change_nothing():
    classes = np.random.default_rng(0).integers(0, 5, (300, 200)).astype(np.uint8)
    windows = grid(classes.shape, 32, 48)
    random.Random(0).shuffle(windows)
    joiner = SeamJoiner(classes.shape, 20)
    settled = classes.copy()

    def settle_one(window):
        return window, tile_part(window, pixels(classes, window), classes.shape, 20)

    with ThreadPoolExecutor(4) as pool:
        for window, part in pool.map(settle_one, windows):
            joiner.add_part(window, part)
            pixels(settled, window)[:] = part["classes"]
    assert_equals_whole((joiner.finish(), settled), classes, windows, 20)


def test_edges_are_dropped_once_both_sides_have_come():
    classes = np.ones((8, 8), np.int32)
    joiner = SeamJoiner(classes.shape)
    for window in grid(classes.shape, 3, 2):
        joiner.add(window, pixels(classes, window))
    assert joiner._strips.is_done


def test_classes_are_renumbered_by_their_final_area():
    classes = np.array([[2, 1, 2, 3, 3, 3]])
    windows = grid(classes.shape, 1, 2)
    joined, _ = join(classes, windows)
    order = np.argsort(-joined.class_area(3), kind="stable") + 1
    joined.renumber_classes(order)
    assert joined.class_area(3).tolist() == [3, 2, 1]
    np.testing.assert_array_equal(
        paint(joined, classes, windows)[1], relabel(classes, order_by_area(np.bincount(classes[0])))
    )
    with pytest.raises(InputError, match=r"name each class from 1 to 3 once, got \[1, 1, 2\]"):
        joined.renumber_classes([1, 1, 2])


def test_a_raster_without_data_has_no_regions():
    classes = np.zeros((4, 4), np.int32)
    joined, _ = join(classes, grid(classes.shape, 2, 2), min_area=5)
    assert joined.n_regions == 0
    assert not paint(joined, classes, grid(classes.shape, 2, 2)).any()


def test_a_missing_tile_is_an_error_and_never_a_hole():
    classes = np.ones((4, 4), np.int32)
    with pytest.raises(RunError, match="raster of 4 x 4 pixels, each pixel once; got 3 tiles of 12 pixels"):
        join(classes, grid(classes.shape, 2, 2)[:-1])


def test_tiles_must_fit_the_raster_and_come_once():
    joiner = SeamJoiner((4, 4))
    with pytest.raises(InputError, match=r"\(0, 5, 0, 4\) must lie within the raster of 4 x 4 pixels"):
        joiner.add((0, 5, 0, 4), np.ones((5, 4), int))
    with pytest.raises(InputError, match=r"array of its shape, got \(2, 3\)"):
        joiner.add((0, 2, 0, 2), np.ones((2, 3), int))
    joiner.add((0, 2, 0, 2), np.ones((2, 2), int))
    with pytest.raises(InputError, match="came twice"):
        joiner.add((0, 2, 0, 2), np.ones((2, 2), int))
    with pytest.raises(InputError, match="came twice"):
        joiner.add_part((0, 2, 0, 2), tile_part((0, 2, 0, 2), np.ones((2, 2), int), (4, 4)))


def test_painting_refuses_other_classes_than_were_added():
    classes = np.array([[1, 2]])
    joined, _ = join(classes, [(0, 1, 0, 2)])
    with pytest.raises(InputError, match="not those that were added"):
        joined.tile((0, 1, 0, 2), [[1, 1]])
