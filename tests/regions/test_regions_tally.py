from itertools import pairwise

import numpy as np
import pytest
from region_twins import random_labels, slow_histograms

from fallow.regions.tally import BINS, EDGES, N_BINS, RANGES, histograms, sum_features, sum_planes

LOW, HIGH = np.array(RANGES).T


def made(seed=0, rows=13, cols=17):
    """Values within and beyond their ranges, superpixels, valid pixels a cell."""
    random = np.random.default_rng(seed)
    view = LOW + (random.random((rows, cols, len(BINS))) * 1.4 - 0.2) * (HIGH - LOW)
    labels = random_labels(random, rows, cols)
    return view.astype(np.float32), labels, random.integers(1, 5, labels.shape).astype(np.int32)


def one_value(value, channel):
    """The histogram of a channel in a block of one cell with four pixels."""
    view = LOW.astype(np.float32)[None, None].copy()
    view[..., channel] = value
    bins = histograms(view, np.zeros((1, 1), np.int32), np.full((1, 1), 4, np.int32), 1)
    return bins[0, EDGES[channel] : EDGES[channel + 1]]


def test_histograms_equal_those_of_one_cell_after_the_other():
    view, labels, weight = made()
    n = labels.max() + 1
    bins = histograms(view, labels, weight, n)
    assert (bins.shape, bins.dtype) == ((n, N_BINS), np.float32)
    np.testing.assert_allclose(bins, slow_histograms(view, labels, weight, n), atol=1e-3)


def test_each_histogram_counts_the_pixels():
    view, labels, weight = made(1)
    bins = histograms(view, labels, weight, labels.max() + 1)
    area = np.bincount(labels[labels >= 0], weight[labels >= 0])
    for first, end in pairwise(EDGES):
        np.testing.assert_allclose(bins[:, first:end].sum(axis=1), area, rtol=1e-5)


@pytest.mark.parametrize("channel", range(len(BINS)))
def test_what_is_beyond_the_bins_goes_to_the_last(channel):
    for value, at in ((LOW[channel] - 99, 0), (LOW[channel], 0), (HIGH[channel], -1), (HIGH[channel] + 99, -1)):
        bins = one_value(value, channel)
        assert bins[at] == pytest.approx(4, abs=1e-4)
        assert bins.sum() == pytest.approx(4)


@pytest.mark.parametrize("channel", range(len(BINS)))
def test_a_value_between_two_bins_is_shared(channel):
    width = (HIGH[channel] - LOW[channel]) / (BINS[channel] - 1)
    np.testing.assert_allclose(one_value(LOW[channel] + 2.25 * width, channel)[1:5], [0, 3, 1, 0], atol=1e-3)


@pytest.mark.parametrize("first", [(0, 0), (2, 4), (1, 3)])
def test_planes_are_summed_over_the_pixels(first):
    _, labels, weight = made(2)
    planes = np.random.default_rng(3).random((12, 14, 3)).astype(np.float32)
    expected = np.zeros((labels.max() + 1, 3))
    for row, col in np.argwhere(labels >= 0):
        value = planes[(row + first[0]) // 2, (col + first[1]) // 2]
        expected[labels[row, col]] += weight[row, col] * value
    np.testing.assert_allclose(sum_planes(planes, 2, first, labels, weight, len(expected)), expected, rtol=1e-5)


@pytest.mark.parametrize("is_odd", [0, 1])
def test_features_are_summed_over_pixels_with_data(is_odd):
    random = np.random.default_rng(4)
    labels = random_labels(random, 7, 9)
    features = random.random((14 - is_odd, 18 - is_odd, 3)).astype(np.float32)
    features[random.random(features.shape[:2]) < 0.2] = np.nan
    expected = np.zeros((labels.max() + 1, 3))
    for row, col in np.argwhere(~np.isnan(features[..., 0])):
        if labels[row // 2, col // 2] >= 0:
            expected[labels[row // 2, col // 2]] += features[row, col]
    found = sum_features(features, labels, 2, len(expected))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-12)
