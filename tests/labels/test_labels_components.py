import numpy as np
import pytest
from hypothesis import given, settings
from label_twins import label_maps, slow_components

from fallow.errors import InputError
from fallow.labels import components


@settings(deadline=None)
@given(label_maps())
def test_components_equal_flood_fill(labels):
    for connectivity, corners in ((4, False), (8, True)):
        ids, n = components(labels, connectivity=connectivity)
        np.testing.assert_array_equal(ids, slow_components(labels, corners))
        assert n == ids.max()
        assert ids.dtype == np.int32


def test_a_spiral_is_one_component():
    spiral = [
        [1, 1, 1, 1, 1],
        [2, 2, 2, 2, 1],
        [1, 1, 1, 2, 1],
        [1, 2, 2, 2, 1],
        [1, 1, 1, 1, 1],
    ]
    ids, n = components(spiral)
    assert n == 2
    np.testing.assert_array_equal(ids, spiral)


def test_components_take_any_integers_and_no_pixels():
    assert components(np.array([[200, 200, 3]], np.uint8))[1] == 2
    assert components(np.zeros((0, 5), np.int64))[1] == 0


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 2], r"array \(rows, cols\), got one of 1 dimensions"),
        ([[1.0]], "must be integers, got float64"),
        ([[-1, 2]], r"must be in 0 \(no data\)\.\.2147483647, got -1\.\.2"),
        ([[2**31]], r"got 2147483648\.\.2147483648"),
    ],
)
def test_what_is_no_label_map_is_refused(labels, message):
    with pytest.raises(InputError, match=message):
        components(labels)


def test_other_connectivities_are_refused():
    with pytest.raises(InputError, match="connectivity must be 4 or 8, got 6"):
        components([[1]], connectivity=6)
