"""The table of classes after edits, without reading the image again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fallow.edits.board import Board
from fallow.table import ClassRow, ClassTable


def edited_table(board: Board, before: ClassTable, pixel_area_m2: float | None) -> ClassTable:
    """Measure the classes of a board.

    Areas are those of the pixels. Means and deviations are exact where whole classes were named, merged or dropped;
    where a class changed in some superpixels alone, they follow from what those superpixels hold.

    Parameters
    ----------
    before : ClassTable
        Of the result that was edited.
    """
    area = board.class_area
    mean, square = _moments(board, before) / np.maximum(area, 1)[:, None]
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    total = max(1, int(area[1:].sum()))
    rows = (
        ClassRow(
            label=label,
            name=board.names[label],
            color=board.colors[label],
            area=int(area[label]),
            area_m2=None if pixel_area_m2 is None else float(area[label] * pixel_area_m2),
            share=float(area[label] / total),
            mean=tuple(map(float, mean[label])),
            deviation=tuple(map(float, deviation[label])),
        )
        for label in sorted(board.names)
    )
    return ClassTable(tuple(rows), before.band_names)


def _moments(board: Board, before: ClassTable) -> NDArray[np.float64]:
    """Return the sums of values and of squares in each class 0.., (2, classes, bands)."""
    n_bands, leaves = len(before.band_names), board.ground.leaves
    pixels, class_of = board.ground.pixels, board.class_of
    old = np.zeros((2, pixels.shape[1], n_bands))
    for row in before:
        mean, deviation = np.array(row.mean), np.array(row.deviation)
        old[:, row.label] = mean, mean**2 + deviation**2
    sums = np.zeros((2, len(board.class_area), n_bands))
    parted = []
    for label in range(1, pixels.shape[1]):
        got = np.bincount(class_of[:, label], pixels[:, label], sums.shape[1])
        if leaves is not None and (got > 0).sum() > 1:
            parted.append(label)
        else:
            sums += got[:, None] * old[:, None, label]
    if parted and leaves is not None:
        main = pixels.argmax(axis=1)
        minor = pixels.astype(np.float64)
        minor[np.arange(len(pixels)), main] = 0
        for band in range(n_bands):
            values = leaves.mean[:, band].astype(np.float64)
            for moment, each in enumerate((values, values**2 + leaves.deviation[:, band].astype(np.float64) ** 2)):
                # What a superpixel holds, less its pixels of other classes, which look as those classes do.
                own = np.concatenate(([0.0], leaves.area * each)) - minor @ old[moment, :, band]
                for label in parted:
                    sums[moment, :, band] += _shared_out(board, label, old[moment, label, band], own, main)
    return sums


def _shared_out(
    board: Board, label: int, mean: float, own: NDArray[np.float64], main: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Give the sum of an old class to the new ones, (classes,); what superpixels do not explain goes by area.

    Parameters
    ----------
    mean
        Of the old class.
    own, main : (n + 1,)
        Sum over the pixels of the class that most of a superpixel has, and which that is.
    """
    pixels, goes_to, n = board.ground.pixels[:, label], board.class_of[:, label], len(board.class_area)
    guess = np.bincount(goes_to, np.where(main == label, own, pixels * mean), n)
    got = np.bincount(goes_to, pixels, n)
    return guess + got / got.sum() * (got.sum() * mean - guess.sum())
