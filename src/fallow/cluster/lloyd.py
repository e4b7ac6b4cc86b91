"""Lloyd's iteration: rows to the nearest center, centers to the mean of their rows, until nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fallow.cluster.chunks import chunks, in_threads
from fallow.cluster.nearest import sum_by_nearest
from fallow.cluster.seeding import farthest_rows


class Partition(NamedTuple):
    """Centers ``(classes, features)`` that each win a row, the rows' summed squared distances, and the passes made."""

    centers: np.ndarray
    inertia: float
    n_iter: int


def refine(
    rows: np.ndarray,
    centers: np.ndarray,
    *,
    max_iter: int,
    tolerance: float,
    on_pass: Callable[[int, int], None] | None = None,
) -> Partition:
    """Move `centers` until their squared moves sum up to no more than `tolerance`, or `max_iter` passes are made.

    A center without rows goes to the row that lies farthest from all centers. That lowers the inertia, so it ends, and
    the centers returned all win at least one row, if need be after more passes than `max_iter`.

    Notes
    -----
    Time: passes x rows x classes x features, in threads. Sums are made per chunk in 64 bits and added in order.

    References
    ----------
    Lloyd 1982, doi:10.1109/TIT.1982.1056489
    """
    n_iter = 0
    while True:
        n_iter += 1
        sums, counts, inertia = sum_up(rows, centers)
        if on_pass:
            on_pass(n_iter, max(n_iter, max_iter))
        is_empty = counts == 0
        if is_empty.any():
            centers = centers.copy()
            centers[is_empty] = farthest_rows(rows, centers[~is_empty], int(is_empty.sum()))
            continue
        means = (sums / counts[:, None]).astype(np.float32)
        moved = np.square(means - centers, dtype=np.float64).sum()
        if moved <= tolerance or n_iter >= max_iter:
            return Partition(centers, inertia, n_iter)
        centers = means


def sum_up(rows: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return per unit the sum (float64) and the number of the rows nearest to it, and the sum of squared distances."""
    parts = in_threads(lambda chunk: sum_by_nearest(rows[chunk], units), chunks(len(rows)))
    sums, counts, inertia = parts[0]
    for more_sums, more_counts, more_inertia in parts[1:]:  # in the chunks' order, so that the bits stay the same
        sums += more_sums
        counts += more_counts
        inertia += more_inertia
    return sums, counts, inertia
