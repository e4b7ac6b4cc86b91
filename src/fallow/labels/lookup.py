"""Label maps as tables: what a pixel is follows from its superpixel and the class it had, without reading it again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

UINT16 = np.dtype(np.uint16)


@dataclass(frozen=True, eq=False)
class Lookup:
    """Make a label map of two others.

    Attributes
    ----------
    class_of : (n + 1, k + 1) uint16
        Class of pixels in superpixel 0..n that had class 0..k; 0 is no data, and so are row 0 and column 0.
    value_of : (n + 1,) unsigned, optional
        Value of each superpixel, which is shown where something is left; without it the class is.
    dtype : type of the outcome

    Examples
    --------
    >>> class_of = np.uint16([[0, 0, 0], [0, 1, 1], [0, 0, 2]])
    >>> Lookup(class_of)(np.array([[1, 1, 2, 2]]), np.array([[1, 2, 1, 2]])).tolist()
    [[1, 1, 0, 2]]
    """

    class_of: NDArray[np.uint16]
    value_of: NDArray | None = None
    dtype: np.dtype = UINT16

    def __call__(self, superpixels: NDArray, classes: NDArray, values: NDArray | None = None) -> NDArray:
        """Return the map (rows, cols); of `values`, where given, what is left of them."""
        out = np.empty(superpixels.shape, self.dtype if values is None else values.dtype)
        if values is not None:
            _mask(superpixels, classes, self.class_of, values, out)
        elif self.value_of is not None:
            _look_up_masked(superpixels, classes, self.class_of, self.value_of, out)
        else:
            _look_up(superpixels, classes, self.class_of, out)
        return out


@njit(cache=True, nogil=True)
def _look_up(superpixels: np.ndarray, classes: np.ndarray, class_of: np.ndarray, out: np.ndarray) -> None:
    for row in range(out.shape[0]):
        for col in range(out.shape[1]):
            out[row, col] = class_of[superpixels[row, col], classes[row, col]]


@njit(cache=True, nogil=True)
def _look_up_masked(
    superpixels: np.ndarray, classes: np.ndarray, class_of: np.ndarray, value_of: np.ndarray, out: np.ndarray
) -> None:
    for row in range(out.shape[0]):
        for col in range(out.shape[1]):
            superpixel = superpixels[row, col]
            out[row, col] = value_of[superpixel] if class_of[superpixel, classes[row, col]] else 0


@njit(cache=True, nogil=True)
def _mask(
    superpixels: np.ndarray, classes: np.ndarray, class_of: np.ndarray, values: np.ndarray, out: np.ndarray
) -> None:
    for row in range(out.shape[0]):
        for col in range(out.shape[1]):
            out[row, col] = values[row, col] if class_of[superpixels[row, col], classes[row, col]] else 0


@njit(cache=True, nogil=True)
def count_pixels(superpixels: np.ndarray, classes: np.ndarray, counts: np.ndarray) -> None:
    """Add to `counts` (n + 1, k + 1), in place, how many pixels each superpixel has of each class."""
    for row in range(superpixels.shape[0]):
        for col in range(superpixels.shape[1]):
            counts[superpixels[row, col], classes[row, col]] += 1
