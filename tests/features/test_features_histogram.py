from __future__ import annotations

import numpy as np
import pytest
from feature_scenes import bands_of, rows_of, scene

from fallow.features.histogram import Histogram, bin_positions


def test_squared_features_are_shares_of_each_plane(photo):
    features = Histogram(bins=5).fit(rows_of(photo), bands_of(3)).transform(photo)
    np.testing.assert_allclose((features**2).reshape(64, 80, 3, 5).sum(3), 1, atol=0.05)  # interpolated roots


def test_a_flat_area_is_in_the_bin_of_its_value():
    grey = scene(40, 40, 1)
    histogram = Histogram(bins=8, sigma=2).fit(rows_of(grey), bands_of(1))
    centers = histogram.bin_centers_[0]
    flat = np.full((12, 12, 1), centers[3], np.float32)
    np.testing.assert_allclose(histogram.transform(flat)[6, 6] ** 2, np.arange(8) == 3, atol=1e-5)


def test_bins_are_used_alike():
    grey = scene(120, 120, 1)
    shares = (Histogram().fit(rows_of(grey), bands_of(1)).transform(grey) ** 2).mean((0, 1))
    assert shares.min() > 0.08
    assert shares.max() < 0.17


def test_dots_are_told_from_their_mean():
    dots = np.where(np.indices((64, 64)).sum(0)[..., None] % 2, 60, 180).astype(np.float32)
    image = np.concatenate([dots, np.full_like(dots, 120)], axis=1)
    features = Histogram().fit(rows_of(image), bands_of(1)).transform(image)
    assert np.linalg.norm(features[32, 30] - features[32, 98]) > 1


@pytest.mark.parametrize("centers", [[1, 2, 4, 8], [3, 3, 3, 5], [2, 2, 2, 2]])
def test_positions_equal_numpys_interpolation(centers):
    plane = np.random.default_rng(0).uniform(0, 9, (20, 30)).astype(np.float32)
    expected = np.interp(plane, centers, np.arange(4))
    np.testing.assert_allclose(bin_positions(plane, np.array(centers, np.float32)), expected, atol=1e-5)
