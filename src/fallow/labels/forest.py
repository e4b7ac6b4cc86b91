"""Disjoint sets in one array: ``parent[i] == i`` marks a root, and a root is the smallest member of its set.

Union by smallest member, not by size: whoever has numbered the members in raster-scan order reads off each set's first
pixel for nothing. Path halving keeps the trees flat (Tarjan and van Leeuwen, 1984, doi:10.1145/62.2160).
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def find(parent: np.ndarray, member: int) -> int:
    """Return the root of the set that `member` belongs to."""
    while parent[member] != member:
        parent[member] = parent[parent[member]]
        member = parent[member]
    return member


@njit(cache=True, nogil=True)
def unite(parent: np.ndarray, one: int, other: int) -> int:
    """Make one set of the sets of two members; return its root."""
    one, other = find(parent, one), find(parent, other)
    if one > other:
        one, other = other, one
    parent[other] = one
    return one


@njit(cache=True, nogil=True)
def number_sets(parent: np.ndarray) -> int:
    """Replace the forest, in place, by the sets' numbers 0, 1, ... in the order of their smallest members.

    Returns
    -------
    int
        Number of sets.
    """
    n_sets = 0
    for member in range(len(parent)):
        if parent[member] == member:
            parent[member] = n_sets
            n_sets += 1
        else:  # its parent is smaller, so it has its number already
            parent[member] = parent[parent[member]]
    return n_sets
