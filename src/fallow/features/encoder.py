"""What an encoder sees that was trained on the user's own pictures."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from fallow.errors import InputError
from fallow.features.backbone import give_back, load_network
from fallow.features.base import Bands, Feature
from fallow.features.block import Block, Image
from fallow.features.encoder_file import EncoderFile
from fallow.features.network import Network

NETWORK_BYTES = 250 << 20  # of a block with its halo


class Encoder(Feature):
    """Features of a network that ``fallow train`` taught on pictures without labels.

    Choose it for images that no photograph resembles (thermal cameras, cubes, bands beyond red, green and blue), and
    for a collection whose classes are to mean the same everywhere. Applying it needs no torch.

    Parameters
    ----------
    path
        The file that ``fallow train`` wrote.

    Attributes
    ----------
    encoder_ : dict
        All of the file, so that a saved model needs it no longer.

    Notes
    -----
    Every pixel has a row of its own, computed at the image's full resolution; a pixel sees 44 pixels around it.
    Features are decorrelated, the largest variance first, and Euclidean distances between them are in the unit of the
    embedded network's (`fallow.features.network`), so that both can take part in a merge tree.

    Cost: 1.1 us a pixel, halo included, on one core; 0.75 kB a pixel of a block, given back behind it.
    """

    family = "encoder"
    is_network: ClassVar[bool] = True

    def __init__(self, path: str = "") -> None:
        self.path = path

    def check(self) -> None:
        """Raise `InputError` when no file is said."""
        if not self.path:
            raise InputError('encoder needs the file that "fallow train" wrote, as in encoder,path=farm.fallow')

    @property
    def halo(self) -> int:
        """Pixels that the network sees around a pixel."""
        return self._file.halo

    @property
    def names(self) -> tuple[str, ...]:
        """One name a feature, the one of largest variance first."""
        return tuple(f"encoder_{number}" for number in range(1, self._file.n_features + 1))

    @property
    def memory(self) -> int:
        """Of the network's maps at full resolution."""
        return NETWORK_BYTES

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, features)``."""
        if self._embedded:
            return self._embedded.compute(block)
        wide, (above, before) = self._widen(block)
        stride, (rows, cols) = self._file.stride, wide.size
        top, left = (start % stride for start in wide.origin)
        sides = (top, -(top + rows) % stride), (left, -(left + cols) % stride), (0, 0)
        image = np.pad(wide.fill(wide.image), sides, mode="edge")
        (features,) = load_network(self._file.graphs[0]).run(None, {"image": image}, give_back())
        return features[top + above :, left + before :][: block.size[0], : block.size[1]]

    def cells(self, block: Block) -> Image:
        """Return the mean of each cell over a block that lies within the image."""
        return self._embedded.cells(block) if self._embedded else super().cells(block)

    def _widen(self, block: Block) -> tuple[Block, tuple[int, int]]:
        """Continue a block by a hole to its halo beyond the image's edge; return how far above and to the left, too.

        The network itself takes what lies beyond its input for black; to it, the edge is to be a hole like any other.
        """
        sides = []
        for start, size, length in zip(block.origin, block.size, block.shape, strict=True):
            beyond = start + size - length
            sides.append([max(0, self.halo - each) if each >= 0 else 0 for each in (-start, beyond)])
        (above, _), (before, _) = sides
        wide = np.pad(block.image, (*sides, (0, 0)), constant_values=np.nan)
        return Block(wide, (block.origin[0] - above, block.origin[1] - before), block.shape), (above, before)

    def _learn(self, samples: Image, bands: Bands) -> None:  # noqa: ARG002
        trained = self._file.bands
        if bands.count != trained.count:
            raise InputError(f"{self.path} was trained on {trained.count} bands, got {bands.count}; choose with bands")
        self.encoder_ = self._file.to_state()

    @cached_property
    def _file(self) -> EncoderFile:
        return EncoderFile.load(self.path)

    @cached_property
    def _embedded(self) -> Network | None:
        """The embedded network, if that is what went on learning."""
        if self._file.picture is None:
            return None
        network = Network().set_state({"picture_": self._file.picture})
        network._graphs = self._file.graphs
        return network

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take back what `get_state` gave; the file itself is needed no longer."""
        super().set_state(state)
        self.__dict__["_file"] = EncoderFile.from_state(state["encoder_"])
        return self
