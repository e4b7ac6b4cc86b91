"""Planes that tell textures of one tone apart: how much, how finely and in what patterns lightness changes."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.regions.cells import mean_cells
from fallow.regions.contours import blur, local_energy

FINE_SIGMA, FINE_WINDOW = 1.0, 1.5  # pixels
LEAST_ENERGY = np.float32(0.3)  # below this, in units of lightness, is noise
LEAST_STEP = np.float32(0.4)  # by which a neighbour must be lighter


def texture_planes(lightness: NDArray[np.float32], half: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe the texture around each cell.

    Parameters
    ----------
    lightness : (rows, cols) float32
        0..100, of pixels.
    half : (rows / 2, cols / 2) float32, rounded up
        0..100, of cells.

    Returns
    -------
    (rows / 2, cols / 2, 3) float32
        Logarithm of the local deviation of cells; the same of pixels; and the pattern of the eight cells around, by how
        many of them in a row are lighter (0..8; 9 where they are not all in one row).

    Notes
    -----
    The pattern is the uniform rotation-invariant local binary pattern of Ojala, Pietikainen, Maenpaa 2002,
    doi:10.1109/TPAMI.2002.1017623, at radius 1 with a least step, so that noise makes no pattern.
    """
    coarse = np.log(local_energy(half) + LEAST_ENERGY)
    detail = lightness - blur(lightness, FINE_SIGMA)
    detail = mean_cells(blur(detail * detail, FINE_WINDOW)[..., None])[..., 0]
    return np.dstack((coarse, np.log(np.sqrt(detail) + LEAST_ENERGY), binary_patterns(blur(half, 0.5))))


def binary_patterns(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the pattern of each cell; neighbours beyond the plane are its edge."""
    out = np.empty(plane.shape, np.float32)
    _find_patterns(np.pad(plane, 1, mode="edge"), LEAST_STEP, out)
    return out


@njit(cache=True, nogil=True)
def _find_patterns(padded: np.ndarray, step: np.float32, out: np.ndarray) -> None:
    rows, cols = out.shape
    around = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    for row in range(rows):
        for col in range(cols):
            least = padded[row + 1, col + 1] + step
            n_lighter, n_changes = 0, 0
            before = padded[row, col] > least
            for down, right in around:
                is_lighter = padded[row + down, col + right] > least
                n_lighter += is_lighter
                n_changes += is_lighter != before
                before = is_lighter
            out[row, col] = n_lighter if n_changes <= 2 else 9
