"""Where the maps of a network lie: on windows of a picture, and between the cells that features are given for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.features.cells import CELL

MULTIPLE = 32  # pixels: whole cells of any network's maps
WINDOW, MARGIN = 384, 64  # pixels a side that a network sees at a time, and those along its sides that others give
STEP = WINDOW - 2 * MARGIN
SHORTEST = 1e-6

Map = NDArray[np.float32]

Place = tuple[slice, slice]
"""Rows and columns of a picture."""


def pad(image: NDArray[Any]) -> NDArray[Any]:
    """Mirror an image past its last row and column, to sides that are multiples of 32."""
    sides = [(0, -side % MULTIPLE) for side in image.shape[:2]]
    return np.pad(image, [*sides, *[(0, 0)] * (image.ndim - 2)], mode="symmetric")


def cut_windows(shape: tuple[int, int]) -> Iterator[tuple[Place, Place]]:
    """Cut a picture into windows that the network sees, each with its core, the part that it is asked about.

    >>> for (_, window), (_, core) in cut_windows((32, 672)):
    ...     print(window.start, window.stop, core.start, core.stop)
    0 384 0 320
    256 640 320 576
    288 672 576 672
    """
    for rows, core_rows in _cut(shape[0]):
        for cols, core_cols in _cut(shape[1]):
            yield (rows, cols), (core_rows, core_cols)


def _cut(side: int) -> list[tuple[slice, slice]]:
    n = max(1, -(-(side - 2 * MARGIN) // STEP))
    starts = [min(STEP * i, max(0, side - WINDOW)) for i in range(n)]
    edges = [0, *(MARGIN + STEP * i for i in range(1, n)), side]
    return [(slice(at, min(at + WINDOW, side)), slice(*core)) for at, core in zip(starts, pairwise(edges), strict=True)]


def in_cells(place: Place, within: Place = (slice(0), slice(0))) -> Place:
    """Count a place in cells of 4 pixels, from the first of the place that it lies in."""
    rows, cols = (
        slice((own.start - (outer.start or 0)) // CELL, (own.stop - (outer.start or 0)) // CELL)
        for own, outer in zip(place, within, strict=True)
    )
    return rows, cols


def to_unit(rows: Map, center: Map) -> Map:
    """Centre feature vectors ``(..., channels)`` and bring them to unit length; one at the centre stays near it."""
    centred = rows - center
    return centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), SHORTEST)


def take_nearest(level: Map, rows: NDArray[np.intp], cols: NDArray[np.intp], window: Place) -> Map:
    """Return ``(n, channels)`` of a map at pixels of the picture; the map is spread over a window of it."""
    at = (
        (position - place.start) * length // (place.stop - place.start)
        for position, place, length in zip((rows, cols), window, level.shape[:2], strict=True)
    )
    return level[tuple(at)]


def resample(level: Map, shape: tuple[int, int]) -> Map:
    """Interpolate a map, spread over as much as `shape` cells are, linearly at their centres; beyond its own, repeat.

    >>> resample(np.float32([[[0], [4]]]), (1, 8))[0, :, 0].tolist()
    [0.0, 0.0, 0.5, 1.5, 2.5, 3.5, 4.0, 4.0]
    """
    for axis, n in enumerate(shape):
        length = level.shape[axis]
        at = np.clip((np.arange(n) + 0.5) * (length / n) - 0.5, 0, length - 1)
        lower = at.astype(np.intp)
        share = np.expand_dims((at - lower).astype(np.float32), (1, 2) if axis == 0 else (0, 2))
        level = level.take(lower, axis) * (1 - share) + level.take(np.minimum(lower + 1, length - 1), axis) * share
    return level
