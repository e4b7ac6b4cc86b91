"""Run EfficientNet-Lite0 on a picture."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.features.backbone.session import give_back, load_network

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

N_FEATURES = 32
GRID = 4
"""Pixels a side of a feature's cell."""

ZOOM = 2  # the picture is doubled: the network's finest useful level is then one value in 4 pixels
PAD = 32  # of the doubled picture, mirrored, so that the image's edge looks like more of the same
MULTIPLE = 32
STRIDES = (4, 16, 32)  # of the levels, in the doubled picture

PARTS = ("lite0_fine.onnx", "lite0_coarse.onnx")  # up to the end of the first level, and from there
CHANNELS = 24  # of the first level, which the coarse part goes on from
STRIP = 128  # rows that the fine part sees at a time, and those beside them that it looks at: whole cells
OVERLAP = 12


def describe(picture: NDArray[np.float32], graphs: tuple[bytes, ...] = ()) -> NDArray[np.float32]:
    """Return the network's features of a picture.

    Parameters
    ----------
    picture : (rows, cols, 3) float32
        Red, green and blue, 0..255, finite everywhere; at least 1 x 1.
    graphs
        The fine and the coarse part of a network that went on learning from this one; by default, the one embedded.

    Returns
    -------
    (rows / 4, cols / 4, 32) float32, rounded up
        Euclidean distances between them tell how different two places look. Each about -0.5 to 0.5.

    Notes
    -----
    Three levels of the network (strides 4, 16 and 32 of the doubled picture), each centred, brought to unit length at
    each place, reduced together to 32 principal components, and interpolated to one grid. The last bits depend on the
    picture's shape, never on the number of threads: each call runs on one.

    0.75 s a megapixel on one core. Memory: 0.5 kB a pixel, given back at the end; it would be 0.9 kB if the finest
    level were not computed in strips. They change no bit.

    References
    ----------
    Tan, Le 2019, https://proceedings.mlr.press/v97/tan19a.html. Hypercolumns: Hariharan et al. 2015,
    doi:10.1109/CVPR.2015.7298642.
    """
    fine, coarse = (load_network(graph) for graph in graphs or _embedded())
    rows, cols = picture.shape[:2]
    out = np.zeros((-(-rows // GRID), -(-cols // GRID), N_FEATURES), np.float32)
    first, passed_on = _run_in_strips(fine, prepare(picture))
    _add_resampled(out, first, STRIDES[0])
    del first  # before the largest arrays are made
    for level, stride in zip(coarse.run(None, {"l1": passed_on}, give_back()), STRIDES[1:], strict=True):
        _add_resampled(out, level, stride)
    return out


def _run_in_strips(fine: InferenceSession, seen: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Return the first level of what `prepare` gave: projected ``(rows / 4, cols / 4, 32)``, and as it is."""
    cell = STRIDES[0]
    rows, cols = (side // cell for side in seen.shape[:2])
    first, passed_on = np.empty((rows, cols, N_FEATURES), np.float32), np.empty((1, CHANNELS, rows, cols), np.float32)
    for start in range(0, len(seen), STRIP):
        above = min(start, OVERLAP)
        level, projected = fine.run(None, {"rgb": seen[start - above : start + STRIP + OVERLAP]})
        into, own = (slice(at // cell, (at + STRIP) // cell) for at in (start, above))
        first[into], passed_on[:, :, into] = projected[own], level[:, :, own]
    return first, passed_on


@cache
def _embedded() -> tuple[bytes, ...]:
    folder = files(__package__)
    return tuple((folder / part).read_bytes() for part in PARTS)


def prepare(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Double a picture and mirror it past its edge: what the network runs on, its sides multiples of 32."""
    rows, cols = picture.shape[:2]
    doubled = cv2.resize(picture, (cols * ZOOM, rows * ZOOM), interpolation=cv2.INTER_CUBIC)
    sides = [(PAD, -(-(side * ZOOM + 2 * PAD) // MULTIPLE) * MULTIPLE - side * ZOOM - PAD) for side in (rows, cols)]
    return np.pad(doubled, (*sides, (0, 0)), mode="symmetric")


@njit(cache=True, nogil=True)
def _add_resampled(out: np.ndarray, level: np.ndarray, stride: int) -> None:
    """Add a level, linearly interpolated at the centres of the cells of `out`; its own edge is never reached."""
    rows, cols, n = out.shape
    step, start = GRID * ZOOM / stride, PAD / stride
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
