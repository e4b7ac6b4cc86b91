"""What every clusterer promises: exactly `n_classes` classes, numbered by size, with a confidence for each row."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, TypeVar

import numpy as np

from fallow.cluster.chunks import chunks, in_threads
from fallow.cluster.nearest import nearest_groups
from fallow.cluster.rows import check_rows
from fallow.errors import InputError
from fallow.estimator import Estimator

FAR_QUANTILES = (0.5, 0.9, 0.99)
"""The quantiles of `Clusterer.fit_distance_`; beyond the last one a row counts as far."""


OnPass = Callable[[int, int], None]
Fitted = TypeVar("Fitted", bound="Clusterer")


def _tell_nobody(done: int, at_most: int) -> None:
    """Take no notice of a pass."""


class Clusterer(Estimator):
    """Base of the clusterers: feature rows in, classes 1 to `n_classes` and a confidence out.

    A subclass stores its options, learns in `_learn`, and compares rows with what it learned in `_compare`.

    Parameters
    ----------
    n_classes
        How many classes to find, at least 2.
    random_state
        Seed of everything random. The same rows and seed give the same bytes, whatever the number of threads.

    Attributes
    ----------
    n_features_ : int
        Features of a row.
    centers_ : ndarray of shape (n_classes, features)
        Mean of each class, in the units of the features.
    shares_ : ndarray of shape (n_classes,)
        Share of the fitted rows in each class; falling after `fit`, because classes are numbered by it.
    fit_distance_ : ndarray of shape (3,)
        The quantiles `FAR_QUANTILES` of the fitted rows' `distance`.
    """

    n_features_: int
    centers_: np.ndarray
    shares_: np.ndarray
    fit_distance_: np.ndarray

    def __init__(self, n_classes: int, *, random_state: int = 0):
        self.n_classes = n_classes
        self.random_state = random_state

    def fit(self, rows: np.ndarray, *, on_pass: OnPass | None = None) -> Self:
        """Learn the classes from finite rows ``(n, features)``; each class wins at least one of them.

        `on_pass` is called as ``on_pass(done, at most)`` after each pass over all rows.

        Raises
        ------
        InputError
            When the rows are not finite numbers, or cannot be told into `n_classes` classes.
        """
        rows = check_rows(rows, self.n_classes)
        self._learn(rows, on_pass or _tell_nobody)
        return self._settle(rows)

    def fit_ladder(self, rows: np.ndarray, numbers: Sequence[int]) -> list[Self]:
        """Return a clusterer fitted on the rows for each number of classes: what `fit` finds, or near it, for less.

        Meant for choosing among rising numbers, on some thousands of rows; it stops before a number that cannot be
        found. A subclass overrides it where one fit says something about the next.

        Raises
        ------
        InputError
            When not even the first number can be found.
        """
        return climb(self._with_classes(n_classes).fit(rows) for n_classes in numbers)

    def criteria(self, rows: np.ndarray) -> dict[str, float]:  # noqa: ARG002
        """Return by what else a number of classes can be judged that only this method knows; here nothing."""
        return {}

    def _with_classes(self, n_classes: int) -> Self:
        """Return a copy that is to find another number of classes."""
        return copy.deepcopy(self).set_params(n_classes=n_classes)

    def _settle(self, rows: np.ndarray) -> Self:
        """Set the shares and the distances after learning, and number the classes by their shares."""
        self.n_features_ = rows.shape[1]
        pieces = in_threads(lambda chunk: self._compare(rows[chunk]), chunks(len(rows)))
        labels, _, distances = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
        counts = np.bincount(labels, minlength=self.n_classes + 1)[1:]
        if not counts.all():
            n_alive = np.count_nonzero(counts)
            raise InputError(f"{self.n_classes} classes were asked for, but only {n_alive} win rows; ask for {n_alive}")
        self.shares_ = counts / len(rows)
        self.fit_distance_ = np.quantile(distances, FAR_QUANTILES, overwrite_input=True)
        return self.reorder(1 + np.argsort(-counts, kind="stable"))

    def assign(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the class of each row and the confidence in it, in one pass.

        Runs in the calling thread and releases the interpreter's lock, so that callers may hand in blocks from several
        threads. What a row gets depends on no other row.

        Parameters
        ----------
        rows
            Of shape ``(n, features)``. A row that is not finite is no data.

        Returns
        -------
        labels : ndarray of int32, shape (n,)
            1 to `n_classes`; 0 where the row is no data.
        confidence : ndarray of float32, shape (n,)
            0 (as near to another class) to 1 (certain); 0 where the row is no data.

        Raises
        ------
        InputError
            When the clusterer is not fitted, or was fitted on another number of features.
        """
        labels, confidence, _ = self._compare(self._checked(rows))
        return labels, confidence

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the class of each row: the first half of `assign`."""
        return self.assign(rows)[0]

    def confidence(self, rows: np.ndarray) -> np.ndarray:
        """Return the confidence in the class of each row: the second half of `assign`."""
        return self.assign(rows)[1]

    def distance(self, rows: np.ndarray) -> np.ndarray:
        """Return how far each row lies from the nearest prototype: Euclidean, float32 ``(n,)``, NaN where no data."""
        return self._compare(self._checked(rows))[2]

    def count_far(self, rows: np.ndarray) -> int:
        """Count the rows farther than 99 % of the fitted rows lie: near one in a hundred where nothing has changed.

        Rows that are no data never count.
        """
        return int(np.count_nonzero(self.distance(rows) > self.fit_distance_[-1]))

    def reorder(self, order: Sequence[int] | np.ndarray) -> Self:
        """Number the classes anew: ``order[i]`` is the present label of the class that becomes ``i + 1``.

        Raises
        ------
        InputError
            When `order` does not name every class once.
        """
        order = np.asarray(order)
        if not np.array_equal(np.sort(order), np.arange(1, self.n_classes + 1)):
            raise InputError(f"order must name the classes 1 to {self.n_classes} once each, got {order.tolist()}")
        self.centers_ = self.centers_[order - 1]
        self.shares_ = self.shares_[order - 1]
        self._reorder(order - 1)
        return self

    def _learn(self, rows: np.ndarray, on_pass: OnPass) -> None:
        """Learn everything but the order, the shares and the distances; sets `centers_`."""
        raise NotImplementedError

    def _compare(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return labels, confidence and distance of checked rows; here by the nearest center."""
        return nearest_groups(rows, self.centers_, np.arange(self.n_classes + 1))

    def _reorder(self, index: np.ndarray) -> None:
        """Permute what a subclass keeps per class beside the centers; `index` is 0-based."""

    def _checked(self, rows: Any) -> np.ndarray:
        if not hasattr(self, "n_features_"):
            raise InputError(f"{type(self).__name__} has learned nothing yet: call fit first")
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.n_features_:
            raise InputError(f"rows must have the shape (rows, {self.n_features_}) as in fit, got {rows.shape}")
        return rows


def climb(rungs: Iterator[Fitted]) -> list[Fitted]:
    """Take the rungs of a ladder up to the first that cannot be fitted; the first one must."""
    found: list[Fitted] = []
    try:
        found.extend(rungs)
    except InputError:
        if not found:
            raise
    return found
