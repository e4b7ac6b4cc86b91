"""How many pixels each label shares with each value of the truth: all that most measures need to know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError

_LOWEST, _HIGHEST = -(1 << 31), (1 << 31) - 1
_LOW_BITS = (1 << 32) - 1


@dataclass(frozen=True, eq=False)
class Contingency:
    """The pixels that are judged, as pairs of a label and a value of the truth; only pairs that occur are held.

    Attributes
    ----------
    labels : (n,) int64
        The labels that occur where there is truth, ascending, the unlabelled one too.
    truths : (m,) int64
        The values of the truth that are judged, ascending.
    row, col : (k,) int64
        Which of `labels` and of `truths` a pair is of; sorted by row, then column.
    count : (k,) int64
        Pixels of the pair.
    label_area : (n,) int64
        Pixels of each label where there is truth.
    whole_area : (n,) int64
        Pixels of each label, those whose truth is ignored too.
    truth_area : (m,) int64
    is_label : (n,) bool
        False for the label that means no label.
    """

    labels: NDArray[np.int64]
    truths: NDArray[np.int64]
    row: NDArray[np.int64]
    col: NDArray[np.int64]
    count: NDArray[np.int64]
    label_area: NDArray[np.int64]
    whole_area: NDArray[np.int64]
    truth_area: NDArray[np.int64]
    is_label: NDArray[np.bool_]

    @property
    def n_pixels(self) -> int:
        """Pixels that are judged."""
        return int(self.count.sum())

    @property
    def n_unlabelled(self) -> int:
        """Pixels among them that have no label."""
        return int(self.label_area[~self.is_label].sum())

    def matrix(self) -> NDArray[np.int64]:
        """Return the confusion matrix (m, n): a row each of `truths`, a column each of `labels`."""
        matrix = np.zeros((len(self.truths), len(self.labels)), np.int64)
        matrix[self.col, self.row] = self.count
        return matrix


class PairCounts:
    """Counts pairs of labels and truth block by block, for maps that are larger than memory.

    Notes
    -----
    Time: one sort of each block. Memory: 16 bytes for each pair that occurs, and as much again while they are joined.

    Examples
    --------
    >>> pairs = PairCounts()
    >>> pairs.add([[1, 1, 2]], [[7, 7, 7]])
    >>> pairs.add([[1, 2, 2]], [[7, 8, 9]])
    >>> pairs.table(ignore=9).matrix().tolist()
    [[3, 1], [0, 1]]
    """

    def __init__(self) -> None:
        self._keys, self._counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        self._n_waiting = 0

    def add(self, labels: ArrayLike, truth: ArrayLike) -> None:
        """Count the pixels of one block: two arrays of whole numbers and of one shape.

        Raises
        ------
        InputError
            If they are something else.
        """
        labels, truth = check_pair(labels, truth)
        keys = (labels.ravel().astype(np.int64) << 32) | (truth.ravel().astype(np.int64) - _LOWEST)
        keys, counts = np.unique(keys, return_counts=True)
        self._keys.append(keys)
        self._counts.append(counts)
        self._n_waiting += len(keys)
        if self._n_waiting > max(1 << 16, len(self._keys[0])):
            self._join()

    def table(self, *, ignore: int | Collection[int] | None = None, unlabelled: int | None = 0) -> Contingency:
        """Return what was counted.

        Parameters
        ----------
        ignore
            Values of the truth that are not judged.
        unlabelled
            The label that means no label; None where every label is one.

        Raises
        ------
        InputError
            If no pixel is left to judge.
        """
        self._join()
        keys, count = self._keys[0], self._counts[0]
        label, truth = keys >> 32, (keys & _LOW_BITS) + _LOWEST
        is_judged = ~np.isin(truth, several(ignore))
        if not is_judged.any():
            raise InputError("no pixel is left to judge: the truth holds nothing but ignored values")
        labels, row = np.unique(label[is_judged], return_inverse=True)
        truths, col = np.unique(truth[is_judged], return_inverse=True)
        occurs = np.isin(label, labels)
        judged = count[is_judged]
        return Contingency(
            labels,
            truths,
            row,
            col,
            judged,
            label_area=_sum(row, judged, len(labels)),
            whole_area=_sum(np.searchsorted(labels, label[occurs]), count[occurs], len(labels)),
            truth_area=_sum(col, judged, len(truths)),
            is_label=np.ones(len(labels), bool) if unlabelled is None else labels != unlabelled,
        )

    def _join(self) -> None:
        """Add up the blocks that wait."""
        if len(self._keys) == 1:
            return
        keys, index = np.unique(np.concatenate(self._keys), return_inverse=True)
        self._counts = [_sum(index, np.concatenate(self._counts), len(keys))]
        self._keys, self._n_waiting = [keys], 0


def contingency(
    labels: ArrayLike,
    truth: ArrayLike,
    *,
    ignore: int | Collection[int] | None = None,
    unlabelled: int | None = 0,
) -> Contingency:
    """Count how many pixels each label shares with each value of the truth.

    Parameters
    ----------
    labels
        Map of regions or classes, whole numbers of any shape.
    truth
        Whole numbers of the same shape.
    ignore
        Values of the truth that are not judged. Default: none; 0 is a value like any other.
    unlabelled
        The label that means no label. It stands for nothing and covers nothing, yet its pixels are judged: leaving
        pixels out earns no more than a label of their own would. None where every label is one, as in maps that count
        from 0.

    Returns
    -------
    Contingency
        What the measures of this package take in place of both maps, so that the pixels are counted only once.

    Raises
    ------
    InputError
        If the two are no whole numbers of 32 bits, differ in shape, or leave no pixel to judge.

    Notes
    -----
    Time: a sort of the pixels. Memory: 24 bytes a pixel; `PairCounts` counts by blocks.

    Examples
    --------
    >>> table = contingency([[1, 1, 2, 0]], [[5, 6, 6, 6]])
    >>> table.labels.tolist(), table.truths.tolist(), table.matrix().tolist()
    ([0, 1, 2], [5, 6], [[0, 1, 0], [1, 1, 1]])
    """
    pairs = PairCounts()
    pairs.add(labels, truth)
    return pairs.table(ignore=ignore, unlabelled=unlabelled)


def as_contingency(
    labels: ArrayLike | Contingency,
    truth: ArrayLike | None,
    ignore: int | Collection[int] | None,
    unlabelled: int | None,
) -> Contingency:
    """Return the table of two maps, or the one that was given in their place: the door of every measure."""
    if isinstance(labels, Contingency):
        if truth is not None:
            raise InputError("truth must not be said beside a Contingency, which holds it already")
        return labels
    if truth is None:
        raise InputError("truth must be said: a map of the shape of labels")
    return contingency(labels, truth, ignore=ignore, unlabelled=unlabelled)


def check_pair(labels: ArrayLike, truth: ArrayLike) -> tuple[NDArray, NDArray]:
    """Return two maps as arrays if they are whole numbers of 32 bits and have the same shape.

    Raises
    ------
    InputError
        Otherwise.
    """
    labels, truth = _whole_numbers(labels, "labels"), _whole_numbers(truth, "truth")
    if labels.shape != truth.shape:
        raise InputError(f"truth must have the shape of labels, {labels.shape}, got {truth.shape}")
    return labels, truth


def _whole_numbers(values: ArrayLike, name: str) -> NDArray:
    array = np.asarray(values)
    if array.dtype.kind not in "iub":
        raise InputError(f"{name} must be whole numbers, got {array.dtype}")
    if array.size == 0:
        raise InputError(f"{name} must have at least one pixel, got an array of shape {array.shape}")
    if array.dtype.itemsize >= 4 and not _LOWEST <= int(array.min()) <= int(array.max()) <= _HIGHEST:
        raise InputError(f"{name} must fit 32 bits, {_LOWEST}..{_HIGHEST}, got {array.min()}..{array.max()}")
    return array


def several(ignore: int | Collection[int] | None) -> list[int]:
    """Return the ignored values as a list."""
    if ignore is None:
        return []
    return [ignore] if isinstance(ignore, int | np.integer) else sorted(ignore)


def _sum(index: NDArray, count: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Add up counts by their index."""
    total = np.zeros(n, np.int64)
    np.add.at(total, index, count)
    return total
