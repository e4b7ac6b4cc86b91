"""What the embedded pretrained network sees: 32 numbers that tell kinds of surface and thing apart."""

from __future__ import annotations

import numpy as np

from fallow.features.backbone import N_FEATURES, describe
from fallow.features.base import Bands, CellFeature
from fallow.features.block import Image
from fallow.features.picture import Picture

HALO = 64

TYPICAL_DISTANCE = 0.84
"""Root mean square of the distances between random places of different pictures: what other networks are brought to.

Measured on 60 photographs of BSDS500 train (0.880; within a picture 0.745) and on 602 aerial chips of 150 x 150 pixels
(0.806; 0.651); their mean.
"""


def to_typical(rows: np.ndarray) -> float:
    """Return what brings distances between random rows ``(n, features)``, in the square mean, to the typical one."""
    # Two random rows lie, in the square mean, twice the total variance apart.
    spread = np.sqrt(2 * rows.var(axis=0, dtype=np.float64).sum())
    return float(TYPICAL_DISTANCE / spread) if spread > 0 else 0.0


class Network(CellFeature):
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

    Cost: 0.9 us a pixel, halo included, on one core. Tan, Le 2019, https://proceedings.mlr.press/v97/tan19a.html.
    """

    family = "network"
    is_network = True
    anchor = 16

    @property
    def halo(self) -> int:
        """Whole cells of 4 pixels."""
        return HALO

    @property
    def names(self) -> tuple[str, ...]:
        """One name a principal component, the largest first."""
        return tuple(f"network_{number}" for number in range(1, N_FEATURES + 1))

    _graphs: tuple[bytes, ...] = ()
    """Another network of the same form, which went on learning."""

    def _learn(self, samples: Image, bands: Bands) -> None:
        self.picture_ = Picture().fit(samples, bands).get_state()

    def run(self, image: Image) -> Image:
        """Return ``(rows / 4, cols / 4, 32)``, rounded up."""
        return describe(Picture().set_state(self.picture_).show(image), self._graphs)
