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
    for number, reach in enumerate(REACH):
        _add_jumps(cues[:, number], arc, direction, row, col, is_down, network[number], reach, GRID, COS, SIN)


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
    direction: np.ndarray,
    row: np.ndarray,
    col: np.ndarray,
    is_down: np.ndarray,
    planes: np.ndarray,
    reach: float,
    grid: int,
    cos: np.ndarray,
    sin: np.ndarray,
) -> None:
    rows, cols, n = planes.shape
    for k in range(len(arc)):
        toward = direction[arc[k]]
        middle_row, middle_col = row[k] + 0.5 + 0.5 * is_down[k], col[k] + 0.5 + 0.5 * (not is_down[k])
        step_row, step_col = sin[toward] * reach, cos[toward] * reach
        r0 = min(max(int(np.floor((middle_row - step_row) / grid)), 0), rows - 1)
        c0 = min(max(int(np.floor((middle_col - step_col) / grid)), 0), cols - 1)
        r1 = min(max(int(np.floor((middle_row + step_row) / grid)), 0), rows - 1)
        c1 = min(max(int(np.floor((middle_col + step_col) / grid)), 0), cols - 1)
        total = np.float32(0)
        for f in range(n):
            d = planes[r1, c1, f] - planes[r0, c0, f]
            total += d * d
        cues[arc[k]] += np.sqrt(total)
