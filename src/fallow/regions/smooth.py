"""Smooth what is known of superpixels over the region graph, but not across strong borders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fallow.regions.graph import RegionGraph

STEPS = 3
SHARE = 0.5
ALIKE = 0.1  # squared distance, as a share of the rows' variance, at which neighbours hardly mix any more


def smooth_rows(
    rows: NDArray[np.float32], graph: RegionGraph, strength: NDArray[np.float64], *, steps: int = STEPS
) -> NDArray[np.float32]:
    """Move each superpixel's row towards those of its neighbours.

    Parameters
    ----------
    rows : (n, features) float32
    graph : RegionGraph
    strength : (m,) float64
        Of the borders; those of more than the median strength let little through.

    Notes
    -----
    Each step is ``x <- (1 - s) x + s W x / W 1`` with

        W = length exp(-(strength / median)^2) exp(-|x_a - x_b|^2 / (0.1 variance))

    where the distance is that of the rows as they came and the variance their total one, weighted by area. s is one
    half, or less where little of a superpixel's outline is open: what has no like neighbour stays as it is.
    Perona, Malik 1990, doi:10.1109/34.56205, on a graph.
    """
    n = len(graph)
    if not len(graph.pairs):
        return rows
    low, high = graph.pairs.T
    typical = max(float(np.median(strength)), 1e-9)
    center = np.average(rows, axis=0, weights=graph.area)
    variance = float(np.average(((rows - center) ** 2).sum(axis=1), weights=graph.area))
    distance = ((rows[low] - rows[high]).astype(np.float64) ** 2).sum(axis=1)
    open_ = np.exp(-((strength / typical) ** 2) - distance / max(ALIKE * variance, 1e-12))
    weight = graph.length * open_
    joined = sparse.csr_matrix((np.r_[weight, weight], (np.r_[low, high], np.r_[high, low])), (n, n))
    total = np.asarray(joined.sum(axis=1)).ravel()
    outline = np.bincount(low, graph.length, n) + np.bincount(high, graph.length, n)
    share = SHARE * np.minimum(1, total * np.e / np.maximum(outline, 1))
    given = (share / np.maximum(total, 1e-300))[:, None]
    smoothed = rows.astype(np.float64)
    for _ in range(steps):
        smoothed = (1 - share)[:, None] * smoothed + given * (joined @ smoothed)
    return smoothed.astype(np.float32)
