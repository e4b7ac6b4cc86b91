from fallow.raster.window import clip, grow, is_empty, place, shift, whole, window_shape


def test_growing_and_clipping_stays_inside():
    window = clip(grow(whole((5, 7)), 3), (5, 7))
    assert window == (0, 5, 0, 7)
    assert window_shape(window) == (5, 7)


def test_a_window_beside_the_image_clips_to_nothing():
    assert is_empty(clip((-5, -2, 0, 3), (10, 10)))
    assert is_empty(clip((0, 3, 12, 15), (10, 10)))


def test_place_finds_a_window_inside_another():
    assert place((4, 6, 1, 2), (3, 9, 0, 5)) == (slice(1, 3), slice(1, 2))


def test_shift_moves_both_ends():
    assert shift((1, 2, 3, 4), 10, -3) == (11, 12, 0, 1)
