"""The embedded network as a torch module, to go on from what it knows; and back into the form it is run in."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import Tensor, nn

from fallow.deep.balance import Balance
from fallow.features.backbone.lite0 import GRID, PAD, PARTS, STRIDES, ZOOM

BATCHED = ("Transpose", "Unsqueeze", "Squeeze", "Cast", "Identity")
"""Nodes that bring one image into the form of a batch and back, or change nothing."""


class OnnxModule(nn.Module):
    """A graph of convolutions, run node by node in torch on a batch ``(n, channels, rows, cols)``.

    Kernels and biases of convolutions are its parameters; all other constants stay as they are.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        self.model = model
        graph = model.graph
        values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self._alias = {node.output[0]: node.input[0] for node in graph.node if node.op_type in BATCHED}
        self.learned = {self._source(name) for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
        self.weights = nn.ParameterDict(
            {_key(name): nn.Parameter(torch.tensor(values[name], dtype=torch.float32)) for name in sorted(self.learned)}
        )
        self._fixed = {name: torch.tensor(value) for name, value in values.items() if name not in self.learned}

    def forward(self, inputs: Tensor) -> list[Tensor]:
        """Return the outputs of the graph."""
        known: dict[str, Tensor] = {self._source(self.model.graph.input[0].name): inputs}
        for node in self.model.graph.node:
            if node.op_type not in BATCHED:
                given = [self._value(name, known, inputs.device) for name in node.input]
                known[node.output[0]] = _run(node, given)
        return [known[self._source(each.name)] for each in self.model.graph.output]

    def to_graph(self) -> bytes:
        """Return the graph with what was learned, in single precision."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        for each in model.graph.initializer:
            if each.name in self.learned:
                value = self.weights[_key(each.name)].detach().cpu().numpy()
                each.CopyFrom(numpy_helper.from_array(value, each.name))
        onnx.checker.check_model(model)
        return model.SerializeToString()

    def _source(self, name: str) -> str:
        while name in self._alias:
            name = self._alias[name]
        return name

    def _value(self, name: str, known: dict[str, Tensor], device: torch.device) -> Tensor:
        name = self._source(name)
        if name in known:
            return known[name]
        return self.weights[_key(name)] if name in self.learned else self._fixed[name].to(device)


class Embedded(nn.Module):
    """EfficientNet-Lite0 as `fallow.features.backbone` runs it: a doubled picture, three levels, one sum of features.

    Its finest level, up to stride 4 of the doubled picture, stays as it is: edges and colours look alike everywhere,
    and it takes most of the time. The two coarser ones go on learning.

    Parameters
    ----------
    balance
        Of the picture's three colours; inputs come balanced, and are brought back first.
    """

    def __init__(self, balance: Balance) -> None:
        super().__init__()
        folder = files("fallow.features.backbone")
        self.fine, self.coarse = (OnnxModule(onnx.load_from_string((folder / part).read_bytes())) for part in PARTS)
        self.fine.requires_grad_(False)
        back = np.linalg.pinv(balance.axes.astype(np.float64)).astype(np.float32)
        self.back: Tensor
        self.center: Tensor
        self.register_buffer("back", torch.from_numpy(back.T[:, :, None, None].copy()), persistent=False)
        self.register_buffer("center", torch.from_numpy(balance.center), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(n, inputs, rows, cols)`` to ``(n, 32, rows / 4, cols / 4)``; rows and cols are multiples of 16."""
        picture = F.conv2d(inputs, self.back, self.center).clamp(0, 255)
        doubled = F.interpolate(picture, scale_factor=ZOOM, mode="bicubic", align_corners=False)
        with torch.no_grad():
            passed_on, first = self.fine(F.pad(doubled, [PAD] * 4, mode="reflect"))
        size = [side // GRID for side in inputs.shape[2:]]
        total = inputs.new_zeros(())
        for level, stride in zip((first, *self.coarse(passed_on)), STRIDES, strict=True):
            edge = PAD // stride
            inside = level[..., edge : level.shape[2] - edge, edge : level.shape[3] - edge]
            total = total + F.interpolate(inside, size=size, mode="bilinear", align_corners=False)
        return total

    def scale(self, factor: float) -> None:
        """Multiply all features."""
        with torch.no_grad():
            for part, outputs in ((self.fine, slice(1, None)), (self.coarse, slice(None))):
                for each in part.model.graph.output[outputs]:
                    convolution = next(n for n in part.model.graph.node if n.output[0] == part._source(each.name))
                    for name in convolution.input[1:]:
                        part.weights[_key(part._source(name))].mul_(factor)

    def to_graphs(self) -> tuple[bytes, bytes]:
        """Return the two graphs with what was learned."""
        return self.fine.to_graph(), self.coarse.to_graph()


def _run(node: Any, given: list[Tensor]) -> Tensor:
    """Run one node on a batch."""
    told = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    match node.op_type:
        case "Conv":
            top, left, bottom, right = told.get("pads", [0] * 4)
            padded = F.pad(given[0], (left, right, top, bottom)) if top + left + bottom + right else given[0]
            strides, groups = tuple(told.get("strides", (1, 1))), told.get("group", 1)
            return F.conv2d(padded, given[1], given[2], stride=strides, groups=groups)
        case "Clip":
            return given[0].clamp(given[1], given[2])
        case "Add":
            return given[0] + given[1]
        case "Sub":
            return given[0] - given[1]
        case "Mul":
            return given[0] * given[1]
        case "Div":
            return given[0] / given[1]
        case "Sqrt":
            return given[0].sqrt()
        case "ReduceSum":
            return given[0].sum(dim=tuple(given[1].tolist()), keepdim=True)
    raise NotImplementedError(f"the embedded network has no node {node.op_type}")


def _key(name: str) -> str:
    """Return a name that a module may have."""
    return name.replace(".", "_")
