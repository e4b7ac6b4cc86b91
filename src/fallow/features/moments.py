"""Local moments: how light a neighbourhood is, how much it varies, and how lopsidedly."""

from __future__ import annotations

import numpy as np

from fallow.features.base import MOST_SIGMA, Bands, Feature, check_number
from fallow.features.block import Block, Image
from fallow.features.cells import CellGrid, pooling_reach
from fallow.features.lightness import learn_lightness, lightness

# Variance, in that of the whole image, below which shape is rounding.
FLAT = 1e-2


class Moments(Feature):
    """Mean, deviation, skewness and kurtosis of lightness in a Gaussian window.

    The cheapest texture: rough against smooth, bright specks against dark ones. All but the mean are free of the
    light's level; the shape is free of contrast as well. Taken of lightness (or the only band, or the first principal
    component).

    Parameters
    ----------
    sigma
        Standard deviation of the window in pixels, at least 2.

    Notes
    -----
    Skewness and kurtosis are 0 for a normal distribution; kurtosis is the logarithm of its ratio to that. A floor under
    the variance (a hundredth of the image's) keeps rounding in flat areas from having a shape.
    Cost: 30 ns a pixel; halo about 3 sigma + 10. Haralick 1979, doi:10.1109/PROC.1979.11328.
    """

    family = "moments"

    def __init__(self, sigma: float = 8.0) -> None:
        self.sigma = sigma

    @property
    def halo(self) -> int:
        """The window's radius on the grid of cells."""
        return pooling_reach(self.sigma)

    @property
    def names(self) -> tuple[str, ...]:
        """Four names."""
        return "local_mean", "local_deviation", "local_skewness", "local_kurtosis"

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""
        check_number("sigma", self.sigma, 2, MOST_SIGMA)

    def _learn(self, samples: Image, bands: Bands) -> None:
        self.weights_, self.offset_ = learn_lightness(samples, bands)

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, 4)``."""
        grid = CellGrid(block)
        plane = grid.align(lightness(block, self.weights_, self.offset_))
        powers = [plane]
        for _ in range(3):
            powers.append(powers[-1] * plane)
        raw = grid.pool(np.stack([grid.average(power) for power in powers], axis=2), self.sigma)
        return grid.spread(central_moments(raw))


def central_moments(raw: Image) -> Image:
    """Turn means of the first four powers ``(..., 4)`` into mean, deviation, skewness and log kurtosis."""
    first, second, third, fourth = np.moveaxis(raw.astype(np.float64), -1, 0)
    variance = np.maximum(second - first**2, 0)
    third = third - 3 * first * second + 2 * first**3
    fourth = fourth - 4 * first * third - 6 * first**2 * variance - first**4
    floored = variance + FLAT
    kurtosis = np.log(np.maximum(fourth / floored**2, 1) / 3)
    return np.stack([first, np.sqrt(variance), third / floored**1.5, kurtosis], axis=-1).astype(np.float32)
