"""How much the network's features change across a border, near and far."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.regions.contours import COS, SIN

REACH = (3.0, 7.0)  # cells on either side of the border
GRID = 2  # cells a side of the network's grid
N_JUMPS = len(REACH)


def jumps(
    cues: NDArray[np.float32],
    arc: NDArray[np.int64],
    direction: NDArray[np.int64],
    row: NDArray[np.int64],
    col: NDArray[np.int64],
    is_down: NDArray[np.bool_],
    network: tuple[NDArray[np.float32], ...],
) -> None:
    """Add to `cues` (borders, 2) the distance between the features on the two sides of each cell side.

    Parameters
    ----------
    arc : (k,) int64
        Border of each cell side.
    direction : (borders,) int64
        Of its normal, in eighths of half a turn.
    row, col : (k,) int64
        The upper left of the two cells.
    network : one (rows, cols, features) float32 a reach
        Blurred by half the reach, see `blur_for_jumps`; one value for `GRID` x `GRID` cells.
    """
    middle = row + 0.5 + 0.5 * is_down, col + 0.5 + 0.5 * ~is_down
    toward = direction[arc]
    for number, (reach, planes) in enumerate(zip(REACH, network, strict=True)):
        step = SIN[toward].astype(np.float64) * reach, COS[toward].astype(np.float64) * reach
        ahead = [_on_grid(at + by, size) for at, by, size in zip(middle, step, planes.shape, strict=False)]
        behind = [_on_grid(at - by, size) for at, by, size in zip(middle, step, planes.shape, strict=False)]
        _add_jumps(cues[:, number], arc, ahead[0], ahead[1], behind[0], behind[1], planes)


def _on_grid(place: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Return the row or column of the network's grid that holds a place among the cells, or the nearest."""
    return np.clip(np.floor(place / GRID), 0, size - 1).astype(np.int64)


def blur_for_jumps(network: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Blur the features by half of each reach."""
    return tuple(_blur(network, reach / 2 / GRID) for reach in REACH)


def _blur(planes: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    blurred = cv2.GaussianBlur(planes, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32).reshape(planes.shape)


@njit(cache=True, nogil=True)
def _add_jumps(
    cues: np.ndarray,
    arc: np.ndarray,
    row0: np.ndarray,
    col0: np.ndarray,
    row1: np.ndarray,
    col1: np.ndarray,
    planes: np.ndarray,
) -> None:
    for k in range(len(arc)):
        total = np.float32(0)
        for f in range(planes.shape[2]):
            d = planes[row0[k], col0[k], f] - planes[row1[k], col1[k], f]
            total += d * d
        cues[arc[k]] += np.sqrt(total)
