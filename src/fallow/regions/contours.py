"""How strongly the picture changes at each cell: Gaussian derivatives of a few channels at a few scales."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

ORIENTATIONS = 8
COS = np.cos(np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS).astype(np.float32)
SIN = np.sin(np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS).astype(np.float32)

# Per channel (lightness, two opponent colours, local energy): three scales in cells, and the contrast that counts as
# one half on the squashed scale.
SIGMAS = ((0.7, 1.2, 2.4), (1.2, 2.4, 4.8), (1.2, 2.4, 4.8), (1.2, 2.4, 4.8))
CONTRAST = (7.7, 6.5, 6.5, 3.0)
ENERGY_SIGMA = 2.0
N_CONTOURS = sum(map(len, SIGMAS))
ENERGY = N_CONTOURS - len(SIGMAS[-1])  # the first of the energy channel
HALO_CELLS = 16

# How much each channel and scale counts where superpixels are cut.
CUT_WEIGHTS = np.array([1.0, 0.7, 0.3, 1.0, 0.7, 0.2, 1.0, 0.7, 0.2, 0.6, 0.6, 0.3], np.float32)
CUT_WEIGHTS /= CUT_WEIGHTS.sum()
SOBEL = np.array([-1, 0, 1], np.float32)
NOTHING = np.ones(1, np.float32)
WITHIN_REACH = np.ones((13, 13), np.uint8)  # cells: how far beside an edge of tone its energy changes


@dataclass(frozen=True, eq=False)
class Contours:
    """Change of each channel and scale.

    Attributes
    ----------
    down, across : (contours, rows, cols) float32
        Derivative along rows and along columns, in units of the contrast that counts as one half.
    strength : (rows, cols) float32
        0..1, the weighted mean over channels and scales in the direction where it is largest.
    """

    down: NDArray[np.float32]
    across: NDArray[np.float32]
    strength: NDArray[np.float32]


def find_contours(view: NDArray[np.float32]) -> Contours:
    """Measure how the channels of a block change.

    Parameters
    ----------
    view : (rows, cols, 3) float32
        Lightness (0..100) and two opponent colours, one value a cell, finite everywhere.

    Notes
    -----
    A response r in a direction becomes ``sqrt(r**2 / (1 + r**2))``: strong edges count alike, whatever their contrast.
    The energy channel is the local deviation of lightness from its own blur, so that textures of equal tone part. It
    changes most beside an edge of tone, not on it, so in `strength` only what exceeds every response of another channel
    within its reach counts.
    Depends on `HALO_CELLS` cells around. Time is that of 12 Gaussian blurs.

    References
    ----------
    Martin, Fowlkes, Malik 2004, doi:10.1109/TPAMI.2004.1273918 (channels and scales); Canny 1986,
    doi:10.1109/TPAMI.1986.4767851 (derivatives of Gaussians).
    """
    channels = [np.ascontiguousarray(view[..., number]) for number in range(3)]
    channels.append(local_energy(channels[0]))
    down = np.empty((N_CONTOURS, *view.shape[:2]), np.float32)
    across = np.empty_like(down)
    number = 0
    for channel, sigmas, contrast in zip(channels, SIGMAS, CONTRAST, strict=True):
        for sigma in sigmas:
            blurred = blur(channel, sigma)
            factor = np.float32(sigma * np.sqrt(2 * np.pi) / contrast / 2)
            across[number] = cv2.sepFilter2D(blurred, -1, SOBEL * factor, NOTHING, borderType=cv2.BORDER_REFLECT)
            down[number] = cv2.sepFilter2D(blurred, -1, NOTHING, SOBEL * factor, borderType=cv2.BORDER_REFLECT)
            number += 1
    return Contours(down, across, strongest(*apart_from_tone(down, across)))


def local_energy(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the local standard deviation of lightness about its blur."""
    detail = lightness - blur(lightness, ENERGY_SIGMA)
    return np.sqrt(blur(detail * detail, ENERGY_SIGMA)).astype(np.float32, copy=False)


def blur(channel: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Gaussian blur, mirrored at the sides."""
    return np.asarray(cv2.GaussianBlur(channel, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float32)


def apart_from_tone(
    down: NDArray[np.float32], across: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the responses, those of energy lessened by the strongest of another channel within their reach."""
    squares = down**2 + across**2
    tone = squares[:ENERGY].max(axis=0)
    tone = cv2.dilate(np.sqrt(tone / (1 + tone)), WITHIN_REACH)
    square = squares[ENERGY:]
    left = np.maximum(np.sqrt(square / (1 + square)) - tone, 0)
    factor = left / np.sqrt(np.maximum((1 - left**2) * square, 1e-12))
    lessened = [each.copy() for each in (down, across)]
    for each in lessened:
        each[ENERGY:] *= factor
    return lessened[0], lessened[1]


def strongest(down: NDArray[np.float32], across: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest weighted sum over the directions, (rows, cols)."""
    out = np.zeros(down.shape[1:], np.float32)
    _find_strongest(down, across, CUT_WEIGHTS, COS, SIN, out, np.empty(down.shape[2], np.float32))
    return out


# Without a look at each divisor, the loops over columns are vectorised.
@njit(cache=True, nogil=True, error_model="numpy")
def _find_strongest(
    down: np.ndarray,
    across: np.ndarray,
    weights: np.ndarray,
    cos: np.ndarray,
    sin: np.ndarray,
    out: np.ndarray,
    total: np.ndarray,
) -> None:
    n, rows, cols = down.shape
    zero, one = np.float32(0), np.float32(1)
    for row in range(rows):
        for direction in range(len(cos)):
            c, s = cos[direction], sin[direction]
            for col in range(cols):
                total[col] = zero
            for k in range(n):
                for col in range(cols):
                    r = across[k, row, col] * c + down[k, row, col] * s
                    r *= r
                    r = np.sqrt(r / (one + r))
                    total[col] += weights[k] * r
            for col in range(cols):
                if total[col] > out[row, col]:
                    out[row, col] = total[col]
