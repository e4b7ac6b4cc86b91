"""The spectrum of each pixel: as it is, or freed of light, slope or level."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fallow.errors import InputError, check_choice
from fallow.features.base import MOST_SIGMA, Bands, Feature, check_number
from fallow.features.block import Block, Image
from fallow.features.smooth import gaussian_radius

# What the stack does with each kind: ratios and unit vectors share a unit already.
SCALING = {"bands": "standard", "derivative": "standard", "continuum": "none", "angle": "none"}


class Spectral(Feature):
    """All bands of each pixel.

    Parameters
    ----------
    kind
        "bands": the values; the choice for a handful of bands. "derivative": slopes between neighbouring bands, which
        forget the level. "continuum": the spectrum over its upper convex hull, which keeps absorption bands only.
        "angle": the spectrum as a unit vector, so that distances measure the spectral angle and shade does not matter.
    sigma
        Blur in pixels, before the rest; 1 or 2 steadies the many noisy bands of a cube.

    Notes
    -----
    Slopes and hull go along the wavelengths where the image tells them, else along the numbers of the bands.
    Cost a pixel and band: 1 ns, 5 ns for slopes or angles, 20 ns for the continuum, 4 ns for the blur; halo 3 sigma.
    Tsai and Philpot 1998, doi:10.1016/S0034-4257(98)00032-7 (derivative); Clark and Roush 1984,
    doi:10.1029/JB089iB07p06329 (continuum); Kruse et al. 1993, doi:10.1016/0034-4257(93)90013-N (angle).
    """

    family = "spectral"

    def __init__(self, kind: str = "bands", sigma: float = 0.0) -> None:
        self.kind = kind
        self.sigma = sigma

    @property
    def scaling(self) -> str:
        """Standard where bands keep their own units."""
        return SCALING[self.kind]

    @property
    def halo(self) -> int:
        """The blur's radius."""
        return gaussian_radius(self.sigma)

    @property
    def names(self) -> tuple[str, ...]:
        """The bands' names, or the pairs of them between which a slope lies."""
        ordered = [self.bands_[band] for band in self.order_]
        if self.kind == "derivative":
            return tuple(f"{left} to {right}" for left, right in pairwise(ordered))
        prefix = "" if self.kind == "bands" else f"{self.kind} "
        return tuple(prefix + name for name in (ordered if self.kind == "continuum" else self.bands_))

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""
        check_choice("kind", self.kind, SCALING)
        check_number("sigma", self.sigma, 0, MOST_SIGMA)

    def _learn(self, samples: Image, bands: Bands) -> None:  # noqa: ARG002 (the base's signature)
        if self.kind in ("derivative", "continuum") and bands.count < 3:
            raise InputError(f'spectral kind "{self.kind}" needs at least 3 bands, got {bands.count}; use "bands"')
        self.bands_ = list(bands.names)
        wavelengths = np.arange(bands.count, dtype=np.float64) if bands.wavelengths is None else bands.wavelengths
        self.order_ = np.argsort(wavelengths, kind="stable")
        ordered = np.sort(wavelengths).astype(np.float64)
        steps = np.diff(ordered)
        # Spectrometers overlap: two bands may share a wavelength, and no slope can be taken over nothing.
        steps[steps <= 0] = np.median(steps[steps > 0]) if (steps > 0).any() else 1.0
        self.steps_ = steps

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, bands)``, one less for the derivative."""
        image = block.image if self.sigma == 0 else block.smooth(block.fill(block.image), self.sigma)
        if self.kind == "bands":
            return image
        if self.kind == "angle":
            return unit_vectors(image)
        if (np.diff(self.order_) < 0).any():
            image = image[..., self.order_]
        if self.kind == "derivative":
            return np.diff(image, axis=2) / self.steps_.astype(np.float32)
        from fallow.features.continuum import remove_continuum

        wavelengths = np.concatenate([[0], np.cumsum(self.steps_)])
        return remove_continuum(np.ascontiguousarray(image).reshape(-1, self.n_bands_), wavelengths).reshape(
            image.shape
        )


def unit_vectors(image: Image) -> Image:
    """Divide each spectrum ``(..., bands)`` by its length; 0 stays 0.

    >>> unit_vectors(np.array([[3, 4], [0, 0]], np.float32))
    array([[0.6, 0.8],
           [0. , 0. ]], dtype=float32)
    """
    length = np.sqrt(np.einsum("...b,...b->...", image, image))[..., None]
    return image / np.where(length > 0, length, np.float32(1))
