"""From pictures to an encoder file: look at some pixels, train, and write what was learned as plain data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fallow import __version__
from fallow.deep.autoencoder import Autoencoder
from fallow.deep.balance import Balance
from fallow.deep.contrastive import Contrastive
from fallow.deep.embedded import Embedded
from fallow.deep.graph import write_graph
from fallow.deep.network import HALO, STRIDE, Hypercolumns
from fallow.deep.patches import Patches, check_trainable
from fallow.deep.train import LEARNING_RATE, Budget, Progress, choose_device, train
from fallow.errors import InputError, check_choice
from fallow.features.backbone import N_FEATURES as EMBEDDED_FEATURES
from fallow.features.base import Bands, check_number
from fallow.features.block import Block
from fallow.features.encoder import Encoder
from fallow.features.encoder_file import EncoderFile
from fallow.features.network import HALO as NETWORK_HALO
from fallow.features.network import TYPICAL_DISTANCE, Network, to_typical
from fallow.features.picture import Picture
from fallow.raster import Source
from fallow.run import available_cpus
from fallow.tiles.bands import bands_of, check_same_bands
from fallow.tiles.hashing import MOST_SEED

OBJECTIVES = {each.name: each for each in (Autoencoder, Contrastive)}
LEARNING_RATES = {"random": LEARNING_RATE, "lite0": 1e-4}
"""By what the network is at the start."""

WHITENED = 0.25
"""Power of their variance by which components of the features are divided: half the way to equal variances."""

LEAST_VARIANCE = 1e-4  # of the first component's
MOST_KEPT = 24  # components: as many as a stack of features would be reduced to
LOOKED_AT = 24  # batches from which the features' components are learned
SHOWN = 4  # patches


@dataclass(frozen=True)
class Trained:
    """What came of a training.

    Attributes
    ----------
    file : EncoderFile
    told : dict
        Steps, seconds, losses, and the share of time spent waiting for patches.
    pictures : dict of name -> list of (rows, cols, 3) uint8
        Patches as they are, and as the network sees them.
    """

    file: EncoderFile
    told: dict[str, Any]
    pictures: dict[str, list[NDArray[np.uint8]]]


@dataclass(frozen=True)
class Training:
    """How to train.

    Parameters
    ----------
    objective : "autoencoder" or "contrastive"
    budget : Budget
    init : "random" or "lite0"
        What the network is at the start.
    seed : int
    device : str
    """

    objective: str
    budget: Budget
    init: str = "random"
    seed: int = 0
    device: str = "auto"

    def check(self) -> Self:
        """Return self; raise `InputError` when an option cannot be right."""
        check_choice("objective", self.objective, OBJECTIVES)
        check_choice("init", self.init, LEARNING_RATES)
        check_number("seed", self.seed, 0, MOST_SEED, whole=True)
        if self.init == "lite0" and self.objective != Contrastive.name:
            raise InputError(
                f'the embedded network goes on learning by objective "contrastive", got {self.objective!r}'
            )
        return self

    def identity(self, sources: Sequence[Source]) -> str:
        """Return a text that tells this training from others: what it minimises, from where, and on which images."""
        told = [self.objective, self.init, self.seed, [[each.name, *each.shape, *each.band_names] for each in sources]]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def train_encoder(
    training: Training,
    sources: Sequence[Source],
    checkpoint: Path,
    *,
    resume: bool = False,
    on_progress: Progress | None = None,
) -> Trained:
    """Train an encoder on images.

    Raises
    ------
    InputError
        If an option cannot be right, the images are too small, hold no valid pixel, or another training is unfinished.
    """
    training.check()
    kind, device = OBJECTIVES[training.objective], choose_device(training.device)
    check_trainable(sources, kind.least_side)
    bands = bands_of(sources[0])
    for source in sources[1:]:
        check_same_bands(bands, source, f"the first image, {sources[0].name},")
    torch.manual_seed(training.seed)
    with one_thread_less(), Patches(sources, side=kind.side, seed=training.seed, least_side=kind.least_side) as patches:
        pixels = patches.look()
        picture = Picture().fit(pixels, bands)
        if training.init == "lite0":
            balance = Balance.learn(picture.show(pixels[None])[0])
            patches.to_inputs = lambda image: balance(picture.show(image))
            encoder: Hypercolumns | Embedded = Embedded(balance)
        else:
            balance = patches.to_inputs = Balance.learn(pixels)
            encoder = Hypercolumns(balance.n_inputs)
        objective = kind(encoder, balance.n_inputs)
        objective, done = train(
            objective,
            patches,
            budget=training.budget,
            seed=training.seed,
            device=device,
            checkpoint=checkpoint,
            identity=training.identity(sources),
            resume=resume,
            learning_rate=LEARNING_RATES[training.init],
            on_progress=on_progress,
        )
        waited = patches.waited_s / max(1e-9, done.elapsed_s)
        encoder = objective.encoder
        rows = _features(encoder, patches)
        shown = [patches.view(number) for number in range(SHOWN)]
    told = {
        "objective": training.objective,
        "init": training.init,
        "images": len(sources),
        "steps": done.step,
        "seconds": round(done.elapsed_s, 1),
        "loss": round(done.curve[-1][1], 6),
        "validation": round(done.best, 6),
        "waited": round(waited, 4),
    }
    origin = told | {"seed": training.seed, "device": str(device), "fallow": __version__, "torch": torch.__version__}
    curve = np.array(done.curve, np.float64)
    file = _export(encoder, balance, rows, bands, picture)
    file = replace(file, origin=origin, curve=curve)
    return Trained(file, told, _pictures(file, picture, objective, balance, shown))


@contextmanager
def one_thread_less() -> Iterator[None]:
    """Leave a processor to who reads the patches: threads wait for each other, long where one of them has to share."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(max(1, available_cpus() - 1))
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def _features(encoder: nn.Module, patches: Patches) -> NDArray[np.float64]:
    """Return features ``(n, features)`` of places spread over many images."""
    rows = []
    with torch.inference_mode():
        for _, batch in zip(range(LOOKED_AT), patches.batches(), strict=False):
            found = encoder(torch.from_numpy(batch.inputs)).permute(0, 2, 3, 1).numpy()
            cell = patches.side // found.shape[1]
            is_valid = (batch.learn | batch.held)[:, ::cell, ::cell]
            rows.append(found[is_valid][:: patches.side + 1])
    return np.concatenate(rows).astype(np.float64)


