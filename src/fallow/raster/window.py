"""Windows: half-open boxes ``(row0, row1, col0, col1)`` in pixels of an image. Plain tuples, pure functions."""

from __future__ import annotations

Window = tuple[int, int, int, int]


def whole(shape: tuple[int, int]) -> Window:
    """Return the window of a whole image of `shape` ``(rows, cols)``."""
    return 0, shape[0], 0, shape[1]


def window_shape(window: Window) -> tuple[int, int]:
    """Return the window's ``(rows, cols)``.

    >>> window_shape((2, 5, 0, 4))
    (3, 4)
    """
    row0, row1, col0, col1 = window
    return row1 - row0, col1 - col0


def is_empty(window: Window) -> bool:
    """Say whether the window holds no pixel."""
    row0, row1, col0, col1 = window
    return row1 <= row0 or col1 <= col0


def shift(window: Window, rows: int, cols: int) -> Window:
    """Move the window down by `rows` and right by `cols`.

    >>> shift((0, 2, 0, 2), -1, 3)
    (-1, 1, 3, 5)
    """
    row0, row1, col0, col1 = window
    return row0 + rows, row1 + rows, col0 + cols, col1 + cols


def grow(window: Window, halo: int) -> Window:
    """Extend the window by `halo` pixels on all four sides; it may then stick out of the image.

    >>> grow((0, 2, 4, 6), 1)
    (-1, 3, 3, 7)
    """
    row0, row1, col0, col1 = window
    return row0 - halo, row1 + halo, col0 - halo, col1 + halo


def clip(window: Window, shape: tuple[int, int]) -> Window:
    """Cut off what lies outside an image of `shape` ``(rows, cols)``; empty when all of it does.

    >>> clip((-1, 3, 3, 7), (10, 5))
    (0, 3, 3, 5)
    """
    return intersect(window, whole(shape))


def intersect(window: Window, other: Window) -> Window:
    """Return what two windows share; empty when they do not touch."""
    return (
        max(window[0], other[0]),
        min(window[1], other[1]),
        max(window[2], other[2]),
        min(window[3], other[3]),
    )


def place(inner: Window, outer: Window) -> tuple[slice, slice]:
    """Return the slices at which `inner` sits in an array that covers `outer`.

    >>> place((0, 3, 3, 5), (-1, 3, 3, 7))
    (slice(1, 4, None), slice(0, 2, None))
    """
    row0, row1, col0, col1 = shift(inner, -outer[0], -outer[2])
    return slice(row0, row1), slice(col0, col1)
