"""What the embedded pretrained network sees: 32 numbers that tell kinds of surface and thing apart."""

from __future__ import annotations

import numpy as np

from fallow.features.backbone import GRID, N_FEATURES, describe
from fallow.features.base import Bands, Feature
from fallow.features.block import Block, Image
from fallow.features.cells import CellGrid
from fallow.features.picture import Picture

HALO = 64

# The network's coarsest cells, in pixels: anchored at the image's first pixel, they lie alike in every block.
ANCHOR = 16


class Network(Feature):
    """Features of EfficientNet-Lite0, which learned to name photographs and was never shown a region or a border.

    The image is shown to it as a picture: grey, colour, or the first three principal components of any other bands.

    Attributes
    ----------
    picture_ : dict
        State of the `Picture`.

    Notes
    -----
    Euclidean distances between features tell how different two places look; values lie within about -0.5 to 0.5, in no
    unit. One value in 4 x 4 pixels (`fallow.features.backbone`), interpolated to pixels.

    The network looks farther than its halo, and its last bits depend on the shape it runs on. So this is the one family
    whose features depend, slightly, on the context that a block is read with; it takes all of it, up to the image's
    edge. That is the same for every tile and any number of threads.

    Cost: 0.9 us a pixel, halo included, on one core. Tan, Le 2019, https://proceedings.mlr.press/v97/tan19a.html.
    """

    family = "network"

    @property
    def scaling(self) -> str:
        """All features share a unit."""
        return "none"

    @property
    def halo(self) -> int:
        """Whole cells of 4 pixels."""
        return HALO

    @property
    def names(self) -> tuple[str, ...]:
        """One name a principal component, the largest first."""
        return tuple(f"network_{number}" for number in range(1, N_FEATURES + 1))

    def _learn(self, samples: Image, bands: Bands) -> None:
        self.picture_ = Picture().fit(samples, bands).get_state()

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, 32)``, 0 beyond the image's edge."""
        seen, place = clip(block)
        picture = Picture().set_state(self.picture_).show(seen.fill(seen.image))
        top, left = (start % ANCHOR for start in seen.origin)
        cells = describe(np.pad(picture, ((top, 0), (left, 0), (0, 0)), mode="symmetric"))
        described = CellGrid(seen).spread(cells[top // GRID :, left // GRID :])
        if seen is block:
            return described
        features = np.zeros((*block.size, N_FEATURES), np.float32)
        features[place] = described
        return features


def clip(block: Block) -> tuple[Block, tuple[slice, slice]]:
    """Cut off what lies beyond the image's edge: return the rest, and where in the block it lies.

    >>> seen, place = clip(Block(np.ones((5, 4, 1)), (-2, 0), (9, 3)))
    >>> seen.size, seen.origin, place
    ((3, 3), (0, 0), (slice(2, 5, None), slice(0, 3, None)))
    """
    rows, cols = (
        slice(max(0, -start), min(size, length - start))
        for start, size, length in zip(block.origin, block.size, block.shape, strict=True)
    )
    if (rows.stop - rows.start, cols.stop - cols.start) == block.size:
        return block, (rows, cols)
    origin = block.origin[0] + rows.start, block.origin[1] + cols.start
    return Block(block.image[rows, cols], origin, block.shape), (rows, cols)