def _export(
    encoder: Hypercolumns | Embedded, balance: Balance, rows: NDArray[np.float64], bands: Bands, picture: Picture
) -> EncoderFile:
    """Bring distances into the unit of the embedded network's, and write the network as it is run."""
    if isinstance(encoder, Embedded):
        encoder.scale(to_typical(rows))
        return EncoderFile(
            encoder.to_graphs(), bands, EMBEDDED_FEATURES, NETWORK_HALO, Network.anchor, picture.get_state()
        )
    center, axes = components(rows)
    return EncoderFile((write_graph(encoder, balance, center, axes),), bands, axes.shape[1], HALO, STRIDE)


def components(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what decorrelates features and brings their distances into the unit of the embedded network's.

    Parameters
    ----------
    rows : (n, features)

    Returns
    -------
    center, axes : (features,) and (features, n)
        Components ``(rows - center) @ axes``, 24 at most; those without variance are left out.
    """
    center = rows.mean(axis=0)
    variance, axes = np.linalg.eigh(np.cov(rows.T))
    is_kept = variance > LEAST_VARIANCE * variance[-1]
    variance, axes = variance[is_kept][: -MOST_KEPT - 1 : -1], axes[:, is_kept][:, : -MOST_KEPT - 1 : -1]
    axes = axes * variance**-WHITENED
    return center, axes * to_typical((rows - center) @ axes)


def _pictures(
    file: EncoderFile, picture: Picture, objective: nn.Module, balance: Balance, shown: list[Block]
) -> dict[str, list[NDArray[np.uint8]]]:
    """Show patches as they are, what was made of them, and what the exported network sees of them."""
    told: dict[str, list[NDArray[np.uint8]]] = {"image": [], "first three features": []}
    for block in shown:
        pixels = np.zeros_like(block.image) if block.is_empty else block.fill(block.image)
        told["image"].append(picture.show(pixels).astype(np.uint8))
        features = Encoder().set_state({"encoder_": file.to_state()}).compute(Block(pixels))[..., :3]
        told["first three features"].append(np.clip(features / TYPICAL_DISTANCE * 128 + 128, 0, 255).astype(np.uint8))
        if isinstance(objective, Autoencoder):
            back = np.linalg.pinv(balance.axes.astype(np.float64))
            with torch.inference_mode():
                inputs = torch.from_numpy(balance(pixels).transpose(2, 0, 1)[None].copy())
                made = objective.reconstruct(inputs, torch.Generator().manual_seed(0))
            for name, each in zip(("shown to it", "made of it"), made, strict=True):
                again = each[0].permute(1, 2, 0).numpy() @ back + balance.center
                told.setdefault(name, []).append(picture.show(again.astype(np.float32)).astype(np.uint8))
    return told
