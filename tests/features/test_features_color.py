from __future__ import annotations

import numpy as np
import pytest
from skimage.color import rgb2hsv, rgb2lab

from fallow.errors import InputError
from fallow.features import Bands
from fallow.features.color import Color

PURE = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [12, 100, 201]]], np.float32)


def color(image: np.ndarray, bands: Bands, **options) -> np.ndarray:
    return Color(sigma=0, **options).fit(image.reshape(-1, bands.count), bands).transform(image)


def test_lab_of_pure_colours_is_lab():
    np.testing.assert_allclose(color(PURE, Bands(3, dtype="uint8")), rgb2lab(PURE / 255), atol=0.3)


def test_hue_does_not_wrap():
    pinkish, orangish = np.array([255, 0, 4], np.float32), np.array([255, 4, 0], np.float32)
    features = color(np.stack([[pinkish, orangish]]), Bands(3, dtype="uint8"), space="hsv")
    assert np.abs(features[0, 0] - features[0, 1]).max() < 0.05


def test_hsv_holds_hue_and_saturation():
    hue, saturation, value = np.moveaxis(rgb2hsv(PURE / 255), 2, 0)
    expected = np.stack([saturation * np.cos(2 * np.pi * hue), saturation * np.sin(2 * np.pi * hue), value], axis=2)
    np.testing.assert_allclose(color(PURE, Bands(3, dtype="uint8"), space="hsv"), expected, atol=1e-5)


def test_other_types_share_one_range_so_that_the_balance_stays():
    image = np.random.default_rng(0).uniform(1000, 3000, (50, 50, 3)).astype(np.float32)
    image[..., 2] /= 2
    features = color(image, Bands(3, dtype="uint16"), space="rgb")
    np.testing.assert_allclose(np.ptp(features[..., 2]) / np.ptp(features[..., 0]), 0.5, atol=0.02)


def test_grey_is_grey():
    assert color(np.array([[[0], [255]]], np.float32), Bands(1, dtype="uint8")).ravel().tolist() == [0, 100]


def test_bands_are_found_by_name():
    named = Bands(4, ("nir", "blue", "green", "red"), "uint8")
    image = np.array([[[9, 255, 0, 0]]], np.float32)
    np.testing.assert_allclose(color(image, named, space="rgb").ravel(), [0, 0, 1])


def test_two_bands_have_no_colour():
    with pytest.raises(InputError, match='color needs one band, or three and more, got 2; use "spectral" instead'):
        Color().fit(np.zeros((4, 2), np.float32), Bands(2))
