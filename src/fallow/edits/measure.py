"""The table of classes after edits, without reading the image again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fallow.edits.board import Board
from fallow.table import ClassRow, ClassTable


def edited_table(board: Board, before: ClassTable, pixel_area_m2: float | None) -> ClassTable:
    """Measure the classes of a board.

    Areas are those of the pixels. Means and deviations are exact where whole classes were merged or dropped; where
    only some superpixels of a class changed, their own mean and deviation stand for their pixels.

    Parameters
    ----------
    before : ClassTable
        Of the result that was edited.
    """
    n_bands, n = len(before.band_names), len(board.class_area)
    sums = np.zeros((n, n_bands, 2))
    for row in before:
        pixels = board.ground.pixels[:, row.label]
        if row.label < board.class_of.shape[1] and pixels.any():
            mean, deviation = np.array(row.mean), np.array(row.deviation)
            sums += _share_out(board, row.label, int(pixels.sum()), np.stack((mean, mean**2 + deviation**2), axis=1))
    area = board.class_area
    mean, square = np.moveaxis(sums / np.maximum(area, 1)[:, None, None], 2, 0)
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


def _share_out(board: Board, label: int, area: int, moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the sums of an old class to the new ones, (classes + 1, bands, 2).

    Parameters
    ----------
    moments : (bands, 2)
        Mean and mean square of the old class.
    """
    n, n_bands = len(board.class_area), len(moments)
    pixels, goes_to = board.ground.pixels[:, label], board.class_of[:, label]
    got = np.bincount(goes_to, pixels, n)
    guess = np.zeros((n, n_bands, 2))
    leaves = board.ground.leaves
    if leaves is not None and (got > 0).sum() > 1:
        for band in range(n_bands):
            mean = leaves.mean[:, band].astype(np.float64)
            square = mean**2 + leaves.deviation[:, band].astype(np.float64) ** 2
            for moment, values in enumerate((mean, square)):
                guess[:, band, moment] = np.bincount(goes_to[1:], pixels[1:] * values, n)
    rest = area * moments - guess.sum(axis=0)  # what superpixels do not explain is shared by area
    return guess + (got / area)[:, None, None] * rest
