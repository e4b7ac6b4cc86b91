"""A sink of pixels: where results go by windows, and appear only when they are whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fallow.errors import InputError
from fallow.raster.window import Window, window_shape


class Sink(ABC):
    """A result to write by windows, from any thread, inside a ``with`` block.

    Leaving the block without an error completes the result; leaving it with one leaves nothing behind.
    """

    @abstractmethod
    def write(self, window: Window, values: NDArray) -> None:
        """Write one window.

        Parameters
        ----------
        window
            (row0, row1, col0, col1), inside the image.
        values
            (rows, cols) or (rows, cols, bands) of that window.

        Raises
        ------
        InputError
            If the values have another shape, or do not fit the sink's type.
        FileError
            If they cannot be written.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        return None


class ArraySink(Sink):
    """A result in memory.

    Attributes
    ----------
    array
        The result; 0 where nothing was written.
    """

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.array = np.zeros(shape, dtype)

    def write(self, window: Window, values: NDArray) -> None:
        row0, row1, col0, col1 = window
        self.array[row0:row1, col0:col1] = fitted(values, window, self.array.dtype)


def fitted(values: NDArray, window: Window, dtype: np.dtype) -> NDArray:
    """Return `values` as `dtype` once it is sure that they fill the window and that no number changes.

    Floats may lose digits, but never become integers.
    """
    if values.shape[:2] != window_shape(window):
        raise InputError(f"the window {window} takes {window_shape(window)} pixels, got {values.shape[:2]}")
    if dtype.kind == "f" or np.can_cast(values.dtype, dtype):
        return values.astype(dtype, copy=False)
    if values.dtype.kind not in "bui":
        raise InputError(f"values of {values.dtype} do not fit {dtype}; round them first")
    limits = np.iinfo(dtype)
    if values.size and (values.min() < limits.min or values.max() > limits.max):
        raise InputError(f"values from {values.min()} to {values.max()} do not fit {dtype}")
    return values.astype(dtype)


def smallest_dtype(max_value: int) -> np.dtype:
    """Return the smallest unsigned type that holds 0 to `max_value`.

    >>> smallest_dtype(255), smallest_dtype(256)
    (dtype('uint8'), dtype('uint16'))
    """
    return np.min_scalar_type(max_value)
