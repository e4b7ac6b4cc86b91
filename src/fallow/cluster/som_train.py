"""Training a map: a flat start in the plane where the data spread most, then passes with a shrinking neighbourhood."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from fallow.cluster.chunks import chunks, in_threads
from fallow.cluster.lloyd import sum_up

SOME_ROWS, ROWS_PER_UNIT = 100_000, 1_000


def main_plane(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean of the rows, their two main directions ``(2, features)`` and the standard deviations along them.

    With one feature the second direction and its deviation are zero. A direction's largest component is positive.
    """
    n_features = rows.shape[1]
    center = rows.mean(axis=0, dtype=np.float64)

    def scatter(chunk: slice) -> np.ndarray:
        offset = rows[chunk] - center
        return offset.T @ offset

    with threadpool_limits(1):  # BLAS and LAPACK change their last bits with the number of threads
        variances, vectors = np.linalg.eigh(sum(in_threads(scatter, chunks(len(rows)))) / len(rows))
    directions, spread = np.zeros((2, n_features)), np.zeros(2)
    for axis in range(min(2, n_features)):
        vector = vectors[:, -1 - axis]
        directions[axis] = vector * np.sign(vector[np.argmax(np.abs(vector))])
        spread[axis] = np.sqrt(max(variances[-1 - axis], 0))
    return center, directions, spread


def flat_codebook(shape: tuple[int, int], center: np.ndarray, directions: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Lay the map into the main plane, its longer side along the first direction, one deviation to either side.

    When the rows lie on a line, as the bands of a grey picture do, the plane would hold several equal units of each
    value. The map then tilts: the shorter side fills the steps of the longer one.

    Returns
    -------
    ndarray of float32, shape (units, features)

    References
    ----------
    Kohonen 2013, doi:10.1016/j.neunet.2012.09.018 (linear initialisation)
    """
    along_rows, along_cols = (np.linspace(-1, 1, size) if size > 1 else np.zeros(1) for size in shape)
    row, col = np.meshgrid(along_rows, along_cols, indexing="ij")
    first, second = (col, row) if shape[1] >= shape[0] else (row, col)
    if spread[1] < 1e-6 * spread[0]:
        first = first + second / max(shape)
    steps = np.stack([first.ravel() * spread[0], second.ravel() * spread[1]], axis=1)
    return (center + steps[:, :1] * directions[0] + steps[:, 1:] * directions[1]).astype(np.float32)


def train(
    rows: np.ndarray,
    codebook: np.ndarray,
    distances: np.ndarray,
    radii: Sequence[float] | np.ndarray,
    on_pass: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Pass over the rows once for each radius and return the new codebook ``(units, features)``.

    Each pass moves every unit to the mean of all rows, weighted by a Gaussian of the grid distance between the unit and
    the row's best matching unit. While the neighbourhood is wide, every n-th row says as much as all: only the last
    quarter of the passes sees more than 100,000 rows (or 1,000 a unit, if that is more).

    Parameters
    ----------
    distances
        Between units on the grid, ``(units, units)``.
    radii
        Standard deviation of the Gaussian in each pass, in grid steps.

    References
    ----------
    Kohonen 2013, doi:10.1016/j.neunet.2012.09.018 (batch computation)
    """
    some = np.ascontiguousarray(rows[:: max(1, len(rows) // max(SOME_ROWS, ROWS_PER_UNIT * len(codebook)))])
    n_coarse = len(radii) - max(1, len(radii) // 4)
    with threadpool_limits(1):  # once: finding the libraries takes longer than a pass over few rows
        for done, radius in enumerate(radii, start=1):
            sums, counts, _ = sum_up(some if done <= n_coarse else rows, codebook)
            weights = np.exp(-np.square(distances / radius) / 2)
            total = weights @ counts
            means = (weights @ sums) / np.where(total > 0, total, 1)[:, None]
            codebook = np.where(total[:, None] > 0, means, codebook).astype(np.float32)  # too far from all rows: stay
            if on_pass:
                on_pass(done, len(radii))
    return codebook
