"""Give every pixel without data the values of the nearest pixel that has some.

Filters need a number everywhere. The nearest valid value continues the image over a hole as a border mode continues it
over an edge, adds no step of its own, and lets nothing that stood in the hole reach a valid pixel.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray


def nearest_valid(valid: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the nearest valid pixel of every hole.

    Parameters
    ----------
    valid
        ``(rows, cols)``, True where there is data, at least once.

    Returns
    -------
    holes, sources
        Flat indices of the pixels without data and of the valid pixel nearest to each.

    Notes
    -----
    2 ns a pixel. Distances are the 5 x 5 chamfer's, at most 4 % from Euclidean (doi:10.1016/S0734-189X(86)80047-0).
    """
    hole_mask = (~valid).view(np.uint8)
    label = cv2.distanceTransformWithLabels(hole_mask, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)[1]
    label = label.ravel()
    seeds, holes = np.flatnonzero(valid), np.flatnonzero(hole_mask)
    seed_of_label = np.zeros(int(label.max()) + 1, np.intp)
    seed_of_label[label[seeds]] = seeds
    return holes, seed_of_label[label[holes]]


def reach_with_fill(radius: int) -> int:
    """Return how far a filter of this radius sees once holes are filled, in pixels along a row or column.

    A filter at a valid pixel touches holes up to ``radius * sqrt(2)`` away from it, so each of those has a valid pixel
    no farther than that (4 % more by the chamfer distance): the pixel itself.

    >>> reach_with_fill(1), reach_with_fill(20)
    (3, 50)
    """
    return math.ceil(radius * (1 + 1.04 * math.sqrt(2)))
