"""Smooth what is known of superpixels over the region graph, but not across strong borders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fallow.regions.graph import RegionGraph

STEPS = 3
SHARE = 0.5


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
    Each step is ``x <- (1 - s) x + s W x / W 1`` with ``W = length exp(-(strength / median)^2)`` and s one half.
    Perona, Malik 1990, doi:10.1109/34.56205, on a graph.
    """
    n = len(graph)
    if not len(graph.pairs):
        return rows
    typical = max(float(np.median(strength)), 1e-9)
    weight = graph.length * np.exp(-((strength / typical) ** 2)) + 1e-12
    low, high = graph.pairs.T
    joined = sparse.csr_matrix((np.r_[weight, weight], (np.r_[low, high], np.r_[high, low])), (n, n))
    total = np.asarray(joined.sum(axis=1)).ravel()
    share = np.where(total > 0, SHARE / np.maximum(total, 1e-300), 0.0)[:, None]
    stay = np.where(total > 0, 1 - SHARE, 1.0)[:, None]
    smoothed = rows.astype(np.float64)
    for _ in range(steps):
        smoothed = stay * smoothed + share * (joined @ smoothed)
    return smoothed.astype(np.float32)
