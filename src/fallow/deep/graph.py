"""A trained network as an ONNX graph, written node by node: batch norms folded, no exporter in between."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from fallow.deep.balance import Balance
from fallow.deep.network import Hypercolumns

OPSET, IR_VERSION = 17, 8  # read by every ONNX Runtime since 1.15


class Graph:
    """Nodes and constants of a graph under construction; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node."""
        name = name or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, values: object) -> str:
        """Add a constant."""
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def convolve(self, x: str, kernel: NDArray[np.float64], bias: NDArray[np.float64] | None = None) -> str:
        """Add a convolution that keeps the size."""
        margin = kernel.shape[2] // 2
        weights = [self.constant(each.astype(np.float32)) for each in (kernel, bias) if each is not None]
        return self.add("Conv", x, *weights, pads=[margin] * 4)

    def finish(self, inputs: dict[str, tuple], outputs: dict[str, tuple], name: str) -> bytes:
        """Return the whole model, checked."""
        before, behind = (
            [helper.make_tensor_value_info(each, TensorProto.FLOAT, shape) for each, shape in ends.items()]
            for ends in (inputs, outputs)
        )
        model = helper.make_model(
            helper.make_graph(self.nodes, name, before, behind, self.constants),
            opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="fallow",
        )  # fmt: skip
        onnx.checker.check_model(model)
        return model.SerializeToString()


def write_graph(
    network: Hypercolumns, balance: Balance, center: NDArray[np.float64], axes: NDArray[np.float64]
) -> bytes:
    """Write a network with what stands before and behind it.

    Parameters
    ----------
    network
        In evaluation mode on the CPU.
    balance
        Of the bands.
    center, axes : (features,) and (features, n)
        What is made of its features in the end: ``(features - center) @ axes``.

    Returns
    -------
    bytes
        A model of ``image`` (rows, cols, bands) float32, sides multiples of 8, to ``features`` (rows, cols, n).
    """
    graph = Graph()
    x = graph.add("Sub", "image", graph.constant(balance.center))
    x = graph.add("MatMul", x, graph.constant(balance.axes))
    first = graph.constant(np.array([0]))
    x = graph.add("Unsqueeze", graph.add("Transpose", x, perm=[2, 0, 1]), first)
    seen = []
    for number, level in enumerate(network.levels):
        if number:
            x = graph.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
        layers = list(level.children())
        for convolution, norm in zip(layers[0::3], layers[1::3], strict=True):
            x = graph.add("Relu", graph.convolve(x, *_fold(convolution, norm)))
        seen.append(x)
    total, twice = "", graph.constant(np.array([1, 1, 2, 2], np.float32))
    for outlet, each in zip(reversed(network.outlets), reversed(seen), strict=True):
        kernel = np.einsum("fchw,fn->nchw", _values(outlet.weight), axes)
        x = graph.convolve(each, kernel, None if total else -center @ axes)
        if total:
            total = graph.add("Resize", total, "", twice, mode="linear", coordinate_transformation_mode="half_pixel")
            x = graph.add("Add", total, x)
        total = x
    graph.add("Transpose", graph.add("Squeeze", total, first), perm=[1, 2, 0], name="features")
    n_bands, n = len(balance.center), axes.shape[1]
    return graph.finish({"image": ("rows", "cols", n_bands)}, {"features": ("rows", "cols", n)}, "fallow-encoder")


def _fold(convolution: Any, norm: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return kernel and bias of a convolution with the batch norm behind it."""
    scale = _values(norm.weight) / np.sqrt(_values(norm.running_var) + norm.eps)
    kernel = _values(convolution.weight) * scale[:, None, None, None]
    return kernel, _values(norm.bias) - _values(norm.running_mean) * scale


def _values(tensor: Any) -> NDArray[np.float64]:
    return tensor.detach().cpu().numpy().astype(np.float64)
