"""Which found class stands for which true one, and how well."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.metrics.joint import Contingency, as_contingency


@dataclass(frozen=True)
class Match:
    """One true class and the labels that stand for it.

    Attributes
    ----------
    truth : int
    labels : tuple of int
        None when nothing stands for it, one when matched one to one.
    area : int
        Pixels of the true class.
    found : int
        Judged pixels of its labels.
    shared : int
        Pixels of both.
    """

    truth: int
    labels: tuple[int, ...]
    area: int
    found: int
    shared: int

    @property
    def precision(self) -> float:
        """Share of the found pixels that are of the true class; 0 when nothing was found."""
        return self.shared / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of the true class that was found."""
        return self.shared / self.area

    @property
    def iou(self) -> float:
        """Intersection over union."""
        return self.shared / (self.area + self.found - self.shared)


@dataclass(frozen=True)
class Matching(Sequence[Match]):
    """The true classes and what stands for each, in the order of their values."""

    rows: tuple[Match, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    @property
    def accuracy(self) -> float:
        """Share of the judged pixels whose label stands for their true class."""
        return sum(row.shared for row in self.rows) / sum(row.area for row in self.rows)

    @property
    def mean_iou(self) -> float:
        """Mean of the IoU of the true classes; one that nothing stands for counts as 0."""
        return sum(row.iou for row in self.rows) / len(self.rows)


def match_classes(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    many_to_one: bool = False,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> Matching:
    """Find the classes that stand for the true ones, so that as many pixels as possible are right.

    Parameters
    ----------
    labels, truth, ignore, unlabelled
        As in `contingency`; or the `Contingency` of both maps alone. A pixel without label is wrong.
    many_to_one : bool
        Let each label stand for the true class it shares most pixels with (of equals the smaller value), instead of at
        most one label for a true class and one true class for a label. Tells what could be reached by naming classes
        by hand; it never falls when classes are split, so compare it only between maps of as many classes.

    Returns
    -------
    Matching
        One row a true class.

    Notes
    -----
    One to one is the assignment problem, solved exactly on the pairs that occur: with n labels and m true classes no
    array of n x m is made.

    References
    ----------
    Kuhn 1955, doi:10.1002/nav.3800020109; sparse: Jonker, Volgenant 1987, doi:10.1007/BF02278710

    Examples
    --------
    >>> for row in match_classes([[1, 1, 2, 3, 3]], [[7, 7, 7, 8, 8]]):
    ...     print(row.truth, row.labels, row.precision, round(row.recall, 2))
    7 (1,) 1.0 0.67
    8 (3,) 1.0 1.0
    """
    table = as_contingency(labels, truth, ignore, unlabelled)
    chosen = _largest_share(table) if many_to_one else _one_to_one(table)
    order = chosen[np.argsort(table.col[chosen], kind="stable")]
    end = np.searchsorted(table.col[order], np.arange(len(table.truths)), side="right")
    mine = np.split(order, end[:-1])  # the pairs of each true class
    return Matching(
        tuple(
            Match(
                int(value),
                tuple(table.labels[table.row[pairs]].tolist()),
                area=int(area),
                found=int(table.label_area[table.row[pairs]].sum()),
                shared=int(table.count[pairs].sum()),
            )
            for value, area, pairs in zip(table.truths, table.truth_area, mine, strict=True)
        )
    )


def matched_accuracy(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    many_to_one: bool = False,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> float:
    """Return the share of pixels that are right once labels are matched to true classes, from 0 to 1.

    Parameters as in `match_classes`.

    Examples
    --------
    >>> maps = [[1, 1, 2, 3, 3]], [[7, 7, 7, 8, 8]]
    >>> matched_accuracy(*maps), matched_accuracy(*maps, many_to_one=True)
    (0.8, 1.0)
    """
    return match_classes(labels, truth, many_to_one=many_to_one, ignore=ignore, unlabelled=unlabelled).accuracy


def mean_iou(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None = None,
    *,
    many_to_one: bool = False,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> float:
    """Return the mean IoU of the true classes once labels are matched to them, every class counting the same.

    Parameters as in `match_classes`; labels are matched for accuracy, not for this figure.

    Examples
    --------
    >>> mean_iou([[1, 1, 2, 2]], [[7, 7, 7, 8]])
    0.5833333333333333
    """
    return match_classes(labels, truth, many_to_one=many_to_one, ignore=ignore, unlabelled=unlabelled).mean_iou


def _largest_share(table: Contingency) -> NDArray[np.int64]:
    """Return which pairs are the largest of their label."""
    order = np.lexsort((table.col, -table.count, table.row))
    first = np.unique(table.row[order], return_index=True)[1]
    chosen = order[first]
    return chosen[table.is_label[table.row[chosen]]]


def _one_to_one(table: Contingency) -> NDArray[np.int64]:
    """Return the pairs of the assignment that shares most pixels.

    Each label may also go to a place of its own, worth nothing: so all can be assigned, as the solver demands. It also
    takes 0 for an entry that is missing, so worth is turned into a cost above 0.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    is_label = np.flatnonzero(table.is_label[table.row])
    if len(is_label) == 0:
        return is_label
    rows, row = np.unique(table.row[is_label], return_inverse=True)
    n, m = len(rows), len(table.truths)
    nothing = float(table.count.max() + 1)
    cost = np.concatenate([nothing - table.count[is_label], np.full(n, nothing)])
    places = np.concatenate([row, np.arange(n)]), np.concatenate([table.col[is_label], m + np.arange(n)])
    assigned_row, assigned_col = min_weight_full_bipartite_matching(csr_matrix((cost, places), (n, m + n)))
    is_real = assigned_col < m
    chosen = np.full(n, -1)
    chosen[assigned_row[is_real]] = assigned_col[is_real]
    return is_label[chosen[row] == table.col[is_label]]
