"""Which of some regions hang together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def touching_sets(pairs: NDArray[np.integer], inside: NDArray[np.bool_]) -> int:
    """Count the connected sets among some regions.

    Parameters
    ----------
    pairs : (m, 2) integers
        Regions that touch, from 0.
    inside : (n,) bool
        Which regions count.

    Examples
    --------
    >>> touching_sets(np.array([[0, 1], [1, 2]]), np.array([True, False, True]))
    2
    """
    number = np.cumsum(inside) - 1
    n = int(inside.sum())
    one, other = number[pairs[inside[pairs].all(axis=1)]].T
    graph = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(n, n))
    return int(connected_components(graph, directed=False, return_labels=False)) if n else 0
