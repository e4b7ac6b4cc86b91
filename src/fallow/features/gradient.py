"""Edges and their direction: gradient magnitude and the structure tensor, of all bands together."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from fallow.features.base import MOST_SIGMA, Bands, Feature, check_number
from fallow.features.block import Block, Image
from fallow.features.fill import reach_with_fill
from fallow.features.scale import Scaler
from fallow.features.smooth import gaussian_radius

# The weights of Scharr's derivative add up to 32 on two pixels' distance.
SCHARR = 1 / 32

# Squared gradient, in squared band deviations a pixel, below which an orientation means nothing.
FLAT = 1e-4


class Gradient(Feature):
    """Strength and direction of change, each band measured in its own standard deviation.

    `magnitude` is the length of the gradient over all bands at the pixel (Di Zenzo). The others come from the structure
    tensor in a Gaussian window: `across` and `along` are the square roots of its eigenvalues, large and small for an
    edge, both large for a corner or a rough texture; `cos2` and `sin2` give the direction of change as a vector of the
    doubled angle (opposite directions are one) whose length is the `coherence`, 0 where no direction stands out and 1
    where there is but one.

    Parameters
    ----------
    sigma
        Standard deviation of the tensor's window in pixels.

    Notes
    -----
    Cost: 80 ns a pixel with three bands; halo 3 sigma + 3. Scharr 2000, doi:10.11588/heidok.00000962; Di Zenzo 1986,
    doi:10.1016/0734-189X(86)90223-9; Bigun, Granlund and Wiklund 1991, doi:10.1109/34.85668.
    """

    family = "gradient"

    def __init__(self, sigma: float = 2.0) -> None:
        self.sigma = sigma

    @property
    def halo(self) -> int:
        """The window's radius, and the derivative's beyond it."""
        return gaussian_radius(self.sigma) + reach_with_fill(1)

    @property
    def names(self) -> tuple[str, ...]:
        """Six names."""
        return tuple(f"gradient_{name}" for name in ("magnitude", "across", "along", "cos2", "sin2", "coherence"))

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""
        check_number("sigma", self.sigma, 0, MOST_SIGMA)

    def _learn(self, samples: Image, bands: Bands) -> None:  # noqa: ARG002 (the base's signature)
        self.weights_ = Scaler("standard").fit(samples).factor_.astype(np.float32)

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, 6)``."""
        planes = (block.fill(np.ascontiguousarray(block.image[..., band])) for band in range(self.n_bands_))
        tensor = structure_tensor(planes, self.weights_)
        magnitude = np.sqrt(tensor[..., 0] + tensor[..., 1])
        row_row, col_col, row_col = cv2.split(block.smooth(tensor, self.sigma))
        energy, difference = col_col + row_row, col_col - row_row
        # Not cv2.magnitude, whose last bit depends on where in memory the planes lie.
        spread = np.sqrt(difference * difference + 4 * row_col * row_col)
        across, along = np.sqrt((energy + spread) / 2), np.sqrt(np.maximum(energy - spread, 0) / 2)
        energy += np.float32(FLAT)
        return cv2.merge([magnitude, across, along, difference / energy, 2 * row_col / energy, spread / energy])


def structure_tensor(planes: Iterable[Image], weights: Image) -> Image:
    """Return the products of Scharr derivatives, summed over weighted planes ``(rows, cols)``.

    Returns
    -------
    ``(rows, cols, 3)``: row by row, col by col, row by col.
    """
    tensor = np.zeros(3, np.float32)
    for plane, weight in zip(planes, weights, strict=True):
        by_row, by_col = (
            cv2.Scharr(plane, cv2.CV_32F, d_col, 1 - d_col, scale=SCHARR * weight, borderType=cv2.BORDER_REPLICATE)
            for d_col in (0, 1)
        )
        tensor = tensor + cv2.merge([by_row * by_row, by_col * by_col, by_row * by_col])
    return tensor
