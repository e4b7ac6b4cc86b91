import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_twins import judged, slow_adjusted_rand_index, slow_rand_index, two_maps

from fallow.metrics import adjusted_rand_index, rand_index


@settings(deadline=None)
@given(two_maps(), st.sampled_from([None, 0, 3]))
def test_rand_indices_equal_the_slow_ones(maps, ignore):
    pixels = judged(*maps, ignore)
    if pixels:
        assert rand_index(*maps, ignore=ignore) == pytest.approx(slow_rand_index(pixels))
        assert adjusted_rand_index(*maps, ignore=ignore) == pytest.approx(slow_adjusted_rand_index(pixels))


def test_the_adjusted_index_equals_scikit_learns():
    from sklearn.metrics import adjusted_rand_score

    random = np.random.default_rng(0)
    one, other = random.integers(0, 9, 5000), random.integers(0, 5, 5000)
    assert adjusted_rand_index(one, other) == pytest.approx(adjusted_rand_score(other, one), abs=1e-12)


def test_gigapixels_do_not_overflow():
    from fallow.metrics.rand import _within

    assert _within(np.array([10**11])) == pytest.approx(5e21)
