"""Bands made comparable before a network sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fallow.features.auto import CUBE_BANDS
from fallow.features.principal import principal_axes

MOST_INPUTS = 32  # principal components that a network sees of a cube
FLOOR = 0.05  # share of the first component's deviation below which a component is noise, and made no louder


@dataclass(frozen=True)
class Balance:
    """An affine map of pixels: ``(pixels - center) @ axes``.

    The bands are standardised and decorrelated. Components of few broad bands get the same variance each, so that the
    colour of a thing counts as much as the light on it; those of the many narrow bands of a cube keep theirs, since the
    later ones are noise.

    Attributes
    ----------
    center : (bands,) float32
    axes : (bands, inputs) float32
        The inputs' mean variance is 1.
    """

    center: NDArray[np.float32]
    axes: NDArray[np.float32]

    @classmethod
    def learn(cls, samples: np.ndarray) -> Self:
        """Learn from valid pixels ``(n, bands)``.

        >>> balance = Balance.learn(np.random.default_rng(0).normal(50, [[30, 4]], (999, 2)).astype(np.float32))
        >>> balance(np.float32([50, 50])).shape
        (2,)
        """
        n_bands = samples.shape[1]
        center, axes = principal_axes(samples, min(n_bands, MOST_INPUTS))
        deviation = ((samples - center) @ axes).std(axis=0)
        if n_bands < CUBE_BANDS:
            axes /= np.maximum(deviation, max(FLOOR * deviation.max(), 1e-12))
            deviation = ((samples - center) @ axes).std(axis=0)
        axes /= max(1e-12, float(np.sqrt(np.square(deviation).mean())))
        return cls(center.astype(np.float32), axes.astype(np.float32))

    @property
    def n_inputs(self) -> int:
        """How many numbers the network sees of a pixel."""
        return self.axes.shape[1]

    def __call__(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map ``(..., bands)`` to ``(..., inputs)``."""
        return ((pixels - self.center) @ self.axes).astype(np.float32, copy=False)


def deviation(inputs: Tensor) -> Tensor:
    """Return the standard deviation of each input of a batch ``(n, inputs, rows, cols)``, ready to multiply it."""
    return inputs.std(dim=(0, 2, 3), keepdim=True)
