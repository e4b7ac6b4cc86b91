import numpy as np
import pytest
from hypothesis import given, settings
from label_twins import label_maps

from fallow.errors import InputError
from fallow.labels import order_by_area, relabel, sequential


@settings(deadline=None)
@given(label_maps(n_labels=9))
def test_relabel_is_a_look_up(labels):
    for dtype in (np.uint8, np.int32):
        table = np.array([0, 7, 3, 3, 9, 1, 2, 0, 5, 4], dtype)
        out = relabel(labels, table)
        np.testing.assert_array_equal(out, table[labels])
        assert out.dtype == dtype


@settings(deadline=None)
@given(label_maps(n_labels=9))
def test_sequential_numbers_labels_as_they_come_up(labels):
    for spread in (1, 200_000_000):  # labels far larger than the map need no table of their size
        out, counts = sequential(labels * spread)
        first_seen = list(dict.fromkeys(labels[labels > 0].tolist()))
        np.testing.assert_array_equal(out, _numbered(labels, first_seen))
        assert counts.tolist() == np.bincount(out.ravel(), minlength=len(first_seen) + 1).tolist()


def _numbered(labels, first_seen):
    table = np.zeros(10, int)
    table[first_seen] = np.arange(1, len(first_seen) + 1)
    return table[labels]


def test_order_by_area_puts_the_largest_first_and_keeps_ties():
    labels = np.array([[3, 3, 1, 2, 2, 0]])
    table = order_by_area(np.bincount(labels.ravel(), minlength=5))
    assert table.tolist() == [0, 3, 1, 2, 4]
    assert relabel(labels, table).tolist() == [[2, 2, 3, 1, 1, 0]]


def test_a_table_must_keep_no_data_and_reach_to_the_largest_label():
    with pytest.raises(InputError, match="begin with 0, the label of no data"):
        relabel([[1]], [1, 2])
    with pytest.raises(InputError, match="reach to the largest label 3, got one that ends at 1"):
        relabel([[3]], [0, 2])
