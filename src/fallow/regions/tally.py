"""What is counted in each superpixel: soft histograms of lightness, colour and texture, and the network's features."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

BINS = (14, 18, 18, 10, 10, 10)
RANGES = ((0.0, 100.0), (-50.0, 60.0), (-50.0, 60.0), (-1.0, 3.0), (-1.0, 3.0), (0.0, 9.0))
EDGES = np.cumsum((0, *BINS))
N_BINS = int(EDGES[-1])


def histograms(
    view: NDArray[np.float32], labels: NDArray[np.int32], weight: NDArray[np.int32], n: int
) -> NDArray[np.float32]:
    """Count the values of each superpixel in bins, a value shared between the two nearest.

    Parameters
    ----------
    view : (rows, cols, 6) float32
        Lightness 0..100, two opponent colours and what `texture_planes` gives; values beyond the bins go to the last.
    labels : (rows, cols) int32, from 0; -1 is no data
    weight : (rows, cols) int32
        Valid pixels a cell.

    Returns
    -------
    (n, 80) float32, pixels.
    """
    low = np.array([low for low, _ in RANGES], np.float32)
    per_unit = np.array([(bins - 1) / (high - low) for bins, (low, high) in zip(BINS, RANGES, strict=True)], np.float32)
    return _count(view, labels, weight, n, low, per_unit, EDGES)


@njit(cache=True, nogil=True)
def _count(
    view: np.ndarray,
    labels: np.ndarray,
    weight: np.ndarray,
    n: int,
    low: np.ndarray,
    per_unit: np.ndarray,
    edges: np.ndarray,
) -> np.ndarray:
    rows, cols, n_channels = view.shape
    out = np.zeros((n, edges[-1]), np.float32)
    for row in range(rows):
        for col in range(cols):
            at = labels[row, col]
            if at < 0:
                continue
            w = np.float32(weight[row, col])
            for k in range(n_channels):
                last = np.float32(edges[k + 1] - edges[k] - 1)
                t = min(max((view[row, col, k] - low[k]) * per_unit[k], np.float32(0)), last)
                bin_ = min(int(t), int(last) - 1)
                share = t - np.float32(bin_)
                out[at, edges[k] + bin_] += w * (np.float32(1) - share)
                out[at, edges[k] + bin_ + 1] += w * share
    return out


@njit(cache=True, nogil=True)
def sum_planes(
    planes: np.ndarray, grid: int, first_row: int, first_col: int, labels: np.ndarray, weight: np.ndarray, n: int
) -> np.ndarray:
    """Sum planes (rows, cols, values), one value for `grid` x `grid` cells, over the pixels of each superpixel.

    `first_row`, `first_col` is where in the planes' own cells the labels begin.
    """
    rows, cols = labels.shape
    out = np.zeros((n, planes.shape[2]), np.float32)
    for row in range(rows):
        for col in range(cols):
            at = labels[row, col]
            if at >= 0:
                w = np.float32(weight[row, col])
                r, c = (row + first_row) // grid, (col + first_col) // grid
                for k in range(planes.shape[2]):
                    out[at, k] += w * planes[r, c, k]
    return out


@njit(cache=True, nogil=True)
def sum_features(features: np.ndarray, labels: np.ndarray, cell: int, n: int) -> np.ndarray:
    """Sum the features (rows, cols, values) of valid pixels over each superpixel; labels are of cells: (n, values)."""
    rows, cols, n_values = features.shape
    out = np.zeros((n, n_values))
    for row in range(rows):
        for col in range(cols):
            at = labels[row // cell, col // cell]
            if at >= 0 and not np.isnan(features[row, col, 0]):
                for k in range(n_values):
                    out[at, k] += features[row, col, k]
    return out
