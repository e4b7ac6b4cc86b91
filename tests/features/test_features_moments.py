from __future__ import annotations

import numpy as np
from feature_scenes import bands_of, rows_of

from fallow.features.moments import Moments, central_moments


def test_moments_of_a_wide_window_are_those_of_the_distribution():
    random = np.random.default_rng(0)
    values = random.exponential(size=(200, 200, 1)).astype(np.float32)
    moments = Moments(sigma=30).fit(rows_of(values), bands_of(1))
    mean, deviation, skewness, _ = moments.transform(values)[100, 100]
    np.testing.assert_allclose([mean, deviation, skewness], [0, 1, 2], atol=0.15)


def test_raw_moments_become_central_ones():
    values = np.random.default_rng(1).normal(0.5, 2, 100_000)
    raw = np.array([np.mean(values**power) for power in (1, 2, 3, 4)])
    np.testing.assert_allclose(central_moments(raw), [0.5, 2, 0, 0], atol=0.05)
