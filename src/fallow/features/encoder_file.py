"""A learned encoder in one file of plain data: its network as ONNX, what it takes and gives, and how it came to be."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from fallow.archive import read_archive, write_archive
from fallow.errors import InputError
from fallow.features.base import Bands

KIND = "encoder"  # of archive
SUFFIX = ".fallow"


@dataclass(frozen=True)
class EncoderFile:
    """What `fallow train` writes and the feature family `encoder` reads.

    Attributes
    ----------
    graphs : tuple of bytes
        The network, one ONNX graph, or two that follow each other.
    bands : Bands
        Of the images it learned from.
    n_features : int
        What it gives for each pixel, the features of largest variance first. Distances between them are in the unit of
        the embedded network's.
    halo : int
        Pixels of context around a block.
    stride : int
        Pixels a side of the network's coarsest cells.
    picture : dict, optional
        State of the `Picture` that the network is shown; without it, the network takes the bands as they are.
    origin : dict
        How it was trained: objective, images, steps, seed, options, versions.
    curve : (n, 3) float64
        Step, training loss and validation loss while it learned.
    """

    graphs: tuple[bytes, ...]
    bands: Bands
    n_features: int
    halo: int
    stride: int
    picture: dict[str, Any] | None = None
    origin: dict[str, Any] = field(default_factory=dict)
    curve: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file; it appears under its name only when whole.

        Raises
        ------
        WriteError
            If it cannot be written.
        """
        write_archive(path, self.to_state(), kind=KIND)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        FileError
            If the file is missing or cannot be read.
        InputError
            If it is no encoder, is damaged, or was written by a newer Fallow.
        """
        return cls.from_state(read_archive(path, kind=KIND), Path(path))

    def to_state(self) -> dict[str, Any]:
        """Return plain data."""
        graphs = [np.frombuffer(graph, np.uint8) for graph in self.graphs]
        return vars(self) | {"graphs": graphs, "bands": asdict(self.bands)}

    @classmethod
    def from_state(cls, state: dict[str, Any], path: Path | None = None) -> Self:
        """Take back what `to_state` gave; raise `InputError` when it cannot be right."""
        try:
            bands: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in state["bands"].items()}
            learned: dict[str, Any] = {"bands": Bands(**bands)}
            learned["graphs"] = tuple(np.asarray(graph, np.uint8).tobytes() for graph in state["graphs"])
            return cls(**state | learned)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{path or 'the encoder'} is a damaged encoder: {error!r}") from error
