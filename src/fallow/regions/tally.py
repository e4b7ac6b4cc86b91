"""What is counted in each superpixel: soft histograms of lightness, colour and texture, and the network's features."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

BINS = (14, 18, 18, 10, 10, 10)
RANGES = ((0.0, 100.0), (-50.0, 60.0), (-50.0, 60.0), (-1.0, 3.0), (-1.0, 3.0), (0.0, 9.0))
EDGES = np.cumsum((0, *BINS))
N_BINS = int(EDGES[-1])
FIRST_TEXTURE = int(EDGES[3])  # before it stand lightness and colour


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
    out = np.zeros((n, N_BINS), np.float32)
    _count(view, labels, weight, low, per_unit, EDGES, out)
    return out


@njit(cache=True, nogil=True)
def _count(
    view: np.ndarray,
    labels: np.ndarray,
    weight: np.ndarray,
    low: np.ndarray,
    per_unit: np.ndarray,
    edges: np.ndarray,
    out: np.ndarray,
) -> None:
    rows, cols, n_channels = view.shape
    zero, one = np.float32(0), np.float32(1)
    for row in range(rows):
        for col in range(cols):
            at = labels[row, col]
            if at < 0:
                continue
            w = np.float32(weight[row, col])
            for k in range(n_channels):
                t = (view[row, col, k] - low[k]) * per_unit[k]
                t = t if t > zero else zero
                first, last = edges[k], edges[k + 1] - 1
                at_bin = first + int(t) if t < np.float32(last - first) else last
                if at_bin == last:
                    out[at, last] += w
                else:
                    share = t - np.float32(at_bin - first)
                    out[at, at_bin] += w * (one - share)
                    out[at, at_bin + 1] += w * share


def sum_planes(
    planes: NDArray[np.float32],
    grid: int,
    first: tuple[int, int],
    labels: NDArray[np.int32],
    weight: NDArray[np.int32],
    n: int,
) -> NDArray[np.float32]:
    """Sum planes (rows, cols, values), one value for `grid` x `grid` cells, over the pixels of each superpixel.

    `first` is the (row, col) of the planes' own cells at which the labels begin.
    """
    out = np.zeros((n, planes.shape[2]), np.float32)
    _add_planes(planes, grid, *first, labels, weight, out)
    return out


@njit(cache=True, nogil=True)
def _add_planes(
    planes: np.ndarray,
    grid: int,
    first_row: int,
    first_col: int,
    labels: np.ndarray,
    weight: np.ndarray,
    out: np.ndarray,
) -> None:
    rows, cols = labels.shape
    for row in range(rows):
        for col in range(cols):
            at = labels[row, col]
            if at >= 0:
                w = np.float32(weight[row, col])
                r, c = (row + first_row) // grid, (col + first_col) // grid
                for k in range(planes.shape[2]):
                    out[at, k] += w * planes[r, c, k]


def sum_features(features: NDArray[np.float32], labels: NDArray[np.int32], cell: int, n: int) -> NDArray[np.float64]:
    """Sum the features (rows, cols, values) of valid pixels over each superpixel; labels are of cells: (n, values)."""
    out = np.zeros((n, features.shape[2]))
    _add_features(features, labels, cell, out)
    return out


@njit(cache=True, nogil=True)
def _add_features(features: np.ndarray, labels: np.ndarray, cell: int, out: np.ndarray) -> None:
    rows, cols, n_values = features.shape
    for row in range(rows):
        for col in range(cols):
            at = labels[row // cell, col // cell]
            if at >= 0 and not np.isnan(features[row, col, 0]):
                for k in range(n_values):
                    out[at, k] += features[row, col, k]
