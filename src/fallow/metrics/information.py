"""How much one map tells about the other."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.metrics.joint import Contingency, as_contingency


def variation_of_information(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> float:
    """Return the variation of information in bits: 0 for maps with the same parts, larger is worse.

    A distance between partitions: what either map leaves open once the other is known, added up. Its two halves,
    `variation_split_merge`, tell whether too much is split or too little.

    Parameters
    ----------
    labels, truth, ignore, unlabelled
        As in `contingency`; or the `Contingency` of both maps alone. Pixels without label count as one more region.

    References
    ----------
    Meila 2007, doi:10.1016/j.jmva.2006.11.013

    Examples
    --------
    >>> variation_of_information([[1, 2, 3, 4]], [[1, 1, 2, 2]])
    1.0
    """
    return sum(variation_split_merge(as_contingency(labels, truth, ignore, unlabelled)))


def variation_split_merge(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> tuple[float, float]:
    """Return the halves of the variation of information in bits: too much split, and too much merged.

    Returns
    -------
    split, merge : float
        H(labels | truth) is 0 when no true region is split, H(truth | labels) when no region holds several true ones.

    Examples
    --------
    >>> variation_split_merge([[1, 2, 3, 4]], [[1, 1, 2, 2]])
    (1.0, 0.0)
    """
    in_both, in_labels, in_truth = _entropies(as_contingency(labels, truth, ignore, unlabelled))
    return max(0.0, in_both - in_truth), max(0.0, in_both - in_labels)


def normalized_mutual_information(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> float:
    """Return the mutual information of both maps over the mean of their entropies, from 0 to 1.

    Parameters as in `variation_of_information`. It grows with the number of labels, even random ones; compare it
    between maps of about as many.

    References
    ----------
    Strehl, Ghosh 2002, Cluster ensembles, JMLR 3, with the arithmetic mean

    Examples
    --------
    >>> normalized_mutual_information([[1, 1, 2, 2]], [[3, 3, 0, 0]])
    1.0
    """
    in_both, in_labels, in_truth = _entropies(as_contingency(labels, truth, ignore, unlabelled))
    if in_labels + in_truth == 0:  # one part in both
        return 1.0
    return float(np.clip(2 * (in_labels + in_truth - in_both) / (in_labels + in_truth), 0, 1))


def _entropies(table: Contingency) -> tuple[float, float, float]:
    """Return the entropies in bits of both maps together, of the labels and of the truth."""
    return _entropy(table.count), _entropy(table.label_area), _entropy(table.truth_area)


def _entropy(area: NDArray[np.int64]) -> float:
    share = area / area.sum()
    return float(-(share * np.log2(share)).sum()) + 0.0
