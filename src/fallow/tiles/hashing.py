"""Chance that depends on nothing but a pixel's place: a hash of its position and the seed."""

from __future__ import annotations

import numpy as np
from numba import njit

MOST_SEED = 2**32 - 1


@njit(cache=True, nogil=True, inline="always")
def _mix(x: np.uint64) -> np.uint64:
    """Spread each bit over all 64: finalizer of splitmix64 (Steele, Lea, Flood 2014, doi:10.1145/2714064.2660195)."""
    x = np.uint64(x + np.uint64(0x9E3779B97F4A7C15))
    x = np.uint64((x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9))
    x = np.uint64((x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB))
    return np.uint64(x ^ (x >> np.uint64(31)))


@njit(cache=True, nogil=True)
def position_hash(row: int, col: int, n_cols: int, seed: int) -> np.uint64:
    """Hash the global position of a pixel of an image of `n_cols` columns to 64 bits."""
    return _mix(np.uint64(np.uint64(row * n_cols + col) + _mix(np.uint64(seed))))


@njit(cache=True, nogil=True)
def pick_valid(
    first_band: np.ndarray, row0: int, col0: int, n_cols: int, seed: int, limit: np.uint64
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Pick the valid pixels of a block whose hash is at most `limit`.

    Parameters
    ----------
    first_band : (rows, cols) float32, NaN where no data
    row0, col0 : global position of the block's first pixel

    Returns
    -------
    rows, cols : (n,) int32, positions inside the block, row by row
    hashes : (n,) uint64
    n_valid : int
        Valid pixels in the block.
    """
    n_rows, n_block_cols = first_band.shape
    rows = np.empty(first_band.size, np.int32)
    cols = np.empty(first_band.size, np.int32)
    hashes = np.empty(first_band.size, np.uint64)
    n, n_valid = 0, 0
    for row in range(n_rows):
        for col in range(n_block_cols):
            if np.isnan(first_band[row, col]):
                continue
            n_valid += 1
            value = position_hash(row0 + row, col0 + col, n_cols, seed)
            if value <= limit:
                rows[n], cols[n], hashes[n] = row, col, value
                n += 1
    return rows[:n].copy(), cols[:n].copy(), hashes[:n].copy(), n_valid
