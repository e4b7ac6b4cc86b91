"""Kernels that find, for every row, the nearest of some units: all of k-means and of the map come down to this.

Rows are turned to ``features x BLOCK`` first, so that the inner loop runs over rows and fills the vector registers
whatever the number of features. A row's distances are summed over its features one after the other, in 32-bit floats
and without fused or reordered arithmetic: their bits depend on the row and the units alone, not on its neighbours or
the machine.

Units come in groups (`starts` holds the first unit of each group, and the end): the units of one class of a map, or one
unit a group. A row that is not finite, or too far from everything for 32-bit squares (about 1e19), is near nothing.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 256
"""Rows searched together: the buffers of a block stay in the first-level cache."""


@njit(cache=True, nogil=True)
def turn(rows, first, count, block):
    """Copy `count` rows from `first` on into the columns of `block`, a ``(features, BLOCK)`` buffer."""
    for row in range(count):
        for feature in range(rows.shape[1]):
            block[feature, row] = rows[first + row, feature]


@njit(cache=True, nogil=True)
def _search(block, units, starts, group, runner_up, best, second, squared, nearest):
    """Find each column's nearest and second nearest group and their squared distances; the last two are scratch.

    `runner_up`, and with it `second`, may be None: what nobody asks for is not compiled.
    """
    group[:] = 0
    best[:] = np.inf
    if runner_up is not None:
        runner_up[:] = 0
    if second is not None:
        second[:] = np.inf
    for this in range(len(starts) - 1):
        nearest[:] = np.inf
        for unit in range(starts[this], starts[this + 1]):
            squared[:] = 0
            for feature in range(units.shape[1]):
                value = units[unit, feature]
                for row in range(BLOCK):
                    difference = block[feature, row] - value
                    squared[row] += difference * difference
            for row in range(BLOCK):
                nearest[row] = squared[row] if squared[row] < nearest[row] else nearest[row]
        for row in range(BLOCK):  # written without branches, so that it is vectorised
            distance = nearest[row]
            wins = distance < best[row]
            if second is not None:
                follows = distance < second[row]
                second[row] = best[row] if wins else (distance if follows else second[row])
                if runner_up is not None:
                    runner_up[row] = group[row] if wins else (this if follows else runner_up[row])
            best[row] = distance if wins else best[row]
            group[row] = this if wins else group[row]


@njit(cache=True, nogil=True)
def _buffers(n_features):
    """Allocate the block, zeroed because a short block leaves columns unset, and what `_search` fills."""
    return (
        np.zeros((n_features, BLOCK), np.float32),
        np.empty(BLOCK, np.int32),
        np.empty(BLOCK, np.int32),
        np.empty((4, BLOCK), np.float32),
    )


@njit(cache=True, nogil=True)
def nearest_groups(rows, units, starts):
    """Return for each row the label of its nearest group, the confidence in it, and the distance.

    The label is 1-based, 0 for a row near nothing. The confidence is 1 - d1 / d2, with d1 and d2 the distances to the
    nearest and to the second nearest group: the simplified silhouette. The distance is NaN where the label is 0.
    """
    labels = np.empty(len(rows), np.int32)
    confidence = np.empty(len(rows), np.float32)
    distances = np.empty(len(rows), np.float32)
    block, group, _, scratch = _buffers(rows.shape[1])
    best, second = scratch[0], scratch[1]
    for first in range(0, len(rows), BLOCK):
        count = min(BLOCK, len(rows) - first)
        turn(rows, first, count, block)
        _search(block, units, starts, group, None, best, second, scratch[2], scratch[3])
        for row in range(count):
            found = best[row] < np.inf
            told_apart = found and second[row] > 0
            labels[first + row] = group[row] + 1 if found else 0
            distances[first + row] = np.sqrt(best[row]) if found else np.float32(np.nan)
            confidence[first + row] = np.float32(1) - np.sqrt(best[row] / second[row]) if told_apart else np.float32(0)
    return labels, confidence, distances


@njit(cache=True, nogil=True)
def two_nearest(rows, units):
    """Return for each finite row its nearest and its second nearest unit ``(2, n)``, and the distance to the first."""
    units_of_rows = np.empty((2, len(rows)), np.int32)
    distances = np.empty(len(rows), np.float32)
    starts = np.empty(len(units) + 1, np.int64)
    for unit in range(len(starts)):  # each a group; `arange` takes longer to compile
        starts[unit] = unit
    block, group, runner_up, scratch = _buffers(rows.shape[1])
    for first in range(0, len(rows), BLOCK):
        count = min(BLOCK, len(rows) - first)
        turn(rows, first, count, block)
        _search(block, units, starts, group, runner_up, scratch[0], scratch[1], scratch[2], scratch[3])
        for row in range(count):
            units_of_rows[0, first + row] = group[row]
            units_of_rows[1, first + row] = runner_up[row]
            distances[first + row] = np.sqrt(scratch[0, row])
    return units_of_rows, distances


@njit(cache=True, nogil=True)
def sum_by_nearest(rows, units):
    """Return per unit the sum and the number of the finite rows nearest to it, and the sum of all squared distances."""
    sums = np.zeros(units.shape, np.float64)
    counts = np.zeros(len(units), np.int64)
    inertia = 0.0
    starts = np.empty(len(units) + 1, np.int64)
    for unit in range(len(starts)):  # each a group; `arange` takes longer to compile
        starts[unit] = unit
    block, group, _, scratch = _buffers(rows.shape[1])
    for first in range(0, len(rows), BLOCK):
        count = min(BLOCK, len(rows) - first)
        turn(rows, first, count, block)
        _search(block, units, starts, group, None, scratch[0], None, scratch[2], scratch[3])
        for row in range(count):
            unit = group[row]
            counts[unit] += 1
            inertia += scratch[0, row]
            for feature in range(rows.shape[1]):
                sums[unit, feature] += rows[first + row, feature]
    return sums, counts, inertia
