from dataclasses import replace

import numpy as np
import pytest
from region_twins import WEIGHTS, slow_cost

from fallow.regions.cost import REFERENCE_AREA, CostWeights, merge_cost
from fallow.regions.graph import N_CUES
from fallow.regions.tally import BINS, EDGES, N_BINS

N = 8
PAIRS = [(a, b) for a in range(N) for b in range(a)]


class Regions:
    """Random regions, and what it costs to merge two of them."""

    def __init__(self, n_features=3, seed=0):
        random = np.random.default_rng(seed)
        bins = np.concatenate([random.dirichlet(np.full(size, 0.3), N) for size in BINS], axis=1)
        self.values = np.concatenate((bins, random.normal(0, 1, (N, n_features))), axis=1).astype(np.float32)
        self.area = random.integers(1, 3000, N).astype(np.float64)
        self.perimeter = random.integers(50, 90, N).astype(np.float64)

    def cost(self, a=0, b=1, *, length=7.0, strength=0.4, weights=WEIGHTS):
        packed = weights.packed()
        return merge_cost(a, b, length, strength, self.area, self.perimeter, self.values, EDGES, packed)


@pytest.mark.parametrize("weights", [WEIGHTS, CostWeights()])
@pytest.mark.parametrize("n_features", [0, 3])
def test_the_cost_is_that_of_the_formula(weights, n_features):
    regions = Regions(n_features)
    for a, b in PAIRS:
        expected = slow_cost(a, b, 7, 0.4, regions.area, regions.perimeter, regions.values, weights)
        assert regions.cost(a, b, weights=weights) == pytest.approx(expected, rel=1e-5)


def test_the_cost_is_the_same_from_both_sides():
    regions = Regions()
    assert all(regions.cost(a, b) == pytest.approx(regions.cost(b, a), rel=1e-6) for a, b in PAIRS)


def test_a_strong_border_costs_more():
    costs = [Regions().cost(strength=strength) for strength in (0, 0.1, 0.5, 2)]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]


def test_alike_regions_without_a_border_cost_nothing():
    regions = Regions()
    regions.values[1] = regions.values[0]
    assert regions.cost(strength=0) == 0
    assert regions.cost(strength=0.1) > 0


def test_differences_that_samples_of_one_distribution_have_cost_nothing():
    regions = Regions(n_features=1)
    weights = replace(WEIGHTS, earth_mover=(0,) * len(BINS))
    regions.values[1] = regions.values[0]
    regions.values[1, N_BINS] += 0.1
    regions.area[:] = 0.9 * weights.network_noise / 0.1**2
    assert regions.cost(strength=0, weights=weights) == 0
    regions.area[:] *= 1.5
    assert regions.cost(strength=0, weights=weights) > 0


def test_small_regions_merge_sooner():
    regions = Regions()
    costs = []
    for area in (5, 500, 50_000):
        regions.area[0] = regions.area[1] = area
        costs.append(regions.cost())
    assert costs == sorted(costs)


def test_the_larger_of_two_regions_may_be_of_any_size():
    regions = Regions()
    regions.area[:2] = 100, 200
    before = regions.cost()
    regions.area[1] = REFERENCE_AREA
    assert regions.cost() == before


def test_regions_mostly_surrounded_merge_sooner():
    costs = [Regions().cost(length=length) for length in (1, 20, 49)]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize("perimeter", [7.0, 3.0, 0.0])
def test_a_border_as_long_as_the_perimeter_or_longer_is_all_of_it(perimeter):
    regions = Regions()
    regions.perimeter[0] = perimeter
    alone = Regions()
    alone.perimeter[0] = 7
    assert regions.cost() == alone.cost(length=7.0)


def test_histograms_of_no_weight_do_not_matter():
    regions = Regions()
    off = (0, *WEIGHTS.chi_square[1:]), (0, *WEIGHTS.earth_mover[1:])
    weights = replace(WEIGHTS, chi_square=off[0], earth_mover=off[1])
    before = regions.cost(weights=weights)
    regions.values[0, : BINS[0]] = 1 / BINS[0]
    assert regions.cost(weights=weights) == before


# ---------------------------------------------------------------------- weights
def test_the_strength_is_the_weighted_mean_of_contours_and_the_jumps():
    cues = np.random.default_rng(0).random((9, N_CUES)).astype(np.float32)
    contours = np.average(cues[:, :12], axis=1, weights=WEIGHTS.contours)
    own = WEIGHTS.base * contours + cues[:, 12:14] @ WEIGHTS.jumps
    np.testing.assert_allclose(WEIGHTS.local_strength(cues), own, rtol=1e-6)
    mixed = (1 - WEIGHTS.spectral) * own + WEIGHTS.spectral * cues[:, 14]
    np.testing.assert_allclose(WEIGHTS.strength(cues), mixed, rtol=1e-6)


def test_contours_count_by_their_mean():
    cues = np.random.default_rng(1).random((9, N_CUES)).astype(np.float32)
    doubled = replace(WEIGHTS, contours=tuple(2 * each for each in WEIGHTS.contours))
    np.testing.assert_allclose(doubled.strength(cues), WEIGHTS.strength(cues))


def test_a_coloured_picture_keeps_its_weights():
    assert WEIGHTS.for_colour(1.0) == WEIGHTS


@pytest.mark.parametrize("colour", [0.0, 0.4])
def test_what_colours_leave_goes_to_lightness(colour):
    weights = WEIGHTS.for_colour(colour)
    for name in ("chi_square", "earth_mover"):
        before, after = getattr(WEIGHTS, name), getattr(weights, name)
        assert after[1:] == before[1:]
        assert after[0] == pytest.approx(before[0] + (1 - colour) * (before[1] + before[2]))


def test_colour_changes_no_other_weight():
    weights = WEIGHTS.for_colour(0.0)
    assert replace(weights, chi_square=WEIGHTS.chi_square, earth_mover=WEIGHTS.earth_mover) == WEIGHTS
