"""The ultrametric contour map: all cuts of a merge tree in one picture."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.labels.ancestors import meeting_height
from fallow.labels.maps import as_label_map
from fallow.labels.tree import MergeTree


def contour_map(tree: MergeTree, labels: ArrayLike) -> NDArray[np.float32]:
    """Paint each pixel with the height up to which it is parted from its right or its lower neighbour.

    The pixels above a height are exactly the borders of `MergeTree.cut` at it, on the upper and left side of each.

    Parameters
    ----------
    tree : MergeTree
    labels : (rows, cols) integers
        Leaf + 1 of each pixel, 0 = no data; the whole map or any window of it.

    Returns
    -------
    (rows, cols) float32
        The larger of the two heights; 0 inside a leaf and towards no data, infinity between leaves that no merge
        brings together. Heights are rounded to 32 bits.

    Raises
    ------
    InputError
        If a label is no leaf of the tree.

    Notes
    -----
    Halo: one pixel to the right and below. A raster larger than memory is painted block by block: give each block with
    that halo and leave the halo's pixels out of the result.

    O(pixels + borders * log(pixels)): only where labels change is the tree asked, and once for a run of the same two.

    References
    ----------
    Arbelaez 2006, doi:10.1109/CVPRW.2006.48; Arbelaez, Maire, Fowlkes and Malik 2011, doi:10.1109/TPAMI.2010.161.

    Examples
    --------
    >>> tree = MergeTree.from_merges([2, 1, 1], [[1, 2], [0, 3]], [0.25, 0.5])
    >>> contour_map(tree, [[1, 1, 2, 3, 0]]).tolist()
    [[0.0, 0.5, 0.25, 0.0, 0.0]]
    """
    labels = as_label_map(labels)
    if labels.max(initial=0) > tree.n_leaves:
        raise InputError(f"labels must be 0..{tree.n_leaves}, the tree's leaves from 1, got {labels.max()}")
    return _paint(labels, tree.heights, *tree.paths)


@njit(cache=True, nogil=True)
def _paint(labels: np.ndarray, heights: np.ndarray, parent: np.ndarray, head: np.ndarray) -> np.ndarray:
    rows, cols = labels.shape
    out = np.zeros((rows, cols), np.float32)
    for row in range(rows):
        known_here = known_down = 0  # the last two labels asked for below, and their height
        known = 0.0
        for col in range(cols):
            here = labels[row, col]
            if here == 0:
                continue
            right = labels[row, col + 1] if col + 1 < cols else 0
            down = labels[row + 1, col] if row + 1 < rows else 0
            if down != 0 and down != here:
                if here != known_here or down != known_down:
                    known = meeting_height(here - 1, down - 1, heights, parent, head)
                    known_here, known_down = here, down
                out[row, col] = known
            if right != 0 and right != here:
                out[row, col] = max(out[row, col], meeting_height(here - 1, right - 1, heights, parent, head))
    return out
