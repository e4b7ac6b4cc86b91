from __future__ import annotations

import numpy as np
import pytest
from feature_scenes import bands_of, rows_of, scene
from skimage.feature import local_binary_pattern

from fallow.features.lbp import LBP, binary_patterns


@pytest.mark.parametrize("radius", [1, 2, 4])
def test_patterns_equal_scikit_image(radius):
    grey = scene(40, 50, 1)[..., 0]
    inside = (slice(radius + 1, -radius - 1),) * 2
    expected = local_binary_pattern(grey.astype(np.uint8), 8, radius, "uniform")
    assert np.mean(binary_patterns(grey, radius)[inside] == expected[inside]) > 0.999


@pytest.mark.parametrize(("around", "pattern"), [
    ([[9, 9, 9], [9, 5, 9], [9, 9, 9]], 8),
    ([[1, 1, 1], [1, 5, 1], [1, 1, 1]], 0),
    ([[9, 9, 9], [1, 5, 1], [1, 1, 1]], 3),
    ([[9, 1, 9], [1, 5, 1], [9, 1, 9]], 9),
])  # fmt: skip
def test_small_patterns_are_known(around, pattern):
    assert binary_patterns(np.array(around, np.float32), 1)[1, 1] == pattern


def test_neither_light_nor_contrast_nor_a_turn_changes_patterns():
    grey = scene(50, 50, 1)[..., 0]
    patterns = binary_patterns(grey, 1)
    assert np.array_equal(binary_patterns(0.5 * grey + 20, 1), patterns)
    assert np.mean(np.rot90(binary_patterns(np.rot90(grey).copy(), 1), -1)[2:-2, 2:-2] == patterns[2:-2, 2:-2]) > 0.999


def test_squared_features_are_shares_of_each_scale():
    grey = scene(50, 50, 1)
    features = LBP(scales=2).fit(rows_of(grey), bands_of(1)).transform(grey)
    np.testing.assert_allclose((features**2).reshape(50, 50, 2, 10).sum(3), 1, atol=1e-2)  # interpolated roots
