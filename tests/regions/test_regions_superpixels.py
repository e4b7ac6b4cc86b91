import numpy as np
import pytest
from region_twins import slow_watershed
from scipy import ndimage

from fallow.regions.superpixels import superpixels

CORNERS = np.ones((3, 3), int)


def made(seed, shape=(23, 31), *, void=0.15, steps=0):
    """Random strengths, of few values where `steps` says so, and where they are valid."""
    random = np.random.default_rng(seed)
    strength = random.random(shape).astype(np.float32)
    if steps:
        strength = np.floor(ndimage.zoom(strength[::4, ::4], 4, order=0)[: shape[0], : shape[1]] * steps) / steps
    return strength.astype(np.float32), random.random(strength.shape) >= void


CASES = [made(0, void=0), made(1), made(2, void=0.4), made(3, steps=3)]


@pytest.mark.parametrize(("strength", "valid"), CASES)
def test_floods_equal_those_of_a_heap(strength, valid):
    labels, n = superpixels(strength, valid)
    np.testing.assert_array_equal(labels, slow_watershed(strength, valid))
    assert n == labels.max() + 1


@pytest.mark.parametrize(("strength", "valid"), CASES)
def test_superpixels_are_connected_and_numbered_from_0(strength, valid):
    labels, n = superpixels(strength, valid)
    assert np.unique(labels[labels >= 0]).tolist() == list(range(n))
    for each in range(n):
        assert ndimage.label(labels == each, CORNERS)[1] == 1


@pytest.mark.parametrize(("strength", "valid"), CASES)
def test_all_that_has_data_is_in_a_superpixel_and_nothing_else(strength, valid):
    np.testing.assert_array_equal(superpixels(strength, valid)[0] >= 0, valid)


def test_a_cell_that_hangs_on_a_lower_one_by_a_corner_is_a_superpixel():
    valid = np.eye(2, dtype=np.bool_)
    labels, n = superpixels(np.array([[0.2, 0.5], [0.5, 0.9]], np.float32), valid)
    assert (n, labels.tolist()) == (2, [[0, -1], [-1, 1]])


def test_an_even_picture_is_one_superpixel():
    labels, n = superpixels(np.zeros((9, 12), np.float32), np.ones((9, 12), np.bool_))
    assert (n, labels.min(), labels.max()) == (1, 0, 0)


def test_a_ridge_parts_two_superpixels():
    strength = np.zeros((20, 30), np.float32)
    strength[:, 14] = 1
    labels, n = superpixels(strength, np.ones(strength.shape, np.bool_))
    assert n == 2
    assert (labels[:, :14] == 0).all()
    assert (labels[:, 15:] == 1).all()


def test_a_gap_without_data_parts_superpixels():
    valid = np.ones((20, 30), np.bool_)
    valid[:, 14] = False
    labels, n = superpixels(np.zeros(valid.shape, np.float32), valid)
    assert n == 2
    assert (labels[~valid] == -1).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_narrow_blocks_have_superpixels(shape):
    labels, n = superpixels(np.zeros(shape, np.float32), np.ones(shape, np.bool_))
    assert (n, labels.max(), labels.shape) == (1, 0, shape)


def test_nothing_has_no_superpixels():
    labels, n = superpixels(np.zeros((4, 5), np.float32), np.zeros((4, 5), np.bool_))
    assert n == 0
    assert (labels == -1).all()


def test_strengths_beyond_1_are_the_last_level():
    strength = np.full((8, 8), 3, np.float32)
    strength[2, 2], strength[6, 6] = 0, 0.2
    labels, n = superpixels(strength, np.ones((8, 8), np.bool_))
    assert n >= 2
    assert labels.min() == 0
