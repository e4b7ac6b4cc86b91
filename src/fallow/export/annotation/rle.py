"""Masks as lengths of runs, the ways that COCO and CVAT write them: arrays in, numbers and text out.

Counts alternate between pixels outside and inside, and begin with those outside, of which there may be none. COCO goes
down the columns of the whole image, CVAT along the rows of the box around the mask.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.errors import InputError

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """The runs of the numbers 1 to n in a flat array: those of number i are ``first[i - 1]`` to ``first[i]``.

    Attributes
    ----------
    start, length : (runs,) int64
    first : (n + 1,) int64
    """

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    first: NDArray[np.int64]

    def of(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the starts and lengths of one number's runs, in their order."""
        part = slice(self.first[number - 1], self.first[number])
        return self.start[part], self.length[part]


def find_runs(values: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the runs of equal values of a flat array start, and how long they are.

    >>> [each.tolist() for each in find_runs(np.array([7, 7, 0, 7]))]
    [[0, 2, 3], [2, 1, 1]]
    """
    start = np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1)).astype(np.int64)
    return start, np.diff(start, append=len(values))


def runs_of(numbers: NDArray, n: int) -> Runs:
    """Return the runs of each of the numbers 1 to n in a flat array; 0 is left out. Time: O(pixels)."""
    start, length = find_runs(numbers)
    value = numbers[start]
    order = np.argsort(value, kind="stable")
    first = np.searchsorted(value[order], np.arange(1, n + 2))
    return Runs(start[order], length[order], first)


def counts_of(start: NDArray[np.int64], length: NDArray[np.int64], total: int) -> Counts:
    """Return the counts of a mask of `total` pixels from the runs inside it; runs that touch become one.

    >>> counts_of(np.array([1, 2, 5]), np.array([1, 2, 1]), 9).tolist()
    [1, 3, 1, 1, 3]
    """
    end = start + length
    is_new = np.concatenate(([True], start[1:] != end[:-1]))
    edges = np.stack((start[is_new], end[np.concatenate((is_new[1:], [True]))]), axis=1).ravel()
    if edges[-1] != total:
        edges = np.append(edges, total)
    return np.diff(edges, prepend=0)


def box_counts(
    start: NDArray[np.int64], length: NDArray[np.int64], cols: int, box: tuple[int, int, int, int]
) -> Counts:
    """Return the counts of a mask within its box, from its runs along the rows of an image of `cols` columns.

    Parameters
    ----------
    box
        (row0, row1, col0, col1), half open; all runs must lie in it.
    """
    row0, row1, col0, col1 = box
    width = col1 - col0
    first, last = (
        start // cols,
        (start + length - 1) // cols,
    )  # a run that goes on in the next row fills the image's width
    n_rows = last - first + 1
    row = np.repeat(first, n_rows) + np.arange(n_rows.sum()) - np.repeat(np.cumsum(n_rows) - n_rows, n_rows)
    begin = np.maximum(np.repeat(start, n_rows), row * cols)
    end = np.minimum(np.repeat(start + length, n_rows), (row + 1) * cols)
    moved = (row - row0) * width + begin - row * cols - col0
    return counts_of(moved, end - begin, (row1 - row0) * width)


def fill(labels: NDArray[np.int32], counts: NDArray, number: int, what: str) -> None:
    """Write a number into the pixels of a flat array that counts say are inside; time: O(pixels inside).

    Raises
    ------
    InputError
        If they are no counts of so many pixels; `what` names the mask.
    """
    counts, total = np.asarray(counts), len(labels)
    if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 0).any() or (counts > total).any():
        raise InputError(f"the runs of {what} must be whole numbers from 0 to its {total} pixels")
    if counts.sum() != total:
        raise InputError(f"the runs of {what} cover {counts.sum()} pixels, but it has {total}")
    _fill(labels, counts.astype(np.int64), number)


def to_text(counts: Counts) -> str:
    """Write counts as COCO's text: six bits a character, each from the third on less the one two before it.

    >>> to_text(np.array([6, 1, 40, 4, 5, 4, 5, 4, 21]))
    '61X13mN000`0'

    References
    ----------
    ``rleToString`` of the COCO API, github.com/cocodataset/cocoapi, ``common/maskApi.c``.
    """
    return _pack(np.asarray(counts, np.int64)).tobytes().decode("ascii")


def from_text(text: str, what: str) -> Counts:
    """Read what `to_text` writes.

    Raises
    ------
    InputError
        If it is no such text; `what` names the mask.
    """
    try:
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
    except UnicodeEncodeError:
        codes = np.zeros(1, np.uint8)
    if len(codes) and not (codes.min() >= 48 and codes.max() < 48 + 64 and codes[-1] < 48 + 32):
        raise InputError(f"the runs of {what} are not a text that COCO's tools write")
    return _unpack(codes)


@njit(cache=True, nogil=True)
def _fill(labels: np.ndarray, counts: np.ndarray, number: int) -> None:
    position = 0
    for index in range(len(counts)):
        if index % 2:
            labels[position : position + counts[index]] = number
        position += counts[index]


@njit(cache=True, nogil=True)
def _pack(counts: np.ndarray) -> np.ndarray:
    codes = np.empty(13 * len(counts), np.uint8)
    n = 0
    for index in range(len(counts)):
        value = counts[index]
        if index > 2:
            value -= counts[index - 2]
        goes_on = True
        while goes_on:
            low = value & 0x1F
            value >>= 5
            goes_on = value != -1 if low & 0x10 else value != 0
            codes[n] = low + 48 + (0x20 if goes_on else 0)
            n += 1
    return codes[:n]


@njit(cache=True, nogil=True)
def _unpack(codes: np.ndarray) -> np.ndarray:
    counts = np.zeros(len(codes), np.int64)
    n, shift = 0, 0
    value = np.int64(0)
    for index in range(len(codes)):
        code = np.int64(codes[index]) - 48
        if shift < 60:  # longer ones are no counts of pixels
            value |= (code & 0x1F) << shift
        shift += 5
        if not code & 0x20:
            if code & 0x10 and shift < 60:
                value |= np.int64(-1) << shift
            counts[n] = value + counts[n - 2] if n > 2 else value
            n, shift, value = n + 1, 0, np.int64(0)
    return counts[:n]
