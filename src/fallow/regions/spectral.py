"""Spectral strength: borders across which the leading eigenvectors of the block's region graph jump."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import eigsh

N_VECTORS = 16
SIGMA = 0.2  # border strength at which affinity has fallen to 1 / e
LEAST_AFFINITY = 1e-4
SELF_AFFINITY = 2.0  # of a pixel with itself: keeps small superpixels from being groups of their own
JITTER = 1e-6


def spectral_strength(
    pairs: NDArray[np.int64], length: NDArray[np.int64], strength: NDArray[np.float64], area: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how much the normalised cut's eigenvectors jump across each border, scaled to the mean of `strength`.

    Parameters
    ----------
    pairs : (m, 2) superpixels of each border
    length : (m,) pixels
    strength : (m,) float64
    area : (n,) pixels

    Notes
    -----
    ``(D - W) v = lambda (D + 2 area) v`` with ``W = length exp(-strength / sigma)``; the jump is
    ``sum_k |v_k(a) - v_k(b)| / sqrt(lambda_k)``. Sees what encloses what, over the block as a whole. 30 ms for 2,000
    superpixels.

    References
    ----------
    Shi, Malik 2000, doi:10.1109/34.868688; Arbelaez et al. 2011, doi:10.1109/TPAMI.2010.161, who do it on pixels.
    """
    n = len(area)
    if n < 4 or not len(pairs):
        return strength.copy()
    low, high = pairs.T
    weight = length * (np.exp(-strength / SIGMA) + LEAST_AFFINITY)
    joined = sparse.coo_matrix((np.r_[weight, weight], (np.r_[low, high], np.r_[high, low])), (n, n)).tocsr()
    degree = np.asarray(joined.sum(axis=1)).ravel()
    scale = sparse.diags(1 / np.sqrt(degree + SELF_AFFINITY * area))
    system = (scale @ (sparse.diags(degree) - joined) @ scale).tocsc() + JITTER * sparse.eye(n)
    values, vectors = eigsh(system, k=min(N_VECTORS, n - 2) + 1, sigma=-1e-5, which="LM", v0=np.ones(n))
    order = np.argsort(values)[1:]  # the first is constant
    values = np.maximum(values[order] - JITTER, JITTER)
    vectors = (scale @ vectors)[:, order]
    vectors /= np.sqrt((vectors**2 * area[:, None]).sum(axis=0) / area.sum()) * np.sqrt(values)
    jump = np.abs(vectors[low] - vectors[high]).sum(axis=1)
    return jump * (np.average(strength, weights=length) / (np.average(jump, weights=length) + 1e-9))
