"""Parts of a region, by the tree; parts of a class, and other classes, by what superpixels look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.cluster import Clusterer, describe_method, make_clusterer
from fallow.cluster.rows import repeat_by_weight
from fallow.errors import InputError
from fallow.labels.tree import MergeTree

if TYPE_CHECKING:
    from fallow.edits.board import Board

MOST_ROWS = 10_000
DIGITS = 4  # of a center in the line: enough to tell superpixels apart, and the line can be read


def split_region(tree: MergeTree, at: NDArray[np.integer], parts: int) -> NDArray[np.int32]:
    """Part a region by undoing its topmost merges.

    Parameters
    ----------
    at : (s,) integers
        Its superpixels, leaves of the tree, ascending.
    parts : at least 2
        A region that was joined of more by hand falls into all of those.

    Returns
    -------
    (s,) int32
        Part of each superpixel, from 0, in the order of their first ones.

    Raises
    ------
    InputError
        If there are fewer superpixels than parts.
    """
    if len(at) < parts:
        raise InputError(f"the region has {len(at)} superpixel(s), which cannot become {parts} regions")
    inside = np.zeros(tree.n_leaves, np.bool_)
    inside[at] = True
    own = np.flatnonzero(_merges_within(tree.merges, inside))  # ascending in height
    n_undone = max(0, parts - (len(at) - len(own)))
    keep = np.zeros(len(tree.merges), np.bool_)
    keep[own[: len(own) - n_undone]] = True
    _, first, part = np.unique(tree.cut_nodes(keep)[at], return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[part].astype(np.int32)


@njit(cache=True, nogil=True)
def _merges_within(merges: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Mark the merges of which all leaves are inside."""
    n = len(inside)
    within = np.zeros(n + len(merges), np.bool_)
    within[:n] = inside
    for merge in range(len(merges)):
        within[n + merge] = within[merges[merge, 0]] and within[merges[merge, 1]]
    return within[n:]


def parts_of_class(board: Board, label: int, parts: int) -> list[list[float]]:
    """Return the centers of the parts of a class, by k-means over its superpixels, each by its area in the class."""
    rows = _rows_of(board)
    weight = np.where(board.class_of == board.check_class(label), board.ground.pixels, 0).sum(axis=1)[1:]
    inside = np.flatnonzero(weight)
    if len(np.unique(rows[inside], axis=0)) < parts:
        raise InputError(f"class {label} has {len(inside)} superpixel(s), too few to become {parts} classes")
    drawn = repeat_by_weight(rows[inside], weight[inside], MOST_ROWS)
    clusterer = make_clusterer("kmeans", parts).fit(drawn)
    label_of = clusterer.predict(drawn)
    centers = [drawn[label_of == number].mean(axis=0, dtype=np.float64) for number in range(1, parts + 1)]
    rounded = [[float(f"{value:.{DIGITS}g}") for value in center] for center in centers]
    area = np.bincount(_nearest(rows[inside], rounded), weight[inside], parts)
    return [rounded[number] for number in np.argsort(-area, kind="stable")]


def assign_parts(board: Board, centers: list[list[float]]) -> NDArray[np.int64]:
    """Return the nearest center, from 0, of each superpixel 0..n."""
    rows = _rows_of(board)
    if rows.shape[1] != len(centers[0]):
        raise InputError(f"the centers have {len(centers[0])} features, but superpixels have {rows.shape[1]}")
    return np.concatenate(([0], _nearest(rows, centers)))


def cluster_again(board: Board, n: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8], Clusterer]:
    """Make other classes of the superpixels, by the method of the result; largest first.

    Returns
    -------
    class_of, confidence_of, clusterer
        As in `Board`.
    """
    rows = _rows_of(board)
    ground = board.ground
    area = board.kept[1:]
    if not area.any():
        raise InputError("nothing is left to make classes of")
    made_by = ground.clusterer
    drawn = repeat_by_weight(rows[area > 0], area[area > 0], MOST_ROWS)
    clusterer = make_clusterer(describe_method(made_by), n, made_by.random_state).fit(drawn)
    classes, sure = clusterer.assign(rows)
    order = np.argsort(-np.bincount(classes, area, n + 1)[1:], kind="stable") + 1
    number_of = np.zeros(n + 1, np.uint16)
    number_of[order] = np.arange(1, n + 1)
    clusterer.reorder(order)
    own = np.concatenate(([0], number_of[classes])).astype(np.uint16)
    percent = np.concatenate(([0], np.maximum(np.rint(sure * 100), 1))).astype(np.uint8)
    return np.where(board.class_of > 0, own[:, None], np.uint16(0)), percent, clusterer


def _nearest(rows: NDArray, centers: list[list[float]]) -> NDArray[np.int64]:
    """Return the nearest center of each row, of equal ones the first."""
    squared = np.stack([((rows - np.array(center)) ** 2).sum(axis=1) for center in centers])
    return squared.argmin(axis=0)


def _rows_of(board: Board) -> NDArray[np.float32]:
    if board.ground.rows is None:
        raise InputError('this result does not keep what its superpixels look like; segment with unit="region"')
    return board.ground.rows.astype(np.float32)
