from __future__ import annotations

import numpy as np
from feature_scenes import bands_of, rows_of, scene
from scipy.signal import convolve2d

from fallow.features.gabor import ENVELOPE, RADIUS, WAVELENGTH, Gabor, gabor_magnitudes


def test_magnitudes_equal_a_plain_complex_convolution():
    plane = scene(30, 34, 1)[..., 0]
    row, col = np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1]
    envelope = np.exp(-(row**2 + col**2) / (2 * ENVELOPE**2))
    envelope /= envelope.sum()
    for number, magnitude in enumerate(gabor_magnitudes(plane, 6)):
        angle = np.pi * number / 6
        wave = envelope * np.exp(2j * np.pi / WAVELENGTH * (col * np.cos(angle) + row * np.sin(angle)))
        wave -= envelope * wave.sum()
        expected = np.abs(convolve2d(plane.astype(float), wave[::-1, ::-1], "valid"))
        inside = slice(RADIUS, -RADIUS)
        np.testing.assert_allclose(magnitude[inside, inside], expected, rtol=1e-3, atol=1e-2)


def test_stripes_answer_at_their_own_width_and_direction():
    rows, cols = np.mgrid[:160, :160]
    for length, degrees in ((3, 0), (6, 45), (12, 90)):
        angle = np.deg2rad(degrees)
        wave = np.sin(2 * np.pi / length * (cols * np.cos(angle) + rows * np.sin(angle)))
        stripes = (100 + 50 * wave).astype(np.float32)[..., None]
        gabor = Gabor().fit(rows_of(stripes), bands_of(1))
        strongest = gabor.names[int(gabor.transform(stripes)[80, 80].argmax())]
        assert strongest == f"gabor_{length}px_{degrees}deg"


def test_light_does_not_matter():
    grey = scene(60, 60, 1)
    gabor = Gabor().fit(rows_of(grey), bands_of(1))
    np.testing.assert_allclose(gabor.transform(grey + 1000), gabor.transform(grey), rtol=1e-3, atol=1e-3)
