"""How much is computed a pixel, and the settings that go with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fallow.regions.cost import CostWeights
from fallow.regions.cut import HALO

NETWORK_HALO = 64


@dataclass(frozen=True)
class Effort:
    """What is computed, and the weights and heights tuned for it.

    Attributes
    ----------
    has_network : bool
        Whether the embedded network is run.
    weights : CostWeights
    threshold : float
        Height that suits photographs.
    typical : float
        Height at which the median training picture has 12 regions.
    aerial_share : float
        What the threshold is multiplied by for scenes from above.
    """

    has_network: bool
    weights: CostWeights
    threshold: float
    typical: float
    aerial_share: float

    @property
    def halo(self) -> int:
        """Pixels of context around a block."""
        return NETWORK_HALO if self.has_network else HALO

    def network(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Return the network, loaded when it is first used."""
        if not self.has_network:
            return None
        from fallow.features.backbone import describe  # loads ONNX Runtime

        return describe


EFFORTS = {
    "fast": Effort(
        False,
        CostWeights(
            network=0.0,
            jumps=(0.0, 0.0),
            contours=(1.378, 0.9833, 0.1508, 0.5097, 0.9309, 0.6166, 1.55, 0.474, 0.3658, 1.914, 1.208, 0.5727),
            base=1.078,
            spectral=0.1695,
            chi_square=(0.01651, 0.2199, 0.1337, 0, 0, 0),
            earth_mover=(0.111, 0.0128, 0.01625, 0, 0, 0),
            noise=(0.8838, 0.8838, 0.8838, 4, 4, 6),
            geometric=0.1757,
            area_power=0.1159,
            area_saturation=6.162,
            containment_power=0.08326,
        ),
        0.5549,
        0.52,
        0.8,
    ),
    "balanced": Effort(True, CostWeights(), 1.368, 1.283, 0.8),
}
