"""Where a pixel is: for scenes in which place means something, such as sky above and road below."""

from __future__ import annotations

import numpy as np

from fallow.features.base import Feature
from fallow.features.block import Block, Image


class Position(Feature):
    """Row and column of each pixel, in units of the image's longer side.

    Nearby pixels become alike, so classes keep together; give it a small weight. Not for mosaics, whose classes repeat
    everywhere.

    Notes
    -----
    Values lie from 0 to 1, at pixel centres; both axes have one scale, so a circle stays a circle. Cost: 2 ns a pixel,
    no halo, but not pointwise: a row of samples does not know where it came from. Achanta et al. 2012,
    doi:10.1109/TPAMI.2012.120, weigh colour against position in the same way.
    """

    family = "position"

    @property
    def scaling(self) -> str:
        """Both share one unit."""
        return "none"

    @property
    def is_pointwise(self) -> bool:
        """No: a pixel's values do not tell where it lies."""
        return False

    @property
    def names(self) -> tuple[str, ...]:
        """Two names."""
        return "position_row", "position_col"

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, 2)``."""
        rows, cols = (
            (start + np.arange(length) + 0.5) / max(block.shape)
            for start, length in zip(block.origin, block.size, strict=True)
        )
        position = np.empty((*block.size, 2), np.float32)
        position[..., 0], position[..., 1] = rows[:, None], cols
        return position
