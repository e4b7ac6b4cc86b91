"""From stored values to the range 0 to 1 that colour spaces are made for."""

from __future__ import annotations

import numpy as np

from fallow.features.base import Bands
from fallow.features.block import Image

# Percentiles that a few dead or glaring pixels cannot move.
DARKEST, BRIGHTEST = 0.1, 99.9


def learn_range(samples: Image, bands: Bands) -> tuple[float, float]:
    """Return the values to show as black and white: 0 and 255 for 8-bit images, else robust percentiles of `samples`.

    One range for all bands together, so that the balance of colours stays.
    """
    if bands.dtype == "uint8":
        return 0.0, 255.0
    low, high = np.percentile(samples, (DARKEST, BRIGHTEST))
    return float(low), float(high)


def stretch(image: Image, low: float, high: float) -> Image:
    """Map `low` to 0 and `high` to 1 and cut what lies beyond; 0 everywhere when the range is empty."""
    factor = 1 / (high - low) if high > low else 0.0
    stretched = image - np.float32(low)
    stretched *= np.float32(factor)
    return np.clip(stretched, 0, 1, out=stretched)
