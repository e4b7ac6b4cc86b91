"""How well each true region is overlapped by the best of the found ones."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.metrics.joint import Contingency, as_contingency


def covering(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> float:
    """Measure the covering of the truth by regions, from 0 to 1, every true pixel counting the same.

    The first figure to look at for regions. It punishes what is split as well as what is merged; small true regions
    hardly count, which `mean_best_iou` makes up for.

    Parameters
    ----------
    labels, truth, ignore, unlabelled
        As in `contingency`; or the `Contingency` of both maps alone.

    Returns
    -------
    float
        Mean of the best IoU of each true region, weighted by its area.

    Notes
    -----
    The union of a region and a true one counts whole regions, also where the truth is ignored: who runs out of a field
    into land that nobody drew covers the field less. Labels that mean no label cover nothing.

    References
    ----------
    Arbelaez, Maire, Fowlkes, Malik 2011, section 2.4, doi:10.1109/TPAMI.2010.161

    Examples
    --------
    >>> covering([[1, 1, 1, 2]], [[1, 1, 2, 2]])  # 2 of 3 pixels, and 1 of 2
    0.5833333333333333
    """
    table = as_contingency(labels, truth, ignore, unlabelled)
    return float((table.truth_area * best_iou(table)).sum() / table.truth_area.sum())


def mean_best_iou(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> float:
    """Return the mean of the best IoU of each true region, from 0 to 1, every region counting the same.

    Otherwise as `covering`; it drops where small things are missed.

    Examples
    --------
    >>> mean_best_iou([[1, 1, 1, 1, 1]], [[1, 1, 1, 1, 2]])
    0.5
    """
    return float(best_iou(as_contingency(labels, truth, ignore, unlabelled)).mean())


def best_iou(table: Contingency) -> NDArray[np.float64]:
    """Return, for each of `table.truths`, its best intersection over union with a whole label, (m,)."""
    union = table.whole_area[table.row] + table.truth_area[table.col] - table.count
    iou = np.where(table.is_label[table.row], table.count / union, 0.0)
    best = np.zeros(len(table.truths))
    np.maximum.at(best, table.col, iou)
    return best
