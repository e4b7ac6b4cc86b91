import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_twins import judged, slow_entropy, slow_mutual_bits, slow_open_bits, two_maps

from fallow.metrics import normalized_mutual_information, variation_of_information, variation_split_merge


@settings(deadline=None)
@given(two_maps(), st.sampled_from([None, 0, 3]))
def test_bits_equal_the_slow_ones(maps, ignore):
    pixels = judged(*maps, ignore)
    if not pixels:
        return
    split, merge = slow_open_bits(pixels, 0, 1), slow_open_bits(pixels, 1, 0)
    assert variation_split_merge(*maps, ignore=ignore) == pytest.approx((split, merge), abs=1e-9)
    assert variation_of_information(*maps, ignore=ignore) == pytest.approx(split + merge, abs=1e-9)
    entropies = slow_entropy([a for a, _ in pixels]) + slow_entropy([b for _, b in pixels])
    nmi = 2 * slow_mutual_bits(pixels) / entropies if entropies else 1.0
    assert normalized_mutual_information(*maps, ignore=ignore) == pytest.approx(nmi, abs=1e-9)


@settings(deadline=None)
@given(two_maps())
def test_the_variation_of_information_is_symmetric(maps):
    one, other = maps
    assert variation_of_information(one, other) == pytest.approx(variation_of_information(other, one), abs=1e-9)


def test_the_mutual_information_equals_scikit_learns():
    from sklearn.metrics import normalized_mutual_info_score

    random = np.random.default_rng(0)
    one, other = random.integers(0, 9, 5000), random.integers(0, 5, 5000)
    assert normalized_mutual_information(one, other) == pytest.approx(normalized_mutual_info_score(other, one))


def test_splitting_costs_one_half_and_merging_the_other():
    assert variation_split_merge([[1, 2, 3, 4]], [[1, 1, 2, 2]]) == (1, 0)
    assert variation_split_merge([[1, 1, 1, 1]], [[1, 1, 2, 2]]) == (0, 1)
