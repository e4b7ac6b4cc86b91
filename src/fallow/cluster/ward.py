"""Ward's step: the two centers whose union adds least to the squared error become one."""

from __future__ import annotations

import numpy as np


def merge_two(centers: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the float32 centers ``(classes - 1, features)`` after one merge, and their counts; the merged comes last.

    Parameters
    ----------
    centers
        ``(classes, features)``, at least two.
    counts
        Rows of each, positive.

    References
    ----------
    Ward 1963, doi:10.1080/01621459.1963.10500845

    Examples
    --------
    >>> centers, counts = merge_two(np.float32([[0], [8], [9]]), np.array([5, 3, 1]))
    >>> centers.tolist(), counts.tolist()
    ([[0.0], [8.25]], [5, 4])
    """
    weights = counts.astype(np.float64)
    squared = np.square(centers[:, None].astype(np.float64) - centers[None]).sum(axis=2)
    cost = squared * np.outer(weights, weights) / np.add.outer(weights, weights)
    np.fill_diagonal(cost, np.inf)
    one, other = np.unravel_index(np.argmin(cost), cost.shape)
    pair = [one, other]
    union = np.average(centers[pair], axis=0, weights=weights[pair])
    left = np.concatenate([np.delete(centers, pair, axis=0), union[None]]).astype(np.float32)
    return left, np.append(np.delete(counts, pair), counts[pair].sum())
