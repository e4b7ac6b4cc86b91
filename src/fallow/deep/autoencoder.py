"""Learn by reconstruction: what is hidden, from what stands around it; what is seen, without its noise."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from fallow.deep.balance import deviation
from fallow.deep.network import N_FEATURES

HIDDEN_SHARE = 0.5
HIDDEN_CELL = 8  # pixels a side: wider than the finest texture, so that it cannot be guessed from the pixel beside it
NOISE = 0.1  # deviations of an input
SEEN_WEIGHT = 0.2
"""What a pixel that was seen counts beside one that was hidden: its colour is to stay in the features."""

WIDTH = 32


class Autoencoder(nn.Module):
    """A masked, denoising autoencoder at full resolution.

    Half of each patch is hidden in cells of 8 x 8 pixels, the rest gets noise; from the features alone, a small decoder
    reconstructs all of it. So features hold what surroundings have in common, and a pixel's own colour.

    References
    ----------
    He et al. 2022, doi:10.1109/CVPR52688.2022.01553; Vincent et al. 2008, doi:10.1145/1390156.1390294; Pathak et al.
    2016, doi:10.1109/CVPR.2016.278.
    """

    name: ClassVar[str] = "autoencoder"
    side: ClassVar[int] = 96  # of a patch
    least_side: ClassVar[int] = 32

    def __init__(self, encoder: nn.Module, n_inputs: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = nn.Sequential(
            nn.Conv2d(N_FEATURES, WIDTH, 1), nn.ReLU(),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.ReLU(), nn.Conv2d(WIDTH, n_inputs, 1),
        )  # fmt: skip

    def loss(self, inputs: Tensor, counts: Tensor, chance: Generator) -> Tensor:
        """Return the mean squared error, in variances of the inputs.

        Parameters
        ----------
        inputs : (n, inputs, rows, cols)
        counts : (n, rows, cols) bool
            The pixels that are to be reconstructed.
        chance
            On the CPU.
        """
        shown, is_hidden = hide(inputs, chance)
        weight = counts[:, None] * (is_hidden + SEEN_WEIGHT * (1 - is_hidden))
        error = (self.decoder(self.encoder(shown)) - inputs).square() * weight
        return error.sum() / (inputs.shape[1] * weight.sum()).clamp(min=1)

    def reconstruct(self, inputs: Tensor, chance: Generator) -> tuple[Tensor, Tensor]:
        """Return what was shown and what was made of it."""
        shown, _ = hide(inputs, chance)
        return shown, self.decoder(self.encoder(shown))


def hide(inputs: Tensor, chance: Generator) -> tuple[Tensor, Tensor]:
    """Hide cells and add noise; return what is left, and 1 where it is hidden, ``(n, 1, rows, cols)``."""
    n, _, rows, cols = inputs.shape
    cells = torch.rand(n, 1, -(-rows // HIDDEN_CELL), -(-cols // HIDDEN_CELL), generator=chance) < HIDDEN_SHARE
    is_hidden = F.interpolate(cells.float(), scale_factor=HIDDEN_CELL)[..., :rows, :cols].to(inputs.device)
    noise = NOISE * deviation(inputs) * torch.randn(inputs.shape, generator=chance).to(inputs.device)
    return (inputs + noise) * (1 - is_hidden), is_hidden
