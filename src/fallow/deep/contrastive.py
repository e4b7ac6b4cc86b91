"""Learn by agreement: two views of one place are to have the same features, which are to differ from each other."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from fallow.deep.balance import deviation
from fallow.deep.network import N_FEATURES
from fallow.deep.patches import MULTIPLE

VIEW = 5 / 8  # of a patch's side
ZOOM = 0.4  # a view shows a part up to exp(0.4) times larger or smaller
MARGIN = 12  # pixels at a view's edge that are not compared: there, the network sees the edge
GAIN, OFFSET, NOISE = 0.1, 0.1, 0.1  # of an input, in deviations
PLACES = 512  # a patch; those that both views show are compared
APART = 4  # pixels, at most, between two places that count as one: texture is to matter, not its phase
WIDTH = 64
AGREEMENT, SPREAD, DECORRELATION = 25.0, 25.0, 1.0  # weights of Bardes et al.


class Contrastive(nn.Module):
    """Dense agreement of views without negatives: VICReg between pixels.

    Of each patch two views are made, by a known crop, flip, quarter turn and zoom, and a jitter that changes each
    input's gain and offset a little, whatever band it is. What a projector makes of the features of one place in both
    views is to agree; over all places each of its outputs is to keep its variance, and no two are to say the same. The
    projector is dropped afterwards. No negatives means no queue and no large batches: a processor will do.

    References
    ----------
    Bardes, Ponce, LeCun 2022, https://openreview.net/forum?id=xm6YD62D1Ub (VICReg), and its local form,
    https://arxiv.org/abs/2210.01571; positives a few pixels apart: Xie et al. 2021, doi:10.1109/CVPR46437.2021.01641
    (PixPro).
    """

    name: ClassVar[str] = "contrastive"
    side: ClassVar[int] = 128  # of a patch
    least_side: ClassVar[int] = 64  # of a smaller one, views show nothing but their margins

    def __init__(self, encoder: nn.Module, n_inputs: int) -> None:  # noqa: ARG002 (as every objective)
        super().__init__()
        self.encoder = encoder
        self.projector = nn.Sequential(
            nn.Linear(N_FEATURES, WIDTH, bias=False), nn.BatchNorm1d(WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH)
        )

    def loss(self, inputs: Tensor, counts: Tensor, chance: Generator) -> Tensor:
        """Return the loss of VICReg over places that both views show.

        Parameters
        ----------
        inputs : (n, inputs, rows, cols)
        counts : (n, rows, cols) bool
            The pixels that may be compared.
        chance
            On the CPU.
        """
        n, device = len(inputs), inputs.device
        turns = [draw_view(n, chance).to(device) for _ in range(2)]
        views = [jitter(show(inputs, turn), chance) for turn in turns]
        features = self.encoder(torch.cat(views)).split(n)
        first = (torch.rand(n, PLACES, 2, generator=chance) * 2 - 1).to(device)
        apart = (torch.rand(n, PLACES, 2, generator=chance) * 2 - 1).to(device) * (2 * APART / inputs.shape[2])
        both = first, first + apart
        places = [find(turn, place) for turn, place in zip(turns, both, strict=True)]
        inside = 1 - 2 * MARGIN / views[0].shape[2]
        is_seen = torch.stack([place.abs().amax(dim=2) < inside for place in places]).all(dim=0)
        is_seen &= torch.stack([at(counts[:, None].float(), place, "nearest")[..., 0] > 0 for place in both]).all(dim=0)
        if is_seen.sum() < 2:  # nothing to compare
            return sum(each.sum() for each in features) * 0.0
        return vicreg(*(self.projector(at(each, place)[is_seen]) for each, place in zip(features, places, strict=True)))


def vicreg(first: Tensor, second: Tensor) -> Tensor:
    """Return the loss between rows ``(n, outputs)`` that are to agree pairwise."""
    loss = AGREEMENT * F.mse_loss(first, second)
    for rows in (first, second):
        rows = rows - rows.mean(dim=0)
        covariance = rows.T @ rows / (len(rows) - 1)
        spread = (covariance.diagonal() + 1e-4).sqrt()
        others = covariance.square().sum() - covariance.diagonal().square().sum()
        loss = loss + (SPREAD * F.relu(1 - spread).mean() + DECORRELATION * others / rows.shape[1]) / 2
    return loss


def draw_view(n: int, chance: Generator) -> Tensor:
    """Draw `n` affine maps ``(n, 2, 3)`` from a view's coordinates to its patch's, both from -1 to 1."""
    part = (VIEW * torch.exp((torch.rand(n, generator=chance) * 2 - 1) * ZOOM)).clamp(max=0.95)
    signs = torch.randint(0, 2, (n, 2), generator=chance) * 2 - 1
    scale = torch.diag_embed(part[:, None] * signs)
    is_turned = torch.randint(0, 2, (n, 1, 1), generator=chance).bool()
    scale = torch.where(is_turned, scale.flip(2), scale)
    shift = (torch.rand(n, 2, generator=chance) * 2 - 1) * (1 - part)[:, None]
    return torch.cat([scale, shift[:, :, None]], dim=2)


def show(inputs: Tensor, turn: Tensor) -> Tensor:
    """Return the views ``(n, inputs, side, side)`` that affine maps show of patches."""
    side = max(MULTIPLE, round(inputs.shape[2] * VIEW) // MULTIPLE * MULTIPLE)
    grid = F.affine_grid(turn, [*inputs.shape[:2], side, side], align_corners=False)
    return F.grid_sample(inputs, grid, padding_mode="reflection", align_corners=False)


def jitter(views: Tensor, chance: Generator) -> Tensor:
    """Change gain and offset of each input of each view a little, and add noise of a random strength."""
    n, n_inputs = views.shape[:2]
    gain, offset = torch.randn(2, n, n_inputs, 1, 1, generator=chance).to(views.device)
    noise = torch.randn(views.shape, generator=chance) * torch.rand(n, 1, 1, 1, generator=chance)
    return views * torch.exp(GAIN * gain) + deviation(views) * (OFFSET * offset + NOISE * noise.to(views.device))


def find(turn: Tensor, places: Tensor) -> Tensor:
    """Return where a view shows places ``(n, m, 2)`` of its patch."""
    moved = (places - turn[:, None, :, 2]).transpose(1, 2)
    return torch.linalg.solve(turn[:, :, :2], moved).transpose(1, 2)


def at(maps: Tensor, places: Tensor, mode: str = "bilinear") -> Tensor:
    """Read maps ``(n, features, rows, cols)`` at places ``(n, m, 2)``: ``(n, m, features)``."""
    return F.grid_sample(maps, places[:, :, None], mode=mode, align_corners=False)[..., 0].transpose(1, 2)
