"""Examples of a class: the squares of the image that lie deepest inside it and are surest of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.ndimage import distance_transform_cdt

from fallow.raster import Window

MOST_PATCHES = 4
SHARE_OF_SIDE, LEAST_SIDE, MOST_SIDE = 9, 12, 96
SURENESS = 0.5  # what confidence counts beside lying inside


def patch_side(shape: tuple[int, int]) -> int:
    """Return the side of patches of a picture: a ninth of its longer side, within limits and the picture."""
    return min(max(LEAST_SIDE, min(MOST_SIDE, max(shape) // SHARE_OF_SIDE)), *shape)


def find_patches(classes: np.ndarray, confidence: np.ndarray, label: int) -> list[Window]:
    """Return up to four windows that show a class, the best first; none of which holds the middle of another.

    Parameters
    ----------
    classes, confidence : (rows, cols)
    label : int

    Notes
    -----
    A place is as good as the largest square of the class around it, up to the patch, and half its confidence. Time:
    linear in the pixels of the class's bounding box.
    """
    return list(_best_first(classes, confidence, label))


def _best_first(classes: np.ndarray, confidence: np.ndarray, label: int) -> Iterator[Window]:
    is_there = classes == label
    rows, cols = np.flatnonzero(is_there.any(axis=1)), np.flatnonzero(is_there.any(axis=0))
    if not len(rows):
        return
    top, left = int(rows[0]), int(cols[0])
    box = np.s_[top : int(rows[-1]) + 1, left : int(cols[-1]) + 1]
    side = patch_side(classes.shape)
    depth = distance_transform_cdt(np.pad(is_there[box], 1), metric="chessboard")[1:-1, 1:-1]
    good = np.minimum(depth / (side // 2 + 1), 1) + SURENESS * confidence[box]
    good[depth == 0] = -1
    for _ in range(MOST_PATCHES):
        row, col = (int(each) for each in np.unravel_index(int(good.argmax()), good.shape))
        if good[row, col] < 0:
            return
        good[max(0, row - side) : row + side + 1, max(0, col - side) : col + side + 1] = -1
        row0 = min(max(0, top + row - side // 2), classes.shape[0] - side)
        col0 = min(max(0, left + col - side // 2), classes.shape[1] - side)
        yield row0, row0 + side, col0, col0 + side
