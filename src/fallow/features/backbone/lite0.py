"""Run EfficientNet-Lite0 on a picture."""

from __future__ import annotations

import threading
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

N_FEATURES = 32
GRID = 4
"""Pixels a side of a feature's cell."""

ZOOM = 2  # the picture is doubled: the network's finest useful level is then one value in 4 pixels
PAD = 32  # of the doubled picture, mirrored, so that the image's edge looks like more of the same
MULTIPLE = 32
STRIDES = (4, 16, 32)  # of the levels, in the doubled picture

_loading = threading.Lock()


def describe(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the network's features of a picture.

    Parameters
    ----------
    picture : (rows, cols, 3) float32
        Red, green and blue, 0..255, finite everywhere; at least 1 x 1.

    Returns
    -------
    (rows / 4, cols / 4, 32) float32, rounded up
        Euclidean distances between them tell how different two places look. Each about -0.5 to 0.5.

    Notes
    -----
    Four levels of the network (strides 4 to 32 of the doubled picture), each centred, brought to unit length at each
    place, weighted, reduced together to 32 principal components, and interpolated to one grid. The last bits depend on
    the picture's shape, never on the number of threads: each call runs on one. 0.9 s a megapixel on one core.

    References
    ----------
    Tan, Le 2019, https://proceedings.mlr.press/v97/tan19a.html. Hypercolumns: Hariharan et al. 2015,
    doi:10.1109/CVPR.2015.7298642.
    """
    rows, cols = picture.shape[:2]
    levels = _session().run(None, {"rgb": prepare(picture)})
    out = np.zeros((-(-rows // GRID), -(-cols // GRID), N_FEATURES), np.float32)
    for level, stride in zip(levels, STRIDES, strict=True):
        _add_resampled(out, np.ascontiguousarray(level), GRID * ZOOM / stride, PAD / stride)
    return out


def prepare(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Double a picture and mirror it past its edge: what the network runs on, its sides multiples of 32."""
    rows, cols = picture.shape[:2]
    doubled = cv2.resize(picture, (cols * ZOOM, rows * ZOOM), interpolation=cv2.INTER_CUBIC)
    sides = [(PAD, -(-(side * ZOOM + 2 * PAD) // MULTIPLE) * MULTIPLE - side * ZOOM - PAD) for side in (rows, cols)]
    return np.pad(doubled, (*sides, (0, 0)), mode="symmetric")


def _session() -> InferenceSession:
    """Load the network, once a process."""
    with _loading:
        return _load()


@cache
def _load() -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    weights = files(__package__).joinpath("lite0.onnx").read_bytes()
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


@njit(cache=True, nogil=True)
def _add_resampled(out: np.ndarray, level: np.ndarray, step: float, start: float) -> None:
    """Add a level, linearly interpolated at ``(i + 0.5) step + start - 0.5``; its own edge is never reached."""
    rows, cols, n = out.shape
    for row in range(rows):
        y = (row + 0.5) * step + start - 0.5
        r = int(y)
        down = np.float32(y - r)
        for col in range(cols):
            x = (col + 0.5) * step + start - 0.5
            c = int(x)
            right = np.float32(x - c)
            a, b = (np.float32(1) - down) * (np.float32(1) - right), (np.float32(1) - down) * right
            d, e = down * (np.float32(1) - right), down * right
            for k in range(n):
                value = a * level[r, c, k] + b * level[r, c + 1, k]
                out[row, col, k] += value + d * level[r + 1, c, k] + e * level[r + 1, c + 1, k]
