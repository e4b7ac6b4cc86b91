from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fallow.features.smooth import MOST_CHANNELS, gaussian_radius, smooth


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3), (20, 21, MOST_CHANNELS + 60)])
def test_smoothing_is_the_weighted_mean_of_valid_pixels(shape):
    random = np.random.default_rng(0)
    planes, valid = random.random(shape, dtype=np.float32), random.random(shape[:2]) < 0.7
    weight = valid if planes.ndim == 2 else valid[..., None]

    def blur(values):
        return gaussian_filter(values, 1.5, mode="constant", radius=gaussian_radius(1.5), axes=(0, 1))

    expected = blur(planes * weight.astype(float)) / blur(np.broadcast_to(weight, shape).astype(float))
    np.testing.assert_allclose(smooth(planes, 1.5, valid.astype(np.float32)), expected, rtol=1e-4)


def test_what_lies_past_the_edge_does_not_count():
    flat = np.full((5, 6, 2), 3, np.float32)
    np.testing.assert_allclose(smooth(flat, 4.0), flat, rtol=1e-6)


def test_sigma_zero_changes_nothing():
    planes = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert smooth(planes, 0) is planes
