"""Local histograms: which colours a neighbourhood holds, not only their mean."""

from __future__ import annotations

import numpy as np
from numba import njit

from fallow.features.base import MOST_SIGMA, Bands, Feature, check_number
from fallow.features.block import Block, Image
from fallow.features.cells import CellGrid, pooling_reach
from fallow.features.color import convert
from fallow.features.principal import principal_axes
from fallow.features.roles import rgb_bands
from fallow.features.tone import learn_range, stretch

PLANES = {1: ("grey",), 2: ("pc1", "pc2"), 3: ("lab_l", "lab_a", "lab_b")}
MOST_PLANES = ("pc1", "pc2", "pc3")


class Histogram(Feature):
    """Soft histograms of colour in a Gaussian window.

    They tell a field of red and green dots from a brown one. The planes are the grey value of one band, Lab of three
    bands, and the first two or three principal components of standardised bands otherwise. Bins are centred on
    quantiles of each plane, so that they are used alike; a value between two centres counts to both.

    Parameters
    ----------
    bins
        Bins a plane.
    sigma
        Standard deviation of the window in pixels, at least 2.

    Notes
    -----
    Features are square roots of shares: their Euclidean distance is the Hellinger distance of the histograms.
    Cost: 110 ns a pixel with three planes; halo about 3 sigma + 10. Swain and Ballard 1991, doi:10.1007/BF00130487.
    """

    family = "histogram"

    def __init__(self, bins: int = 8, sigma: float = 4.0) -> None:
        self.bins = bins
        self.sigma = sigma

    @property
    def scaling(self) -> str:
        """All are shares."""
        return "none"

    @property
    def halo(self) -> int:
        """The window's radius on the grid of cells."""
        return pooling_reach(self.sigma)

    @property
    def names(self) -> tuple[str, ...]:
        """One name a plane and bin, darkest bin first."""
        planes = PLANES.get(self.n_bands_, MOST_PLANES)
        return tuple(f"histogram_{plane}_{number}" for plane in planes for number in range(self.bins))

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""
        check_number("bins", self.bins, 2, 64, whole=True)
        check_number("sigma", self.sigma, 2, MOST_SIGMA)

    def _learn(self, samples: Image, bands: Bands) -> None:
        self.low_, self.high_ = learn_range(samples, bands)
        self.center_, self.axes_ = np.zeros(bands.count, np.float32), np.eye(bands.count, dtype=np.float32)
        if bands.count == 3:
            self.axes_ = self.axes_[:, rgb_bands(bands)]
        elif bands.count > 1:
            center, axes = principal_axes(samples, min(3, bands.count))
            self.center_, self.axes_ = center.astype(np.float32), axes.astype(np.float32)
        shares = (np.arange(self.bins) + 0.5) / self.bins
        self.bin_centers_ = np.quantile(self._planes(samples[:, None])[:, 0], shares, axis=0).T.astype(np.float32)

    def _planes(self, image: Image) -> Image:
        """Turn ``(rows, cols, bands)`` into the planes to count."""
        if self.n_bands_ == 1:
            return image
        if self.n_bands_ == 3:
            return convert(stretch(image @ self.axes_, self.low_, self.high_), "lab")
        return (image - self.center_) @ self.axes_

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, planes * bins)``."""
        grid = CellGrid(block)
        planes = self._planes(block.fill(block.image))
        cells = [
            grid.histogram(grid.align(bin_positions(np.ascontiguousarray(planes[..., number]), centers)), self.bins)
            for number, centers in enumerate(self.bin_centers_)
        ]
        return grid.spread(np.sqrt(grid.pool(np.concatenate(cells, axis=2), self.sigma)))


@njit(cache=True, nogil=True)
def bin_positions(plane, centers):
    """Return where each value lies between the rising bin centers, as `numpy.interp` does: 2.25 is past the third."""
    rows, cols = plane.shape
    last = len(centers) - 1
    positions = np.empty((rows, cols), np.float32)
    for row in range(rows):
        for col in range(cols):
            value = plane[row, col]
            above = 0
            for center in centers:
                above += center <= value
            if above == 0 or above > last:
                positions[row, col] = min(above, last)
            else:
                low, high = centers[above - 1], centers[above]
                positions[row, col] = np.float32(above - 1) + (value - low) / (high - low)
    return positions
