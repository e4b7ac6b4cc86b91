from __future__ import annotations

import numpy as np
import pytest
from feature_scenes import bands_of, scene
from scipy.spatial import ConvexHull

from fallow.errors import InputError
from fallow.features import Bands
from fallow.features.continuum import remove_continuum
from fallow.features.spectral import Spectral


def spectral(image: np.ndarray, bands: Bands, **options) -> np.ndarray:
    return Spectral(**options).fit(image.reshape(-1, bands.count), bands).transform(image)


def upper_hull(wavelengths: np.ndarray, spectrum: np.ndarray) -> np.ndarray:
    """The hull by brute force: the highest line between any two bands."""
    levels = [spectrum]
    for left in range(len(spectrum)):
        for right in range(left + 1, len(spectrum)):
            between = np.interp(wavelengths, wavelengths[[left, right]], spectrum[[left, right]])
            levels.append(
                np.where((wavelengths >= wavelengths[left]) & (wavelengths <= wavelengths[right]), between, 0)
            )
    return np.max(levels, axis=0)


def test_continuum_removal_equals_the_brute_force_hull():
    random = np.random.default_rng(0)
    wavelengths = np.sort(random.uniform(400, 2500, 12))
    spectra = random.random((40, 12), dtype=np.float32)
    expected = [spectrum / upper_hull(wavelengths, spectrum) for spectrum in spectra.astype(float)]
    np.testing.assert_allclose(remove_continuum(spectra, wavelengths), expected, rtol=1e-5)
    np.testing.assert_allclose(remove_continuum.py_func(spectra, wavelengths), expected, rtol=1e-5)


def test_the_hull_touches_where_scipys_does():
    wavelengths, spectrum = np.arange(30.0), np.random.default_rng(3).random(30, dtype=np.float32)
    points = np.column_stack([[0, *wavelengths, 29], [-9, *spectrum, -9]])
    corners = np.setdiff1d(ConvexHull(points).vertices, [0, 31]) - 1
    touching = np.flatnonzero(remove_continuum(spectrum[None], wavelengths)[0] > 1 - 1e-6)
    assert np.array_equal(touching, corners)


def test_bands_are_themselves():
    image = scene(5, 6, 4)
    assert np.array_equal(spectral(image, Bands(4)), image)


def test_the_angle_forgets_shade():
    image = scene(5, 6, 6) + 1
    np.testing.assert_allclose(
        spectral(image / 2, bands_of(6), kind="angle"), spectral(image, bands_of(6), kind="angle")
    )


def test_the_derivative_is_a_slope_over_wavelength_in_any_order_of_bands():
    bands = Bands(3, ("c", "a", "b"), wavelengths=(900.0, 500.0, 600.0))
    image = np.array([[[50.0, 10.0, 30.0]]], np.float32)
    derivative = Spectral(kind="derivative").fit(image[0], bands)
    np.testing.assert_allclose(derivative.transform(image).ravel(), [20 / 100, 20 / 300], rtol=1e-6)
    assert derivative.names == ("a to b", "b to c")


def test_two_bands_at_one_wavelength_have_a_slope():
    bands = Bands(4, wavelengths=(500.0, 510.0, 510.0, 520.0))
    slopes = spectral(np.array([[[1.0, 2.0, 4.0, 5.0]]], np.float32), bands, kind="derivative")
    np.testing.assert_allclose(slopes.ravel(), [0.1, 0.2, 0.1], rtol=1e-6)


def test_slopes_need_three_bands():
    with pytest.raises(InputError, match='spectral kind "continuum" needs at least 3 bands, got 2; use "bands"'):
        Spectral(kind="continuum").fit(np.zeros((3, 2), np.float32), Bands(2))
