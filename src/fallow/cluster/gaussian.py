"""The posterior of a mixture of Gaussians, in fixed order: bits depend on the row alone."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from fallow.cluster.nearest import turn

BLOCK = 128
"""Rows computed together, in 64-bit floats: half as many as fit where 32 bits do."""


@njit(cache=True, nogil=True)
def _square_form(block, mean, factor, is_diagonal, centered, total, projected):
    """Put |(x - mean) factor|² of each column x into `total`, for an upper triangular `factor`; the rest is scratch."""
    n_features = len(mean)
    for feature in range(n_features):
        for row in range(BLOCK):
            centered[feature, row] = block[feature, row] - mean[feature]
    total[:] = 0
    for column in range(n_features):
        projected[:] = 0
        for feature in range(column if is_diagonal else 0, column + 1):
            value = factor[feature, column]
            for row in range(BLOCK):
                projected[row] += centered[feature, row] * value
        for row in range(BLOCK):
            total[row] += projected[row] * projected[row]


@njit(cache=True, nogil=True)
def most_probable(rows, means, factors, constants, is_diagonal):
    """Return for each row the label of the most probable component and that component's posterior.

    The log density of component k at x is ``constants[k] - |(x - means[k]) factors[k]|² / 2``, up to a number that is
    the same for all. Labels are 1-based; 0, with confidence 0, for a row that is not finite.
    """
    n_components = len(means)
    labels = np.zeros(len(rows), np.int32)
    confidence = np.zeros(len(rows), np.float32)
    block = np.zeros((rows.shape[1], BLOCK))
    centered = np.empty((rows.shape[1], BLOCK))
    log_density = np.empty((n_components, BLOCK))
    total, projected = np.empty(BLOCK), np.empty(BLOCK)
    for first in range(0, len(rows), BLOCK):
        count = min(BLOCK, len(rows) - first)
        turn(rows, first, count, block)
        for component in range(n_components):
            _square_form(block, means[component], factors[component], is_diagonal, centered, total, projected)
            for row in range(BLOCK):
                log_density[component, row] = constants[component] - 0.5 * total[row]
        for row in range(count):
            winner = -1
            best = -np.inf
            for component in range(n_components):  # NaN and -inf never win
                if log_density[component, row] > best:
                    winner = component
                    best = log_density[component, row]
            if winner >= 0:
                odds = 0.0
                for component in range(n_components):
                    odds += math.exp(log_density[component, row] - best)
                labels[first + row] = winner + 1
                confidence[first + row] = 1 / odds
    return labels, confidence
