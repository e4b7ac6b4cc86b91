"""How much is computed a pixel, and the settings that go with it."""

from __future__ import annotations

from dataclasses import dataclass

from fallow.regions.cost import CostWeights

COARSEN = 0.5  # of the threshold, far below any cut
LARGE_PIXELS = 16_777_216  # above, the graph has to be small


@dataclass(frozen=True)
class Effort:
    """What is computed, and the weights and heights tuned for it.

    Attributes
    ----------
    has_network : bool
        Whether a network looks at the picture.
    weights : CostWeights
    threshold : float
        Height that suits photographs.
    typical : float
        Height at which the median training picture has 12 regions.
    aerial_share : float
        What the threshold is multiplied by for scenes from above.
    n_trees : int
        How many merge trees are averaged.
    """

    has_network: bool
    weights: CostWeights
    threshold: float
    typical: float
    aerial_share: float
    n_trees: int = 1

    def inner_height(self, n_pixels: int) -> float:
        """Return the height up to which superpixels of a large image are merged within their blocks; else 0."""
        return COARSEN * self.threshold if n_pixels > LARGE_PIXELS else 0.0

    @property
    def n_values(self) -> int:
        """Values that are kept of a superpixel, about."""
        return 150 if self.has_network else 100


EFFORTS = {
    "fast": Effort(
        False,
        CostWeights(
            contours=(3.487, 1.528, 0.3668, 0.5043, 0.3512, 0.4603, 0.7006, 0.5277, 0.9937, 5.441, 0.8571, 0.3028),
            base=0.4282,
            jumps=(0, 0),
            spectral=0.1581,
            affinity=(
                0.1394,
                0.09949,
                0.01526,
                0.05157,
                0.09419,
                0.06239,
                0.1568,
                0.04796,
                0.03701,
                0.1937,
                0.1222,
                0.05795,
                0,
                0,
            ),
            chi_square=(0.04112, 0.1315, 0.1876, 0.005877, 0.003277, 0.002369),
            earth_mover=(0.035, 0.003796, 0.005845, 0.006736, 0.003273, 0.07469),
            noise=(1.371, 0.2976, 0.4776, 9.173, 16.32, 3.127),
            network=0,
            geometric=0.1153,
            area_power=0.1124,
            area_saturation=3.304,
            containment_power=0.1647,
        ),
        0.386,
        0.3487,
        0.75,
    ),
    "balanced": Effort(True, CostWeights(), 1.12, 1.051, 0.75),
    "best": Effort(True, CostWeights(), 1.17, 1.141, 0.75, n_trees=6),
}
