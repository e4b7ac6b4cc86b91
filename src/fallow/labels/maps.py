"""What a label map is, checked once at the door: int32, 0 = no data, labels from 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError

Labels = NDArray[np.int32]

_MAX_LABEL = np.iinfo(np.int32).max


def as_labels(labels: ArrayLike) -> Labels:
    """Return labels of any shape as C-contiguous int32, copying only when they are something else.

    Raises
    ------
    InputError
        If they are not integers, or not all in 0..2147483647.
    """
    array = np.asarray(labels)
    if array.dtype.kind not in "iub":
        raise InputError(f"labels must be integers, got {array.dtype}")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) <= _MAX_LABEL:
        raise InputError(f"labels must be in 0 (no data)..{_MAX_LABEL}, got {array.min()}..{array.max()}")
    return np.ascontiguousarray(array, dtype=np.int32)


def as_label_map(labels: ArrayLike) -> Labels:
    """Return a label map ``(rows, cols)`` as C-contiguous int32, copying only when it is something else.

    Raises
    ------
    InputError
        As `as_labels`, and if the array is not two-dimensional.
    """
    array = np.asarray(labels)
    if array.ndim != 2:
        raise InputError(f"labels must be an array (rows, cols), got one of {array.ndim} dimensions")
    return as_labels(array)
