"""A small convolutional network that gives every pixel a row of features, from four scales at once."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

WIDTHS = (16, 32, 64, 96)
"""Channels at strides 1, 2, 4 and 8."""

N_FEATURES = 32
STRIDE = 2 ** (len(WIDTHS) - 1)

HALO = 48
"""Pixels around a pixel that its features depend on: 44, in whole cells of `STRIDE`."""


class Hypercolumns(nn.Module):
    """Levels of two 3 x 3 convolutions each, every level at half the resolution of the last; their sum, pixel by pixel.

    Each level is projected to the features and interpolated to the image's full resolution: fine levels keep a thin
    row of plants apart from its soil, coarse ones say that both are a field.

    Parameters
    ----------
    n_inputs
        Numbers a pixel.

    References
    ----------
    Hariharan et al. 2015, doi:10.1109/CVPR.2015.7298642; Lin et al. 2017, doi:10.1109/CVPR.2017.106.
    """

    def __init__(self, n_inputs: int) -> None:
        super().__init__()
        before = (n_inputs, *WIDTHS[:-1])
        self.levels = nn.ModuleList(
            nn.Sequential(*_layer(inner, width), *_layer(width, width))
            for inner, width in zip(before, WIDTHS, strict=True)
        )
        self.outlets = nn.ModuleList(nn.Conv2d(width, N_FEATURES, 1, bias=False) for width in WIDTHS)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(n, inputs, rows, cols)`` to ``(n, features, rows, cols)``; rows and cols are multiples of `STRIDE`."""
        seen = []
        for number, level in enumerate(self.levels):
            inputs = level(F.avg_pool2d(inputs, 2) if number else inputs)
            seen.append(inputs)
        features = self.outlets[-1](seen[-1])
        for outlet, each in zip(reversed(self.outlets[:-1]), reversed(seen[:-1]), strict=True):
            features = F.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False) + outlet(each)
        return features


def _layer(n_inputs: int, n_outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(n_inputs, n_outputs, 3, padding=1, bias=False), nn.BatchNorm2d(n_outputs), nn.ReLU()]
