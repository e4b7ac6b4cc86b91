from __future__ import annotations

import numpy as np
from feature_scenes import bands_of, rows_of
from scipy.ndimage import correlate1d

from fallow.features.gradient import Gradient, structure_tensor


def scharr(plane: np.ndarray, axis: int) -> np.ndarray:
    derivative = correlate1d(plane.astype(float), [-0.5, 0, 0.5], axis, mode="nearest")
    return correlate1d(derivative, [3 / 16, 10 / 16, 3 / 16], 1 - axis, mode="nearest")


def test_the_tensor_sums_scharr_products_over_bands(photo):
    weights = np.array([1.0, 0.5, 2.0], np.float32)
    by_row, by_col = (
        np.stack([weight * scharr(photo[..., band], axis) for band, weight in enumerate(weights)]) for axis in (0, 1)
    )
    expected = np.stack([(by_row**2).sum(0), (by_col**2).sum(0), (by_row * by_col).sum(0)], axis=2)
    planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(photo, 2, 0)]
    np.testing.assert_allclose(structure_tensor(planes, weights), expected, rtol=1e-3, atol=1e-2)


def test_a_ramp_has_one_direction_and_its_slope():
    rows, cols = np.mgrid[:60, :60]
    angle = np.deg2rad(30)
    ramp = (cols * np.cos(angle) + rows * np.sin(angle)).astype(np.float32)[..., None]
    gradient = Gradient().fit(rows_of(ramp), bands_of(1))
    magnitude, across, along, cos2, sin2, coherence = gradient.transform(ramp)[30, 30]
    np.testing.assert_allclose([magnitude, across], 1 / ramp.std(), rtol=1e-4)
    np.testing.assert_allclose([along, coherence], [0, 1], atol=0.05)
    np.testing.assert_allclose(np.rad2deg(np.arctan2(sin2, cos2)) / 2, 30, atol=1e-3)


def test_the_eigenvalues_are_those_of_the_smoothed_tensor(photo):
    from fallow.features.smooth import smooth

    gradient = Gradient(sigma=1.5).fit(rows_of(photo), bands_of(3))
    planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(photo, 2, 0)]
    row_row, col_col, row_col = smooth(structure_tensor(planes, gradient.weights_), 1.5)[20, 31].astype(float)
    low, high = np.linalg.eigvalsh([[row_row, row_col], [row_col, col_col]])
    np.testing.assert_allclose(gradient.transform(photo)[20, 31, 1:3], np.sqrt([high, low]), rtol=1e-4)
