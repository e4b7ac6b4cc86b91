"""Masks as Label Studio's brush writes them: runs of RGBA bytes, packed bit by bit.

32 bits tell the number of bytes, 5 the bits of a byte less one, four times 4 the bits of each of four sizes less one.
Then come runs: a bit that says whether one value is repeated, 2 bits for which size, the length less one in so many
bits, and the value, or all values. Labels are in the fourth byte of each pixel.

References
----------
github.com/thi-ng/umbrella, ``packages/rle-pack``; ``label_studio_sdk.converter.brush``.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.errors import InputError

CHANNELS = 4
_SIZES = np.array([3, 4, 8, 16])
_HEAD = 32 + 5 + 4 * len(_SIZES)
_LONGEST = 1 << 16
_RUN = 1 + 2 + 16 + 8  # bits, at most


def pack(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Write a mask, whose pixels are 255 inside and 0 outside.

    Parameters
    ----------
    counts
        Along the rows of the whole image, as `fallow.export.annotation.rle` has them.

    Returns
    -------
    uint8 (bytes,): the same that ``mask2rle`` of Label Studio's SDK writes.
    """
    counts = np.asarray(counts, np.int64) * CHANNELS
    n_runs = int((-(-counts // _LONGEST)).sum())
    packed = np.zeros((_HEAD + n_runs * _RUN) // 8 + 2, np.uint8)
    n_bits = _pack(counts, packed)
    return packed[: n_bits // 8 + 1]  # a byte more than needed where the bits fill the last one, as theirs


def unpack(packed: NDArray[np.uint8], shape: tuple[int, int], what: str) -> NDArray[np.bool_]:
    """Read a mask (rows, cols).

    Raises
    ------
    InputError
        If the bytes are no mask of that shape; `what` names the mask.
    """
    rows, cols = shape
    total = rows * cols * CHANNELS
    values = np.zeros(total, np.uint8)
    if not _unpack(packed, values):
        raise InputError(f"the brush of {what} is damaged, or not of {rows} x {cols} pixels")
    return values[CHANNELS - 1 :: CHANNELS].reshape(shape) > 0


@njit(cache=True, nogil=True)
def _put(packed: np.ndarray, position: int, value: int, n_bits: int) -> int:
    for bit in range(n_bits - 1, -1, -1):
        if (value >> bit) & 1:
            packed[position >> 3] |= np.uint8(128 >> (position & 7))
        position += 1
    return position


@njit(cache=True, nogil=True)
def _pack(counts: np.ndarray, packed: np.ndarray) -> int:
    position = _put(packed, 0, counts.sum(), 32)
    position = _put(packed, position, 7, 5)
    for size in _SIZES:
        position = _put(packed, position, size - 1, 4)
    for index in range(len(counts)):
        left = counts[index]
        while left > 0:
            length = min(left, _LONGEST)
            which = 0
            while length > 1 << _SIZES[which]:
                which += 1
            position = _put(packed, position, 4 | which, 3)
            position = _put(packed, position, length - 1, _SIZES[which])
            position = _put(packed, position, 255 * (index % 2), 8)
            left -= length
    return position


@njit(cache=True, nogil=True)
def _take(packed: np.ndarray, position: int, n_bits: int) -> int:
    """Return the number in so many bits; -1 where they end too soon."""
    if position + n_bits > 8 * len(packed):
        return -1
    value = 0
    for each in range(position, position + n_bits):
        value = value << 1 | (packed[each >> 3] >> (7 - (each & 7))) & 1
    return value


@njit(cache=True, nogil=True)
def _unpack(packed: np.ndarray, values: np.ndarray) -> bool:
    """Fill `values`; False when the bits are not so many values."""
    if _take(packed, 0, 32) != len(values):
        return False
    word = _take(packed, 32, 5) + 1
    sizes = np.empty(4, np.int64)
    for index in range(4):
        sizes[index] = _take(packed, 37 + 4 * index, 4) + 1
    position, filled = 53, 0
    while filled < len(values):
        head = _take(packed, position, 3)
        if head < 0:
            return False
        n_bits = sizes[head & 3]
        length = _take(packed, position + 3, n_bits)
        position += 3 + n_bits
        if length < 0 or filled + length + 1 > len(values):
            return False
        n_words = 1 if head & 4 else length + 1
        if position + n_words * word > 8 * len(packed):
            return False
        for each in range(n_words):
            value = 255 if _take(packed, position, word) else 0
            position += word
            if head & 4:
                values[filled : filled + length + 1] = value
            else:
                values[filled + each] = value
        filled += length + 1
    return True
