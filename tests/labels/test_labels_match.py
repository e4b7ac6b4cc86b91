import numpy as np
import pytest
import scipy.optimize  # noqa: F401 (so that no example waits for it)
from hypothesis import given
from hypothesis import strategies as st

from fallow.errors import InputError
from fallow.labels.match import match

MAPS = st.lists(st.integers(0, 4), min_size=1, max_size=30)


@given(MAPS, st.permutations([1, 2, 3, 4]))
def test_other_numbers_are_undone(labels, order):
    labels = np.array([*labels, 1, 2, 3, 4])
    assert np.array_equal(match(np.array([0, *order])[labels], like=labels), labels)


@given(MAPS, MAPS)
def test_labels_stay_apart_and_no_data_stays(labels, like):
    n = min(len(labels), len(like))
    labels, like = np.array(labels[:n]), np.array(like[:n])
    found = match(labels, like=like)
    assert np.array_equal(found == 0, labels == 0)
    assert len(set(zip(labels.tolist(), found.tolist(), strict=True))) == len(set(labels)) == len(set(found))


def test_labels_without_partner_are_numbered_on():
    assert match([1, 2, 2, 3], like=[0, 2, 2, 2]).tolist() == [3, 2, 2, 4]
    assert match([1, 1, 2, 3], like=[1, 1, 1, 1]).tolist() == [1, 1, 2, 3]


def test_maps_of_other_shapes_are_refused():
    with pytest.raises(InputError, match=r"maps to match must have one shape, got \(1,\) and \(2,\)"):
        match([1], like=[1, 2])
