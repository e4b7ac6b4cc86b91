"""Where to cut the merge tree: one rule for every image."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.labels.tree import MergeTree
from fallow.regions.cost import REFERENCE_AREA

TYPICAL_COUNT = 12  # regions in a picture of the reference area, as people draw them
ADAPTATION = 0.25

# The gap stop: among the last merges, one that costs so many times what the merge before it cost parts two things.
GAP, LAST_MERGES, LEAST_SHARE = 1.3, 20, 0.15


def choose_height(tree: MergeTree, *, threshold: float, typical: float, scale: float = 1.0) -> float:
    """Choose the height to cut a tree at.

    Parameters
    ----------
    tree : MergeTree
    threshold : float
        The height that suits most pictures of the scene.
    typical : float
        The height at which the median picture has 12 regions per 154,401 pixels.
    scale : float
        Above 1 for fewer regions, below for more.

    Returns
    -------
    float
        ``threshold (h12 / typical)^(1/4)``, where h12 is this picture's own height at that many regions, times `scale`;
        or less, where a gap in the heights tells that two things of their own would be joined.

    Raises
    ------
    InputError
        If `scale` is not above 0.
    """
    if not isinstance(scale, int | float | np.number) or not 0 < scale < np.inf:
        raise InputError(f"scale must be a number above 0, got {scale!r}")
    n_typical = max(2, round(TYPICAL_COUNT * float(tree.area.sum()) / REFERENCE_AREA))
    own = height_at(tree, n_typical)
    height = threshold * (own / typical) ** ADAPTATION if own > 0 else threshold
    gap = find_gap(tree.heights, height)
    return scale * (height if gap is None else min(height, gap))


def height_at(tree: MergeTree, n_regions: int) -> float:
    """Return the height of the merge that leaves `n_regions`; 0 where there are never so many."""
    undone = n_regions - tree.n_roots
    return float(tree.heights[len(tree.heights) - 1 - undone]) if 0 <= undone < len(tree.heights) else 0.0


def find_gap(heights: NDArray[np.float64], height: float) -> float | None:
    """Return a height within the widest gap that begins under `height` among the last merges, if it is wide enough."""
    last = heights[-LAST_MERGES:]
    if len(heights) == 1:  # two superpixels: what is before their merge is nothing
        last = np.concatenate(([0.0], last))
    best, at = GAP, None
    for before, after in pairwise(last):
        if before <= height and after > max(LEAST_SHARE * height, best * before):
            best, at = after / before if before > 0 else np.inf, 0.5 * (before + after)
    return at
