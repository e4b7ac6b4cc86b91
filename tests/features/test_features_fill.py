from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from fallow.features.fill import nearest_valid, reach_with_fill


@pytest.mark.parametrize("share", [0.002, 0.05, 0.6])
def test_holes_take_a_valid_pixel_hardly_farther_than_the_nearest(share):
    valid = np.random.default_rng(0).random((70, 90)) < share
    valid[20, 30] = True
    holes, sources = nearest_valid(valid)
    assert np.array_equal(holes, np.flatnonzero(~valid))
    assert valid.ravel()[sources].all()
    taken = np.hypot(*np.subtract(np.unravel_index(holes, valid.shape), np.unravel_index(sources, valid.shape)))
    nearest = distance_transform_edt(~valid).ravel()[holes]
    assert (taken <= 1.04 * nearest + 1e-9).all()


def test_the_reach_covers_the_farthest_pixel_that_can_be_taken():
    """A hole in the corner of the filter's square has the filter's centre no farther than the square's diagonal."""
    for radius in (1, 4, 20):
        assert reach_with_fill(radius) >= radius + 1.04 * np.hypot(radius, radius)
