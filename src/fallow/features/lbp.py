"""Micro-texture: histograms of local binary patterns."""

from __future__ import annotations

import numpy as np
from numba import njit

from fallow.features.base import MOST_SIGMA, Bands, Feature, check_number
from fallow.features.block import Block, Image
from fallow.features.cells import CellGrid, pooling_reach
from fallow.features.fill import reach_with_fill
from fallow.features.lightness import learn_lightness, lightness

N_POINTS = 8
N_PATTERNS = N_POINTS + 2

# Differences of lightness, in deviations of the image, that are rounding and not structure.
TOLERANCE = 1e-4


class LBP(Feature):
    """Histograms of uniform, rotation-invariant local binary patterns in a Gaussian window.

    Eight points on a circle are compared with its centre; of the patterns those with at most two changes around the
    circle are told apart by their number of brighter points (0 to 8), all others are one. Only order counts: neither
    light nor contrast changes a pattern. Taken of lightness (or the only band, or the first principal component).

    Parameters
    ----------
    scales
        Number of circles, 1 to 3: radius 1, 2 and 4 pixels.
    sigma
        Standard deviation of the window in pixels, at least 2. Texture needs room: below about 8 a class falls apart.

    Notes
    -----
    Features are square roots of shares: their Euclidean distance is the Hellinger distance of the histograms.
    Cost: 70 ns a pixel with two scales; halo about 3 sigma + 16. Ojala, Pietikainen and Maenpaa 2002,
    doi:10.1109/TPAMI.2002.1017623.
    """

    family = "lbp"

    def __init__(self, scales: int = 2, sigma: float = 10.0) -> None:
        self.scales = scales
        self.sigma = sigma

    @property
    def scaling(self) -> str:
        """All are shares."""
        return "none"

    @property
    def halo(self) -> int:
        """The window's radius, and the largest circle's beyond it."""
        return pooling_reach(self.sigma) + reach_with_fill(2 ** (self.scales - 1))

    @property
    def names(self) -> tuple[str, ...]:
        """One name a scale and pattern: the number of brighter points, or "other"."""
        patterns = [*map(str, range(N_POINTS + 1)), "other"]
        return tuple(f"lbp_{2**scale}px_{pattern}" for scale in range(self.scales) for pattern in patterns)

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""
        check_number("scales", self.scales, 1, 3, whole=True)
        check_number("sigma", self.sigma, 2, MOST_SIGMA)

    def _learn(self, samples: Image, bands: Bands) -> None:
        self.weights_, self.offset_ = learn_lightness(samples, bands)

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, 10 * scales)``."""
        grid = CellGrid(block)
        plane = grid.align(lightness(block, self.weights_, self.offset_))
        cells = [grid.histogram(binary_patterns(plane, 2**scale), N_PATTERNS) for scale in range(self.scales)]
        return grid.spread(np.sqrt(grid.pool(np.concatenate(cells, axis=2), self.sigma)))


def binary_patterns(plane: Image, radius: int) -> Image:
    """Return each pixel's uniform rotation-invariant pattern, 0 to 9, as float32; the plane is repeated at its edge.

    >>> binary_patterns(np.array([[5, 5, 5], [5, 9, 5], [5, 5, 5]], np.float32), 1)[1, 1]
    np.float32(0.0)
    """
    angle = 2 * np.pi * np.arange(N_POINTS) / N_POINTS
    d_row, d_col = np.round(-radius * np.sin(angle), 5), np.round(radius * np.cos(angle), 5)
    corner_row, corner_col = np.floor(d_row), np.floor(d_col)
    down, right = d_row - corner_row, d_col - corner_col
    padded = np.pad(plane, radius + 1, mode="edge")
    corners = (corner_row * padded.shape[1] + corner_col).astype(np.int64)
    # Bilinear weights of the four pixels around each point.
    shares = np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right], axis=1)
    return _patterns(padded, corners, shares.astype(np.float32), pattern_of_bits(), radius + 1)


def pattern_of_bits() -> np.ndarray:
    """Return for each of the 256 sets of brighter points its pattern, 0 to 9."""
    bits = (np.arange(256)[:, None] >> np.arange(N_POINTS)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    return np.where(changes <= 2, bits.sum(axis=1), N_PATTERNS - 1).astype(np.float32)


@njit(cache=True, nogil=True)
def _patterns(padded, corners, shares, pattern_of, margin):
    """Read eight points around each pixel at flat offsets `corners` and look their comparison up.

    Row by row and point by point, on slices: so the inner loop is free of branches and fills the vector registers.
    """
    width, n_cols = padded.shape[1], padded.shape[1] - 2 * margin
    flat = padded.ravel()
    patterns = np.empty((padded.shape[0] - 2 * margin, n_cols), np.float32)
    bits = np.empty(n_cols, np.int32)
    for row in range(patterns.shape[0]):
        first = (row + margin) * width + margin
        center = flat[first : first + n_cols]
        bits[:] = 0
        for point in range(N_POINTS):
            corner = first + corners[point]
            upper, upper_next = flat[corner : corner + n_cols], flat[corner + 1 : corner + 1 + n_cols]
            corner += width
            lower, lower_next = flat[corner : corner + n_cols], flat[corner + 1 : corner + 1 + n_cols]
            a, b, c, d = shares[point]
            bit = np.int32(1 << point)
            for col in range(n_cols):
                value = a * upper[col] + b * upper_next[col] + c * lower[col] + d * lower_next[col]
                bits[col] |= bit if value >= center[col] - np.float32(TOLERANCE) else np.int32(0)
        for col in range(n_cols):
            patterns[row, col] = pattern_of[bits[col]]
    return patterns
