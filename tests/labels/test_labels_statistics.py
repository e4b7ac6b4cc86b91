"""What regions look like, and the unions of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fallow.errors import InputError
from fallow.labels.statistics import RegionStatistics, sum_regions


def measured(pixels, regions) -> RegionStatistics:
    """Measure the regions of a map, numbered from 0, one by one."""
    n = regions.max() + 1
    inside = [pixels[regions == region] for region in range(n)]
    touching = {}
    for axis in range(2):
        one, other = (np.take(regions, range(k, regions.shape[axis] - 1 + k), axis).ravel() for k in range(2))
        for pair in zip(one.tolist(), other.tolist(), strict=True):
            if pair[0] != pair[1]:
                touching[tuple(sorted(pair))] = touching.get(tuple(sorted(pair)), 0) + 1
    pairs = sorted(touching)
    return RegionStatistics(
        np.array([len(each) for each in inside]),
        np.array([each.mean(axis=0) for each in inside], np.float32),
        np.array([each.std(axis=0) for each in inside], np.float32),
        np.array(pairs, np.int32).reshape(-1, 2),
        np.array([touching[pair] for pair in pairs], np.int64),
    )


@settings(deadline=None)  # the first example compiles
@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 3))
def test_statistics_of_unions_are_those_of_their_pixels(seed, n_unions, bands):
    random = np.random.default_rng(seed)
    regions = random.permutation(np.arange(12).repeat(4)).reshape(6, 8)
    pixels = random.normal(50, 20, (6, 8, bands))
    union = random.permutation(np.concatenate([np.arange(n_unions), random.integers(0, n_unions, 12 - n_unions)]))
    found = measured(pixels, regions).merged((union + 1).astype(np.int32))
    expected = measured(pixels, union[regions])
    np.testing.assert_array_equal(found.area, expected.area)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-5)
    np.testing.assert_allclose(found.deviation, expected.deviation, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(found.pairs, expected.pairs)
    np.testing.assert_array_equal(found.border, expected.border)


def test_sums_leave_out_what_is_no_data_or_nowhere():
    pixels = np.float32([[[1], [2], [np.nan], [5]]])
    sums = sum_regions(pixels, np.array([[0, 0, 0, -1]]), 2)
    assert sums.tolist() == [[[3, 5]], [[0, 0]]]


def test_statistics_are_saved_and_read_back():
    regions = np.arange(6).reshape(2, 3)
    statistics = measured(np.random.default_rng(0).random((2, 3, 2)), regions)
    again = RegionStatistics.from_state(statistics.to_state())
    for name, value in vars(statistics).items():
        np.testing.assert_array_equal(getattr(again, name), value)
        assert getattr(again, name).dtype == value.dtype


@pytest.mark.parametrize("damage", [{"pairs": np.int32([[0, 9]])}, {"mean": np.zeros(3)}, {"area": None}])
def test_damaged_statistics_are_refused(damage):
    state = measured(np.zeros((2, 2, 1)), np.array([[0, 0], [1, 1]])).to_state()
    with pytest.raises(InputError, match="the saved statistics of superpixels are damaged"):
        RegionStatistics.from_state(state | damage)
