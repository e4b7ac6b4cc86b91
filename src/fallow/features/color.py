"""Colour as people see it: CIE Lab, RGB or HSV of each pixel, lightly blurred."""

from __future__ import annotations

import cv2
import numpy as np

from fallow.errors import InputError, check_choice
from fallow.features.base import MOST_SIGMA, Bands, Feature, check_number
from fallow.features.block import Block, Image
from fallow.features.roles import rgb_bands
from fallow.features.smooth import gaussian_radius
from fallow.features.tone import learn_range, stretch

SPACES = {
    "lab": ("lab_l", "lab_a", "lab_b"),
    "rgb": ("rgb_r", "rgb_g", "rgb_b"),
    "hsv": ("hsv_cos", "hsv_sin", "hsv_value"),
}


class Color(Feature):
    """Colour of each pixel.

    A grey image gives its grey value, an image of three bands its colour, one of more bands the colour of those called
    red, green and blue (or known as such by their wavelengths), else of the first three.

    Parameters
    ----------
    space
        "lab" is CIE L*a*b* (D65): distances are what people call different, so it is not scaled further, which
        measured better than standardised Lab. "rgb" is as stored. "hsv" gives cos and sin of the hue, both times the
        saturation, so that red does not fall apart at 0 and 360 degrees and grey has no hue; and the value.
    sigma
        Blur in pixels, after conversion.

    Notes
    -----
    Values: 8-bit images count from 0 to 255, all others between two robust percentiles of all three bands together.
    L is 0 to 100, a and b about -100 to 100; the others 0 to 1 or -1 to 1; grey values 0 to 100.
    Cost: 25 ns a pixel (lab), halo 3 sigma. Robertson 1977, doi:10.1002/j.1520-6378.1977.tb00104.x; Smith 1978,
    doi:10.1145/965139.807361.
    """

    family = "color"

    def __init__(self, space: str = "lab", sigma: float = 1.0) -> None:
        self.space = space
        self.sigma = sigma

    @property
    def scaling(self) -> str:
        """The three axes share a unit in every space."""
        return "none"

    @property
    def halo(self) -> int:
        """The blur's radius."""
        return gaussian_radius(self.sigma)

    @property
    def names(self) -> tuple[str, ...]:
        """One name, or three."""
        return SPACES[self.space] if len(self.bands_) == 3 else ("grey",)

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""
        check_choice("space", self.space, SPACES)
        check_number("sigma", self.sigma, 0, MOST_SIGMA)

    def _learn(self, samples: Image, bands: Bands) -> None:
        if bands.count == 2:
            raise InputError('color needs one band, or three and more, got 2; use "spectral" instead')
        self.bands_ = (0,) if bands.count == 1 else rgb_bands(bands)
        self.low_, self.high_ = learn_range(samples[:, self.bands_], bands)

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, 1 or 3)``."""
        image = block.fill(block.image)
        if tuple(self.bands_) != tuple(range(self.n_bands_)):
            image = image[..., self.bands_]
        return block.smooth(convert(stretch(image, self.low_, self.high_), self.space), self.sigma)


def convert(rgb: Image, space: str) -> Image:
    """Convert ``(rows, cols, 3)`` from 0 to 1 into a space of `SPACES`; a grey image is only made 0 to 100.

    >>> convert(np.ones((1, 1, 3), np.float32), "lab").round()
    array([[[100.,   0.,   0.]]], dtype=float32)
    """
    if rgb.shape[2] == 1:
        return rgb * np.float32(100)
    if space == "rgb":
        return rgb
    if space == "lab":
        return cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)
    hue, saturation, value = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV))
    angle = np.deg2rad(hue)
    return cv2.merge([saturation * np.cos(angle), saturation * np.sin(angle), value])
