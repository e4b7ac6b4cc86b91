"""An encoder file that nothing was trained for: a graph of a few nodes, written byte by byte, so without torch or onnx.

What it gives for a pixel is its bands turned, plus the mean of its cell of 8 x 8 pixels, interpolated between cells.
"""

from __future__ import annotations

import numpy as np

from fallow.features import Bands
from fallow.features.encoder_file import EncoderFile

HALO, STRIDE, N_FEATURES = 16, 8, 3
FLOAT, INT64 = 1, 7  # types of tensors
KINDS = {bytes: (4, 3), list: (8, 7)}  # of attributes: their field, and what it is called


def hand_made(bands: Bands, seed: int = 0) -> EncoderFile:
    """Make an encoder file of images with such bands."""
    axes = np.random.default_rng(seed).normal(0, 0.004 / np.sqrt(bands.count), (bands.count, N_FEATURES))
    origin = {"objective": "by hand", "images": 1, "steps": 1}
    return EncoderFile((_graph(axes.astype(np.float32)),), bands, N_FEATURES, HALO, STRIDE, origin=origin)


def _graph(axes: np.ndarray) -> bytes:
    nodes = [
        _node("MatMul", "image axes", "turned"),
        _node("Transpose", "turned", "planes", perm=[2, 0, 1]),
        _node("Unsqueeze", "planes first", "batch"),
        _node("AveragePool", "batch", "cells", kernel_shape=[STRIDE] * 2, strides=[STRIDE] * 2),
        _node("Resize", "cells  scales", "spread", mode=b"linear", coordinate_transformation_mode=b"half_pixel"),
        _node("Add", "batch spread", "sum"),
        _node("Squeeze", "sum first", "one"),
        _node("Transpose", "one", "features", perm=[1, 2, 0]),
    ]
    scales = np.array([1, 1, STRIDE, STRIDE], np.float32)
    tensors = [_tensor("axes", axes), _tensor("first", np.array([0])), _tensor("scales", scales)]
    graph = b"".join(_field(1, each) for each in nodes) + _field(2, "hand-made")
    graph += b"".join(_field(5, each) for each in tensors)
    graph += _field(11, _value("image")) + _field(12, _value("features"))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 17))  # format 8, operators 17


def _node(kind: str, inputs: str, output: str, **attributes: bytes | list[int]) -> bytes:
    node = b"".join(_field(1, each) for each in inputs.split(" ")) + _field(2, output) + _field(4, kind)
    for name, value in attributes.items():
        number, called = KINDS[type(value)]
        values = value if isinstance(value, list) else [value]
        node += _field(5, _field(1, name) + b"".join(_field(number, each) for each in values) + _field(20, called))
    return node


def _tensor(name: str, values: np.ndarray) -> bytes:
    kind = FLOAT if values.dtype == np.float32 else INT64
    return (
        b"".join(_field(1, side) for side in values.shape)
        + _field(2, kind)
        + _field(8, name)
        + _field(9, values.tobytes())
    )


def _value(name: str) -> bytes:
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT)))


def _field(number: int, value: int | str | bytes) -> bytes:
    """Write one field of a protocol buffer."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    groups = [value >> shift & 127 for shift in range(0, max(1, value.bit_length()), 7)]
    return bytes(each | 128 for each in groups[:-1]) + bytes(groups[-1:])
