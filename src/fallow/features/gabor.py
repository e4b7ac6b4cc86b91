"""Texture by frequency and direction: energies of a bank of Gabor filters."""

from __future__ import annotations

import cv2
import numpy as np

from fallow.features.base import MOST_SIGMA, Bands, Feature, check_number
from fallow.features.block import Block, Image
from fallow.features.cells import CELL, CellGrid, halve, pooling_reach
from fallow.features.fill import reach_with_fill
from fallow.features.lightness import learn_lightness, lightness

# The finest filter in pixels; coarser ones are the same filter on the halved plane.
WAVELENGTH, ENVELOPE, RADIUS = 3.0, 1.5, 4


class Gabor(Feature):
    """Energies of quadrature Gabor filters in a Gaussian window.

    A filter answers to stripes of one width and direction, whatever their phase. The mean under the filter is taken
    off, so light does not matter. Taken of lightness (or the only band, or the first principal component).

    Parameters
    ----------
    scales
        Number of wavelengths, 1 to 3: 3, 6 and 12 pixels.
    orientations
        Directions of change, from 0 degrees (along the columns) in equal steps below 180.
    sigma
        Standard deviation of the window in pixels, at least 2. Texture needs room: below about 8 a class falls apart.

    Notes
    -----
    Features are square roots of the mean magnitude. Filters are separable complex ones, and each octave works on a
    plane halved once more. Cost: 85 ns a pixel with 3 scales and 4 orientations; halo about 3 sigma + 60. Jain and
    Farrokhnia 1991, doi:10.1016/0031-3203(91)90143-S.
    """

    family = "gabor"

    def __init__(self, scales: int = 3, orientations: int = 4, sigma: float = 10.0) -> None:
        self.scales = scales
        self.orientations = orientations
        self.sigma = sigma

    @property
    def halo(self) -> int:
        """The window's radius, and the coarsest filter's beyond it."""
        step = 2 ** (self.scales - 1)
        return pooling_reach(self.sigma) + reach_with_fill(step * (RADIUS + 1) - 1)

    @property
    def names(self) -> tuple[str, ...]:
        """One name a wavelength and direction."""
        degrees = [f"{180 * number / self.orientations:g}" for number in range(self.orientations)]
        lengths = [f"{WAVELENGTH * 2**scale:g}" for scale in range(self.scales)]
        return tuple(f"gabor_{length}px_{degree}deg" for length in lengths for degree in degrees)

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""
        check_number("scales", self.scales, 1, int(np.log2(CELL)) + 1, whole=True)
        check_number("orientations", self.orientations, 1, 16, whole=True)
        check_number("sigma", self.sigma, 2, MOST_SIGMA)

    def _learn(self, samples: Image, bands: Bands) -> None:
        self.weights_, self.offset_ = learn_lightness(samples, bands)

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, scales * orientations)``."""
        grid = CellGrid(block)
        plane = grid.align(lightness(block, self.weights_, self.offset_))
        cells = []
        for scale in range(self.scales):
            plane = halve(plane) if scale else plane
            cells += [grid.average(energy) for energy in gabor_magnitudes(plane, self.orientations)]
        return grid.spread(np.sqrt(grid.pool(np.stack(cells, axis=2), self.sigma)))


def gabor_magnitudes(plane: Image, n_orientations: int) -> list[Image]:
    """Return the magnitude of the response at each orientation; the plane is repeated at its edge.

    The filter is ``exp(-r^2 / 2 s^2) exp(i (u col + v row))``: a product of a complex filter along the columns and one
    along the rows, so four real separable filters give its two parts. Those of its mirror image, at 180 degrees less
    its own, are the same four with other signs.
    """
    at = np.arange(-RADIUS, RADIUS + 1)
    envelope = np.exp(-(at**2) / (2 * ENVELOPE**2))
    envelope /= envelope.sum()
    mean = _filter(plane, envelope, envelope)
    magnitudes: dict[int, Image] = {}
    for number in range(n_orientations // 2 + 1):
        angle = np.pi * number / n_orientations
        u, v = 2 * np.pi / WAVELENGTH * np.array([np.cos(angle), np.sin(angle)])
        along_col, along_row = envelope * np.exp(1j * u * at), envelope * np.exp(1j * v * at)
        cos_cos = _filter(plane, along_col.real, along_row.real)
        cos_cos -= np.float32((along_col.sum() * along_row.sum()).real) * mean
        sin_sin = _filter(plane, along_col.imag, along_row.imag)
        sin_cos = _filter(plane, along_col.imag, along_row.real)
        cos_sin = _filter(plane, along_col.real, along_row.imag)
        magnitudes[number] = _length(cos_cos - sin_sin, cos_sin + sin_cos)
        if number < n_orientations - number < n_orientations:
            magnitudes[n_orientations - number] = _length(cos_cos + sin_sin, cos_sin - sin_cos)
    return [magnitudes[number] for number in range(n_orientations)]


def _length(even: Image, odd: Image) -> Image:
    # Not cv2.magnitude, whose last bit depends on where in memory the planes lie.
    even *= even
    odd *= odd
    even += odd
    return np.sqrt(even, out=even)


def _filter(plane: Image, along_col: np.ndarray, along_row: np.ndarray) -> Image:
    return cv2.sepFilter2D(plane, cv2.CV_32F, along_col, along_row, borderType=cv2.BORDER_REPLICATE)
