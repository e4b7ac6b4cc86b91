"""What lies under the pointer: one region, what it holds, what it touches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.app.labels import Labels
from fallow.app.workbench import Workbench
from fallow.edits import Board
from fallow.errors import InputError
from fallow.labels.statistics import RegionStatistics


def region_at(bench: Workbench, path: str, row: int, col: int) -> dict[str, Any]:
    """Tell of the region at a pixel, as it is after the edits; of a pixel without data that there is none.

    Raises
    ------
    InputError
        If there is no such pixel.
    """
    result, labels = bench.edited(path), bench.labels(path)
    rows, cols = result.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise InputError(f"there is no pixel {row}, {col}; the image has {rows} rows and {cols} columns")
    board = result.board
    superpixel, raw, percent = labels.pixel(row, col)
    label = int(board.class_of[superpixel, raw])
    if not label:
        return {"region": 0, "superpixel": superpixel, "class": None}
    region = int(board.region_of[superpixel])
    area = int(board.region_area[region])
    if board.confidence_of is not None:
        percent = int(board.confidence_of[superpixel])
    told: dict[str, Any] = {
        "region": region,
        "superpixel": superpixel,
        "class": _class(board, label),
        "class_shares": _class_shares(board, region),
        "area_px": area,
        "area_m2": None if result.pixel_area_m2 is None else area * result.pixel_area_m2,
        "confidence": percent / 100,
        "bbox": _box(board, labels, region, row, col),
    }
    if result.leaves is None:
        return told | {"mean": [], "deviation": [], "neighbours": []}
    return told | _look(board, result.leaves, region) | {"neighbours": _neighbours(board, result.leaves, region)}


def _class(board: Board, label: int) -> dict[str, Any]:
    return {"label": label, "name": board.names[label], "color": board.colors[label]}


def _class_shares(board: Board, region: int) -> list[dict[str, Any]]:
    """Return the shares of classes in a region, the largest first."""
    inside = board.region_of == region
    n = len(board.class_area)
    pixels = np.bincount(board.class_of[inside].ravel(), board.ground.pixels[inside].ravel(), n)
    pixels[0] = 0
    order = np.argsort(-pixels, kind="stable")
    total = max(1.0, pixels.sum())
    return [{"label": int(label), "share": float(pixels[label] / total)} for label in order if pixels[label]]


def _look(board: Board, leaves: RegionStatistics, region: int) -> dict[str, Any]:
    """Return mean and deviation of a region in each band, from those of its superpixels."""
    inside = board.region_of[1:] == region
    weight = leaves.area[inside] / leaves.area[inside].sum()
    mean = leaves.mean[inside].astype(np.float64)
    center = weight @ mean
    deviation = np.sqrt(weight @ (leaves.deviation[inside].astype(np.float64) ** 2 + (mean - center) ** 2))
    return {"mean": center.tolist(), "deviation": deviation.tolist()}


def _neighbours(board: Board, leaves: RegionStatistics, region: int) -> list[dict[str, Any]]:
    """Return the regions that touch a region, the longest border first."""
    own = board.region_of[1:]
    one, other = own[leaves.pairs[:, 0]], own[leaves.pairs[:, 1]]
    is_border = (one == region) != (other == region)
    beyond = np.where(one == region, other, one)[is_border]
    found, at = np.unique(beyond, return_inverse=True)
    border = np.bincount(at, leaves.border[is_border], len(found))
    order = np.argsort(-border, kind="stable")
    return [
        {"region": int(found[each]), "class": int(board.region_class[found[each]]), "border_px": int(border[each])}
        for each in order
        if board.region_area[found[each]]
    ]


def _box(board: Board, labels: Labels, region: int, row: int, col: int) -> list[int]:
    """Return the window that holds a region, half open, to the cell of a small picture of the map."""
    units, step = labels.from_afar()
    inside: NDArray[np.bool_] = board.region_of[units] == region
    rows, cols = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    row0, col0 = (min(at, int(found.min(initial=at)) * step) for at, found in ((row, rows), (col, cols)))
    row1, col1 = (max(at + 1, (int(found.max(initial=-1)) + 1) * step) for at, found in ((row, rows), (col, cols)))
    return [row0, min(row1, labels.shape[0]), col0, min(col1, labels.shape[1])]
