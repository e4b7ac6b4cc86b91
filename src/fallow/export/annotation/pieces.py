"""What there is to annotate in a chip: pieces, each of one class, that do not overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.errors import check_choice
from fallow.export.annotation.chips import Chip, Label
from fallow.export.annotation.rle import find_runs

if TYPE_CHECKING:
    from fallow.result import Segmentation

BY = ("region", "class")


@dataclass(frozen=True)
class Piece:
    """A region, or all of a class, within a chip.

    Attributes
    ----------
    number
        From 1, in the chip's map.
    region
        Its number in the result; None for a class.
    label
        Its class.
    box
        (row0, row1, col0, col1) within the chip, half open.
    area
        Pixels within the chip.
    confidence
        Mean of its pixels, 0.01 to 1.
    """

    number: int
    region: int | None
    label: Label
    box: tuple[int, int, int, int]
    area: int
    confidence: float


@dataclass(frozen=True)
class Pieces:
    """The pieces of a chip: `numbers` (rows, cols) int32 is their map, 0 where there is none."""

    numbers: NDArray[np.int32]
    pieces: tuple[Piece, ...]

    @property
    def labels(self) -> NDArray[np.int32]:
        """The class of each pixel (rows, cols), 0 where there is none."""
        table = np.array([0, *(piece.label.number for piece in self.pieces)], np.int32)
        return table[self.numbers]


class PieceFinder:
    """Find the pieces of chips.

    Parameters
    ----------
    by : "region" or "class"
        A piece for each region, whose class is that of most of its pixels in the whole image, of equals the smaller;
        or for each class.

    Raises
    ------
    InputError
        If `by` is neither.
    """

    def __init__(self, result: Segmentation, labels: Iterable[Label], by: str) -> None:
        self._result = result
        self._layer = {"region": "regions", "class": "classes"}[check_choice("by", by, BY)]
        self._labels = {label.number: label for label in labels}
        self._class_of = np.arange(max(self._labels) + 1) if by == "class" else result.board.region_class

    def find(self, chip: Chip) -> Pieces:
        """Return the pieces of a chip, by their number in the result."""
        values = self._result.read(self._layer, chip.window).astype(np.int64)
        confidence = self._result.read("confidence", chip.window)
        start, length = find_runs(values.ravel())
        present, inverse = np.unique(values.ravel()[start], return_inverse=True)
        is_labelled = self._class_of[present] > 0
        kept = present[is_labelled].tolist()
        number = np.where(is_labelled, np.cumsum(is_labelled), 0).astype(np.int32)
        numbers = np.repeat(number[inverse], length).reshape(chip.shape)
        boxes, area, total = _measure(numbers, confidence, len(kept))
        is_region = self._layer == "regions"
        pieces = tuple(
            Piece(
                index + 1,
                value if is_region else None,
                self._labels[int(self._class_of[value])],
                tuple(boxes[index].tolist()),
                int(area[index]),
                round(float(total[index] / area[index]) / 100, 4),
            )
            for index, value in enumerate(kept)
        )
        return Pieces(numbers, pieces)


@njit(cache=True, nogil=True)
def _measure(numbers: np.ndarray, values: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the box, the area, and the sum of values of each of the numbers 1 to n."""
    boxes = np.empty((n, 4), np.int64)
    boxes[:, 0::2], boxes[:, 1::2] = 1 << 60, 0
    area, total = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for row in range(numbers.shape[0]):
        for col in range(numbers.shape[1]):
            index = numbers[row, col] - 1
            if index < 0:
                continue
            box = boxes[index]
            box[0], box[1] = min(box[0], row), max(box[1], row + 1)
            box[2], box[3] = min(box[2], col), max(box[3], col + 1)
            area[index] += 1
            total[index] += values[row, col]
    return boxes, area, total
