"""Check the embedded backbone against PyTorch and against one built anew.

The network is written a second time here, from the published weights and the paper's table, with PyTorch's own layers
and unfolded batch norms. What must hold: the levels of the exported graph are PyTorch's, and distances between the
features of two builds agree, since a basis of principal components is only defined up to a rotation.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from export_lite0 import BATCH_NORM_EPS, build, read_weights
from fit_projection import read_pictures
from torch.nn import functional

from fallow.features.backbone.lite0 import prepare

# (expansion, kernel, stride, repeats) of the stages; levels are the ends of those of index 1, 3 and 5.
STAGES = ((1, 3, 1, 1), (6, 3, 2, 2), (6, 5, 2, 2), (6, 3, 2, 3), (6, 5, 1, 3), (6, 5, 2, 4), (6, 3, 1, 1))
ENDS = (1, 3, 5)
PARTS = ("fine", "coarse")


@torch.inference_mode()
def forward(weights: dict[str, np.ndarray], rgb: np.ndarray) -> list[np.ndarray]:
    """Return the three levels ``(channels, rows, cols)`` of a picture ``(rows, cols, 3)``, 0..255."""
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}

    def layer(x: torch.Tensor, name: str, norm: str, stride: int = 1, groups: int = 1) -> torch.Tensor:
        kernel = tensors[f"{name}.weight"]
        pads = []
        for size in (x.shape[3], x.shape[2]):  # TensorFlow's "SAME"
            total = max(0, (-(-size // stride) - 1) * stride + kernel.shape[2] - size)
            pads += [total // 2, total - total // 2]
        x = functional.conv2d(functional.pad(x, pads), kernel, stride=stride, groups=groups)
        learned = (tensors[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return functional.batch_norm(x, *learned, eps=BATCH_NORM_EPS)

    x = (torch.from_numpy(rgb).permute(2, 0, 1)[None] - 127) / 128
    x = functional.relu6(layer(x, "_conv_stem", "_bn0", stride=2))
    levels, block = [], 0
    for stage, (expansion, _, first_stride, repeats) in enumerate(STAGES):
        for repeat in range(repeats):
            name, start, stride = f"_blocks.{block}", x, first_stride if repeat == 0 else 1
            if expansion > 1:
                x = functional.relu6(layer(x, f"{name}._expand_conv", f"{name}._bn0"))
            x = functional.relu6(layer(x, f"{name}._depthwise_conv", f"{name}._bn1", stride, groups=x.shape[1]))
            x = layer(x, f"{name}._project_conv", f"{name}._bn2")
            x = x + start if x.shape == start.shape else x
            block += 1
        if stage in ENDS:
            levels.append(x[0].numpy())
    return levels


def features(fine: onnxruntime.InferenceSession, coarse: onnxruntime.InferenceSession, rgb: np.ndarray) -> np.ndarray:
    """Return features ``(cells, dimensions)``: each level repeated to the finest grid, and summed."""
    passed_on, first = fine.run(None, {"rgb": rgb})
    levels = [first, *coarse.run(None, {"l1": passed_on})]
    rows = levels[0].shape[0]
    wide = [each.repeat(rows // each.shape[0], axis=0).repeat(rows // each.shape[0], axis=1) for each in levels]
    return np.sum(wide, axis=0).reshape(-1, levels[0].shape[2])


def compare_distances(one: np.ndarray, other: np.ndarray, n: int = 20_000) -> float:
    """Return the relative root mean square difference between distances of the same random pairs of rows."""
    first, second = np.random.default_rng(0).integers(0, len(one), (2, n))
    a, b = (np.linalg.norm(each[first] - each[second], axis=1) for each in (one, other))
    return float(np.sqrt(((a - b) ** 2).mean() / (a**2).mean()))


def open_session(model: Path | bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def main() -> None:
    """Read the command line and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="efficientnet-lite0-57934424.pth")
    parser.add_argument("folder", type=Path, help="pictures to compare on")
    parser.add_argument("files", nargs="*", type=Path, help="two targets of export_lite0.py with a projection")
    parser.add_argument("--limit", type=int, default=10, help="first N pictures")
    given = parser.parse_args()
    torch.set_num_threads(1)
    pictures = [prepare(picture) for picture, _ in zip(read_pictures(given.folder), range(given.limit), strict=False)]
    weights = read_weights(given.weights)
    trunk = open_session(build(weights).SerializeToString())
    for number, (ours, theirs) in enumerate(
        zip(trunk.run(None, {"rgb": pictures[0]}), forward(weights, pictures[0]), strict=True)
    ):
        error = np.abs(ours[0] - theirs).max() / theirs.std()
        print(f"level {number + 1}: largest difference to PyTorch {error:.1e} standard deviations")
    if given.files:
        parts = ([open_session(file.with_name(f"{file.stem}_{part}.onnx")) for part in PARTS] for file in given.files)
        one, other = (np.concatenate([features(*each, picture) for picture in pictures]) for each in parts)
        print(f"distances between features: {compare_distances(one, other):.2%} relative root mean square difference")


if __name__ == "__main__":
    main()
