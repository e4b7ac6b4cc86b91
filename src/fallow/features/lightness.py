"""One plane that stands for the image where texture is looked at."""

from __future__ import annotations

import numpy as np

from fallow.features.base import Bands
from fallow.features.block import Block, Image
from fallow.features.principal import principal_axes
from fallow.features.roles import rgb_bands

# Luma of ITU-R BT.601: gamma-coded red, green and blue weighted as the eye does.
LUMA = (0.299, 0.587, 0.114)


def learn_lightness(samples: Image, bands: Bands) -> tuple[Image, float]:
    """Learn the plane: the band of a grey image, the luma of three bands, else the first principal component.

    Returns
    -------
    weights, offset
        ``(bands,)`` and a number: the plane is ``image @ weights + offset``, of mean 0 and deviation 1 over the samples
        (all 0 when they are constant). Bands are standardised before their principal component is taken.
    """
    center = samples.mean(axis=0, dtype=np.float64)
    weights = np.ones(bands.count)
    if bands.count == 3:
        weights[list(rgb_bands(bands))] = LUMA
    elif bands.count > 1:
        weights = principal_axes(samples, 1)[1][:, 0]
    deviation = ((samples - center) @ weights).std()
    # A constant image is left with the rounding of its mean.
    is_constant = deviation <= 1e-6 * np.abs(center * weights).sum()
    weights = np.zeros_like(weights) if is_constant else weights / deviation
    return weights.astype(np.float32), -float(center @ weights)


def lightness(block: Block, weights: Image, offset: float) -> Image:
    """Return the plane ``(rows, cols)`` of a block, holes filled from their nearest valid pixels."""
    rows, cols = block.size
    plane = block.image.reshape(rows * cols, -1) @ weights + np.float32(offset)
    return block.fill(plane.reshape(rows, cols))
