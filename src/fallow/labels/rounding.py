"""Rounded corners for arcs, each arc once, without one crossing another."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.labels.corners import corner_bits, is_free

STEPS = 4
"""Pieces of the curve at a corner; a power of two, so that coordinates have few binary digits and stay exact."""


def round_corners(
    points: NDArray[np.int32], start: NDArray[np.int64], ends: NDArray[np.int32], shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Put a curve in the place of each corner of arcs.

    From the middle of one straight piece to the middle of the next runs a parabola, with the corner as its control
    point: a quadratic B-spline, to which Chaikin's corner cutting leads too. Nodes and the corners of the image stay.

    Parameters
    ----------
    points, start
        Of arcs, as `simplify` returns them.
    ends : (m, 2) int32
        As in `Arcs`.
    shape : (rows, cols)
        Of the image.

    Returns
    -------
    points : (n, 2) float64
    start : (m + 1,) int64

    Notes
    -----
    The curve at a corner lies in the triangle of the corner and the two middles. It is put there only where **no other
    point lies in that triangle**: then no line is in it (see `simplify`), and two such triangles have nothing in common
    but a middle, since the third side of neither can enter the other without crossing a line. So curves do not cross.

    References
    ----------
    G. M. Chaikin, An algorithm for high-speed curve generation, 1974, doi:10.1016/0146-664X(74)90028-8.
    """
    is_sharp = _find_sharp(points, start, ends, corner_bits(shape, points), shape)
    rounded_start = np.zeros(len(start), np.int64)
    _count(is_sharp, start, ends, rounded_start)
    rounded = np.empty((rounded_start[-1], 2))
    _draw(points, start, ends, is_sharp, rounded)
    return rounded, rounded_start


@njit(cache=True, nogil=True)
def _around(k: int, first: int, last: int) -> tuple[int, int]:
    """Return the points before and after one on an arc; at the ends as on a ring, whose last point is its first."""
    return (last - 1 if k == first else k - 1), (first + 1 if k == last else k + 1)


@njit(cache=True, nogil=True)
def _find_sharp(
    points: np.ndarray, start: np.ndarray, ends: np.ndarray, bits: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Mark the points that stay: nodes, corners of the image, and those with others in their triangle."""
    is_sharp = np.zeros(len(points), np.bool_)
    triangle = np.empty((3, 2), np.int64)
    for arc in range(len(ends)):
        first, last = start[arc], start[arc + 1] - 1
        for k in range(first, last + 1):
            row, col = points[k]
            is_node = ends[arc, 0] >= 0 and k in (first, last)
            if is_node or ((row == 0 or row == shape[0]) and (col == 0 or col == shape[1])):
                is_sharp[k] = True
                continue
            before, after = _around(k, first, last)
            for i in range(2):  # in halves of a pixel
                triangle[0, i] = points[before, i] + points[k, i]
                triangle[1, i] = 2 * points[k, i]
                triangle[2, i] = points[after, i] + points[k, i]
            is_sharp[k] = not is_free(bits, triangle, 2)
    return is_sharp


@njit(cache=True, nogil=True)
def _count(is_sharp: np.ndarray, start: np.ndarray, ends: np.ndarray, rounded_start: np.ndarray) -> None:
    """Count the points of each arc; where two curves follow each other they share one."""
    for arc in range(len(ends)):
        first, last = start[arc], start[arc + 1] - 1
        n = 0
        for k in range(first, last + 1 if ends[arc, 0] >= 0 else last):
            n += 1 if is_sharp[k] else STEPS + 1
            n -= k > first and not is_sharp[k] and not is_sharp[k - 1]
        if ends[arc, 0] < 0:
            n += is_sharp[first] or is_sharp[last - 1]
        rounded_start[arc + 1] = rounded_start[arc] + n


@njit(cache=True, nogil=True)
def _draw(points: np.ndarray, start: np.ndarray, ends: np.ndarray, is_sharp: np.ndarray, rounded: np.ndarray) -> None:
    """Write what `_count` counted."""
    n = 0
    for arc in range(len(ends)):
        first, last = start[arc], start[arc + 1] - 1
        begin = n
        for k in range(first, last + 1 if ends[arc, 0] >= 0 else last):
            if is_sharp[k]:
                rounded[n, 0], rounded[n, 1] = points[k, 0], points[k, 1]
                n += 1
                continue
            before, after = _around(k, first, last)
            is_shared = k > first and not is_sharp[k - 1]
            for step in range(1 if is_shared else 0, STEPS + 1):
                t = step / STEPS
                for i in range(2):
                    here = np.float64(points[k, i])
                    a, b = (points[before, i] + here) / 2, (points[after, i] + here) / 2
                    rounded[n, i] = (1 - t) * (1 - t) * a + 2 * t * (1 - t) * here + t * t * b
                n += 1
        if ends[arc, 0] < 0 and (is_sharp[first] or is_sharp[last - 1]):
            rounded[n, 0], rounded[n, 1] = rounded[begin, 0], rounded[begin, 1]
            n += 1
