"""Where one label ends and another begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.labels.maps import as_label_map


def outlines(labels: ArrayLike, *, thick: bool = False) -> NDArray[np.bool_]:
    """Mark the pixels on a border between different labels.

    Parameters
    ----------
    labels : (rows, cols) integers
        0 = no data. It ends at a border like any label, but is never marked itself; the edge of the array is no border.
    thick : bool
        Mark both sides of a border, a line two pixels wide, rather than only the upper or left one. Towards no data it
        is always the side that has a label.

    Returns
    -------
    (rows, cols) bool

    Notes
    -----
    Halo: one pixel.

    Examples
    --------
    >>> outlines([[1, 1, 2, 2, 0]]).astype(int).tolist()
    [[0, 1, 0, 1, 0]]
    >>> outlines([[1, 1, 2, 2, 0]], thick=True).astype(int).tolist()
    [[0, 1, 1, 1, 0]]
    """
    labels = as_label_map(labels)
    marked = np.zeros(labels.shape, np.bool_)
    for here, there, here_marked, there_marked in (
        (labels[:-1], labels[1:], marked[:-1], marked[1:]),
        (labels[:, :-1], labels[:, 1:], marked[:, :-1], marked[:, 1:]),
    ):
        is_border = here != there
        here_marked |= is_border
        there_marked |= is_border if thick else is_border & (here == 0)
    return marked & (labels != 0)
