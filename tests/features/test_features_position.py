from __future__ import annotations

import numpy as np
from feature_scenes import bands_of

from fallow.features.position import Position


def test_positions_are_pixel_centres_in_units_of_the_longer_side():
    position = Position().fit(np.zeros((1, 1), np.float32), bands_of(1))
    block = position.transform(np.zeros((2, 3, 1), np.float32), (10, 20), (50, 100))
    np.testing.assert_allclose(block[..., 0], [[0.105] * 3, [0.115] * 3])
    np.testing.assert_allclose(block[..., 1], [[0.205, 0.215, 0.225]] * 2)
