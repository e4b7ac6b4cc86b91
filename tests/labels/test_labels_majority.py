import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_twins import label_maps

from fallow.errors import InputError
from fallow.labels import majority


def slow_majority(labels, radius):
    out = np.zeros_like(labels)
    for row, col in np.argwhere(labels):
        window = labels[max(row - radius, 0) : row + radius + 1, max(col - radius, 0) : col + radius + 1]
        votes = np.bincount(window[window > 0])
        own = labels[row, col]
        out[row, col] = own if votes[own] == votes.max() else votes.argmax()
    return out


@settings(deadline=None)
@given(st.sampled_from([2, 5, 40, 300]).flatmap(label_maps), st.integers(0, 14))
def test_majority_equals_counting_every_window(labels, radius):
    np.testing.assert_array_equal(majority(labels, radius), slow_majority(labels, radius))


@settings(deadline=None)
@given(label_maps(n_labels=4), st.integers(0, 3), st.integers(0, 12))
def test_the_radius_is_the_halo(labels, radius, cut):
    begin = max(0, cut - radius)
    lower = majority(labels[begin:], radius)[cut - begin :] if cut < len(labels) else labels[:0]
    upper = majority(labels[: cut + radius], radius)[:cut]
    np.testing.assert_array_equal(np.concatenate([upper, lower]), majority(labels, radius))


def test_a_tie_keeps_the_pixel_or_takes_the_smallest_label():
    assert majority([[4, 4, 2, 2]], radius=3).tolist() == [[4, 4, 2, 2]]
    assert majority([[4, 4, 9, 2, 2]], radius=2)[0, 2] == 2


def test_no_data_neither_votes_nor_changes():
    assert majority([[0, 0, 5], [0, 0, 0]], radius=1).tolist() == [[0, 0, 5], [0, 0, 0]]


def test_a_negative_radius_is_refused():
    with pytest.raises(InputError, match="radius must be at least 0 pixels, got -1"):
        majority([[1]], -1)
