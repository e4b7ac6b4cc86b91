import numpy as np
import pytest
from region_twins import slow_strongest, squash

from fallow.regions import contours
from fallow.regions.contours import CONTRAST, CUT_WEIGHTS, ENERGY, HALO_CELLS, N_CONTOURS, ORIENTATIONS, SIGMAS

SIZE = 120
SCALES = [sigma for sigmas in SIGMAS for sigma in sigmas]
CHANNEL = np.repeat(np.arange(len(SIGMAS)), [len(sigmas) for sigmas in SIGMAS])


def step(height, channel=0, *, is_down=False):
    """Two halves that differ in one channel."""
    view = np.full((SIZE, SIZE, 3), 50, np.float32)
    view[:, SIZE // 2 :, channel] += height
    return view.transpose(1, 0, 2) if is_down else view


def texture(seed=0):
    return (50 + 20 * np.random.default_rng(seed).normal(0, 1, (SIZE, SIZE, 3))).astype(np.float32)


def test_the_strongest_direction_is_found():
    down, across = np.random.default_rng(0).normal(0, 1, (2, N_CONTOURS, 7, 11)).astype(np.float32)
    angles = np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS
    expected = slow_strongest(down, across, CUT_WEIGHTS, angles)
    np.testing.assert_allclose(contours.strongest(down, across), expected, rtol=1e-5)


def test_energy_counts_by_what_exceeds_the_tone_within_its_reach():
    down, across = np.random.default_rng(1).normal(0, 0.3, (2, N_CONTOURS, 20, 30)).astype(np.float32)
    down[ENERGY:] += 2
    lessened_down, lessened_across = contours.apart_from_tone(down, across)
    size = squash(np.hypot(down, across))
    reach = len(contours.WITHIN_REACH) // 2
    for row, col in ((0, 0), (10, 12), (19, 29)):
        near = np.s_[:ENERGY, max(0, row - reach) : row + reach + 1, max(0, col - reach) : col + reach + 1]
        left = np.maximum(0, size[ENERGY:, row, col] - size[near].max())
        found = squash(np.hypot(lessened_down, lessened_across))[ENERGY:, row, col]
        np.testing.assert_allclose(found, left, atol=1e-5)
    np.testing.assert_array_equal(lessened_down[:ENERGY], down[:ENERGY])


def test_nothing_changes_in_an_even_picture():
    found = contours.find_contours(np.full((40, 50, 3), 50, np.float32))
    for each in (found.down, found.across, found.strength):
        np.testing.assert_allclose(each, 0, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (3, 2)])
def test_blocks_of_any_shape_have_contours(shape):
    found = contours.find_contours(np.full((*shape, 3), 50, np.float32))
    assert found.down.shape == found.across.shape == (N_CONTOURS, *shape)
    assert (found.strength.shape, found.strength.dtype) == (shape, np.float32)


def test_strength_is_between_0_and_1():
    strength = contours.find_contours(texture()).strength
    assert 0 <= strength.min() < strength.max() <= 1


@pytest.mark.parametrize("channel", range(3))
def test_a_step_of_the_contrast_that_counts_as_one_half_responds_by_1(channel):
    found = contours.find_contours(step(CONTRAST[channel], channel))
    coarse = (channel == CHANNEL) & (np.array(SCALES) > 2)
    middle = found.across[:, SIZE // 2, SIZE // 2 - 1 : SIZE // 2 + 1].mean(axis=1)
    np.testing.assert_allclose(middle[coarse], 1, rtol=0.05)
    np.testing.assert_allclose(squash(middle[coarse]) ** 2, 0.5, atol=0.03)
    np.testing.assert_allclose(middle[(channel != CHANNEL) & (np.arange(N_CONTOURS) < ENERGY)], 0, atol=1e-4)


def test_a_step_changes_across_itself_only():
    found = contours.find_contours(step(30))
    np.testing.assert_allclose(found.down, 0, atol=1e-4)
    turned = contours.find_contours(np.ascontiguousarray(step(30, is_down=True)))
    np.testing.assert_allclose(turned.down, found.across.transpose(0, 2, 1), atol=1e-5)
    np.testing.assert_allclose(turned.strength, found.strength.T, atol=1e-5)


@pytest.mark.parametrize("channel", range(3))
def test_the_ridge_of_a_step_lies_on_it(channel):
    row = contours.find_contours(step(40, channel)).strength[SIZE // 2]
    assert set(np.argsort(row)[-2:]) == {SIZE // 2 - 1, SIZE // 2}


def test_the_energy_beside_an_edge_of_tone_makes_no_ridge_to_speak_of():
    row = contours.find_contours(step(60)).strength[SIZE // 2]
    rises = np.diff(row[SIZE // 2 :]).clip(min=0).sum()
    assert rises < 0.15 * row.max()  # it was half


def test_textures_of_one_tone_part():
    view = np.full((SIZE, SIZE, 3), 50, np.float32)
    view[:, SIZE // 2 :, 0] += 20 * (np.indices((SIZE, SIZE // 2)).sum(axis=0) // 2 % 2) - 10
    found = contours.find_contours(view)
    energy = np.abs(found.across[ENERGY:, 20:-20]).mean(axis=(0, 1))
    assert abs(int(energy.argmax()) - SIZE // 2) <= 3


def test_what_lies_beyond_the_halo_hardly_counts():
    """Gaussians never end; what is beyond is less than a step of 8 bits would be."""
    view = texture()
    other = view.copy()
    other[:40] = texture(seed=9)[:40]
    one, two = (contours.find_contours(each).strength[40 + HALO_CELLS :] for each in (view, other))
    assert np.abs(one - two).max() < 1 / 256
