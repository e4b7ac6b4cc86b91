"""How often two maps agree whether two pixels belong together."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.metrics.joint import Contingency, as_contingency


def rand_index(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> float:
    """Return the share of pairs of pixels on which both maps agree: together in both, or apart in both.

    Its mean over several annotators is the probabilistic Rand index. It is high for anything with many regions, for
    most pairs lie apart in any map; `adjusted_rand_index` takes off what chance gives.

    Parameters
    ----------
    labels, truth, ignore, unlabelled
        As in `contingency`; or the `Contingency` of both maps alone. Pixels without label count as one more region.

    Returns
    -------
    float
        From 0 to 1; 1 for a single pixel.

    References
    ----------
    Rand 1971, doi:10.1080/01621459.1971.10482356; over annotators Unnikrishnan, Pantofaru, Hebert 2007,
    doi:10.1109/TPAMI.2007.1046

    Examples
    --------
    >>> round(rand_index([[1, 1, 2]], [[1, 2, 2]]), 3)  # one of three pairs
    0.333
    """
    both, in_labels, in_truth, all_pairs = _pairs(as_contingency(labels, truth, ignore, unlabelled))
    return 1.0 if all_pairs == 0 else float(1 - (in_labels + in_truth - 2 * both) / all_pairs)


def adjusted_rand_index(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> float:
    """Return the Rand index corrected for chance: 1 for equal maps, about 0 for random ones, below 0 for worse.

    Parameters as in `rand_index`.

    References
    ----------
    Hubert, Arabie 1985, doi:10.1007/BF01908075

    Examples
    --------
    >>> adjusted_rand_index([[1, 1, 2, 2]], [[4, 4, 3, 3]]), adjusted_rand_index([[1, 1, 1, 1]], [[4, 4, 3, 3]])
    (1.0, 0.0)
    """
    both, in_labels, in_truth, all_pairs = _pairs(as_contingency(labels, truth, ignore, unlabelled))
    if all_pairs == 0:
        return 1.0
    expected, most = in_labels * in_truth / all_pairs, (in_labels + in_truth) / 2
    return 1.0 if most == expected else float((both - expected) / (most - expected))


def _pairs(table: Contingency) -> tuple[float, float, float, float]:
    """Count the pairs of pixels that are together in both maps, in the labels, in the truth; and all pairs."""
    return (
        _within(table.count),
        _within(table.label_area),
        _within(table.truth_area),
        _within(np.array([table.n_pixels])),
    )


def _within(area: NDArray[np.int64]) -> float:
    """Count the pairs inside parts of such areas; in float64, for the square of a gigapixel overflows 64 bits."""
    size = area.astype(np.float64)
    return float((size * (size - 1) / 2).sum())
