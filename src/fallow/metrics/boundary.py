"""How well borders lie on the true borders, within a tolerance."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.metrics.assignment import largest_matching
from fallow.metrics.joint import check_pair, several

TILE = 1024
"""Borders are matched in squares of so many pixels."""

SHARE_OF_DIAGONAL, MOST_PIXELS = 0.0075, 10.0
_THINNING = 16  # pixels beyond a square that are thinned with it

Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class BoundaryScores:
    """What was matched, over one image and all its annotators; add them up over the squares of an image.

    Attributes
    ----------
    found, found_right : int
        Border pixels of the labels that are judged; those that lie on a border of any annotator.
    true, true_found : int
        Border pixels of the truth, those of all annotators together; those that were found.
    """

    found: int = 0
    found_right: int = 0
    true: int = 0
    true_found: int = 0

    def __add__(self, other: BoundaryScores) -> BoundaryScores:
        return BoundaryScores(
            self.found + other.found,
            self.found_right + other.found_right,
            self.true + other.true,
            self.true_found + other.true_found,
        )

    @property
    def precision(self) -> float:
        """Share of the found border that is right; 1 when nothing was found, for nothing is wrong."""
        return self.found_right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true borders that were found; 1 when there are none."""
        return self.true_found / self.true if self.true else 1.0

    @property
    def f(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def boundary_scores(
    labels: ArrayLike,
    truth: ArrayLike | Sequence[ArrayLike],
    *,
    ignore: int | Collection[int] | None = None,
    tolerance: float | None = None,
) -> BoundaryScores:
    """Match the borders of regions with the true ones, each pixel with at most one other.

    Parameters
    ----------
    labels : (rows, cols) integers
    truth : (rows, cols) integers, or a sequence of them
        One map, or those of several annotators of the same image.
    ignore
        Values of the truth that are not judged: where they meet a judged value is a border, inside them nothing is
        wrong. A found border there counts only if it is matched.
    tolerance : float
        Pixels by which a border may lie off. Default: 0.75 % of the diagonal, at most 10.

    Returns
    -------
    BoundaryScores
        Right is what any annotator drew; what was to be found is what each of them drew.

    Raises
    ------
    InputError
        If the maps are no whole numbers, differ in shape, or the tolerance is no number from 0 to 100.

    Notes
    -----
    Of all largest one-to-one matchings one is taken that begins with the nearest pairs. Larger images are matched in
    squares of 1024 pixels, each with what lies within the tolerance around it, so pixels near the edge of a square may
    be matched twice. Time: 2 s a megapixel, more for fine borders and wide tolerances.

    References
    ----------
    Martin, Fowlkes, Malik 2004, doi:10.1109/TPAMI.2004.1273918. Borders are those of the label maps, thinned, and not
    the drawn lines; matchings are largest first and nearest second, where the original weighs both by a cost.

    Examples
    --------
    >>> labels, truth = np.ones((8, 8), int), np.ones((8, 8), int)
    >>> labels[:, 4:], truth[:, 5:] = 2, 2
    >>> boundary_scores(labels, truth, tolerance=1).f, boundary_scores(labels, truth, tolerance=0).f
    (1.0, 0.0)
    """
    labels = np.asarray(labels)
    truths = _several_maps(truth)
    for each in truths:
        check_pair(labels, each)
    if labels.ndim != 2:
        raise InputError(f"labels must be (rows, cols) to have borders, got {labels.ndim} dimensions")
    tolerance = check_tolerance(tolerance, labels.shape)
    scores = BoundaryScores()
    for square, around in squares((0, labels.shape[0], 0, labels.shape[1]), tolerance):
        part = slice(around[0], around[1]), slice(around[2], around[3])
        inner = slice(square[0] - around[0], square[1] - around[0]), slice(square[2] - around[2], square[3] - around[2])
        scores += score_square(labels[part], [each[part] for each in truths], inner, ignore, tolerance)
    return scores


def _several_maps(truth: ArrayLike | Sequence[ArrayLike]) -> list[NDArray]:
    """Return the maps of a sequence of maps, of an array (annotators, rows, cols), or the one that was given."""
    if isinstance(truth, list | tuple) and len(truth) and np.ndim(truth[0]) == 2:
        return [np.asarray(each) for each in truth]
    array = np.asarray(truth)
    return list(array) if array.ndim == 3 else [array]


def check_tolerance(tolerance: float | None, shape: tuple[int, ...]) -> float:
    """Return the tolerance in pixels, the default for an image of such a shape when it is None.

    Raises
    ------
    InputError
        If it is no number from 0 to 100.
    """
    if tolerance is None:
        return min(MOST_PIXELS, SHARE_OF_DIAGONAL * math.hypot(*shape))
    if not 0 <= tolerance <= 100:
        raise InputError(f"tolerance must be 0 to 100 pixels, got {tolerance:g}")
    return float(tolerance)


def squares(window: Window, tolerance: float) -> Iterator[tuple[Window, Window]]:
    """Cut a window into squares; yield each, and each with all around it that its borders may be matched with."""
    halo = math.floor(tolerance) + _THINNING
    row0, row1, col0, col1 = window
    for row in range(row0, row1, TILE):
        for col in range(col0, col1, TILE):
            square = row, min(row + TILE, row1), col, min(col + TILE, col1)
            around = (
                max(row0, row - halo),
                min(row1, square[1] + halo),
                max(col0, col - halo),
                min(col1, square[3] + halo),
            )
            yield square, around


def score_square(
    labels: NDArray,
    truths: Sequence[NDArray],
    inner: tuple[slice, slice],
    ignore: int | Collection[int] | None,
    tolerance: float,
) -> BoundaryScores:
    """Match the borders of one square of an image, `inner`, with those around it; arguments are checked already."""
    found, is_inside = boundaries(labels), np.zeros(labels.shape, bool)
    is_inside[inner] = True
    is_right, is_judged = np.zeros(labels.shape, bool), np.zeros(labels.shape, bool)
    n_true = n_true_found = 0
    for truth in truths:
        is_ignored = np.isin(truth, several(ignore))
        true = boundaries(truth, is_ignored)
        is_judged |= ~is_ignored
        right, true_found = _matched(found & is_inside, true, tolerance)
        if not is_inside.all():  # the other way round, too, each line may be matched with what lies around the square
            true_found = _matched(found, true & is_inside, tolerance)[1]
        is_right |= right
        n_true_found += int(true_found.sum())
        n_true += int((true & is_inside).sum())
    n_found = int((found & is_inside & (is_judged | is_right)).sum())
    return BoundaryScores(n_found, int(is_right.sum()), n_true, n_true_found)


def boundaries(labels: ArrayLike, is_ignored: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """Mark the borders between different labels, a line one pixel wide.

    Parameters
    ----------
    labels : (rows, cols) integers
    is_ignored : (rows, cols) bool
        Pixels between which there are no borders.

    Returns
    -------
    (rows, cols) bool
        The pixels whose right or lower neighbour is another, thinned to the width of one pixel.

    References
    ----------
    Guo, Hall 1989, doi:10.1145/62065.62074 (thinning)

    Examples
    --------
    >>> boundaries([[1, 1, 2], [1, 2, 2], [2, 2, 2]]).astype(int).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    """
    from skimage.morphology import thin

    labels = np.asarray(labels)
    marked = np.zeros(labels.shape, bool)
    for here, there in (np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:]):
        is_border = labels[here] != labels[there]
        if is_ignored is not None:
            is_border &= ~(is_ignored[here] & is_ignored[there])
        marked[here] |= is_border
    return thin(marked)


def _matched(
    found: NDArray[np.bool_], true: NDArray[np.bool_], tolerance: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Match the pixels of two lines one to one; return the maps of those that were."""
    start, target = _within_reach(found, true, tolerance)
    of_found, of_true = largest_matching(start, target, int(np.count_nonzero(true)))
    is_found, is_true = np.zeros(found.shape, bool), np.zeros(true.shape, bool)
    is_found[found], is_true[true] = of_found >= 0, of_true >= 0
    return is_found, is_true


def _within_reach(
    found: NDArray[np.bool_], true: NDArray[np.bool_], tolerance: float
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List, for each found pixel, the true ones within the tolerance, nearest first.

    Returns
    -------
    start : (found + 1,) int64
        Where the list of each found pixel begins.
    target : (pairs,) int32
        True pixels, numbered row by row.
    """
    reach = math.floor(tolerance)
    number = np.full((true.shape[0] + 2 * reach, true.shape[1] + 2 * reach), -1, np.int32)
    inner = number[reach : reach + true.shape[0], reach : reach + true.shape[1]]
    inner[true] = np.arange(np.count_nonzero(true), dtype=np.int32)
    row, col = (np.nonzero(found)[axis] + reach for axis in (0, 1))
    down, right = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    distance = np.hypot(down, right)
    order = np.argsort(distance, kind="stable")
    pixels, targets = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for step in order[distance[order] <= tolerance]:
        there = number[row + down[step], col + right[step]]
        reached = np.flatnonzero(there >= 0).astype(np.int32)
        pixels.append(reached)
        targets.append(there[reached])
    pixel, target = np.concatenate(pixels), np.concatenate(targets)
    by_pixel = np.argsort(pixel, kind="stable")
    return np.searchsorted(pixel[by_pixel], np.arange(len(row) + 1)), target[by_pixel]
