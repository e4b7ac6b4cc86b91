"""Where centers start, and where a center that lost all its rows starts again."""

from __future__ import annotations

import numpy as np

from fallow.cluster.chunks import chunks, in_threads
from fallow.cluster.nearest import two_nearest
from fallow.errors import InputError


def spread_centers(rows: np.ndarray, n_classes: int, random: np.random.Generator) -> np.ndarray:
    """Choose starting centers by greedy k-means++: each the best of a few rows drawn by their squared distance.

    Parameters
    ----------
    rows
        float32 ``(n, features)``, a sample.

    Returns
    -------
    ndarray of float32, shape (n_classes, features)

    References
    ----------
    Arthur, Vassilvitskii 2007, k-means++: the advantages of careful seeding (SODA); the greedy choice, which it
    mentions at its end, is among 2 + log(n_classes) draws.
    """
    n_draws = 2 + int(np.log(n_classes))
    centers = rows[[random.integers(len(rows))]]
    squared = _squared_distance(rows, centers[0])
    while len(centers) < n_classes:
        upper = np.cumsum(squared, dtype=np.float64)
        drawn = np.searchsorted(upper, random.random(n_draws) * upper[-1], side="right")
        options = [np.minimum(squared, _squared_distance(rows, rows[row])) for row in np.minimum(drawn, len(rows) - 1)]
        best = int(np.argmin([option.sum(dtype=np.float64) for option in options]))
        squared = options[best]
        centers = np.concatenate([centers, rows[[min(drawn[best], len(rows) - 1)]]])
    return centers


def farthest_rows(rows: np.ndarray, centers: np.ndarray, n_rows: int) -> np.ndarray:
    """Return the row farthest from all centers, then the one farthest from these and it, and so on: all are distinct.

    Raises
    ------
    InputError
        When the rows left differ from a center by too little for 32-bit distances.
    """
    for _ in range(n_rows):
        found = in_threads(lambda chunk: two_nearest(rows[chunk], centers)[1], chunks(len(rows)))  # noqa: B023
        distances = np.concatenate(found)
        farthest = int(np.argmax(distances))
        if distances[farthest] == 0:
            raise InputError(
                "the rows differ by too little to be told into as many classes as asked for: "
                "scale the features, or ask for fewer classes"
            )
        centers = np.concatenate([centers, rows[[farthest]]])
    return centers[-n_rows:]


def _squared_distance(rows: np.ndarray, center: np.ndarray) -> np.ndarray:
    difference = rows - center
    return np.einsum("ij,ij->i", difference, difference)
