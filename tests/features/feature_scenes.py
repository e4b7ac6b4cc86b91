"""Images to compute features of."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from fallow.features import Bands

ROLES = (490.0, 560.0, 665.0, 842.0, 1610.0, 2200.0)


def bands_of(n_bands: int, dtype: str = "uint8") -> Bands:
    """Bands as a grey image, a photograph, a satellite and a spectrometer have them."""
    names = ("red", "green", "blue") if n_bands == 3 else ()
    wavelengths = {6: ROLES, 20: tuple(np.linspace(450.0, 2300.0, 20))}.get(n_bands)
    return Bands(n_bands, names, dtype, wavelengths)


def scene(rows: int, cols: int, n_bands: int, seed: int = 0) -> np.ndarray:
    """Whole numbers from 0 to 255 with structure at two scales, every band a little different."""
    random = np.random.default_rng(seed)
    coarse = cv2.resize(random.random((rows // 16 + 2, cols // 16 + 2, 1)), (cols, rows))[..., None]
    image = 140 * coarse + 60 * random.random((rows, cols, 1)) + 50 * random.random((rows, cols, n_bands))
    return image.astype(np.uint8).astype(np.float32)


def punch(image: np.ndarray, seed: int = 1) -> np.ndarray:
    """A copy with no data along two sides, in a block, and in scattered pixels."""
    holed = image.copy()
    rows, cols = image.shape[:2]
    holed[: rows // 12] = np.nan
    holed[:, : cols // 15] = np.nan
    holed[rows // 2 : rows // 2 + rows // 6, cols // 2 : cols // 2 + cols // 5] = np.nan
    holed[np.random.default_rng(seed).random((rows, cols)) < 0.03] = np.nan
    return holed


def rows_of(image: np.ndarray) -> np.ndarray:
    """Valid pixels as rows."""
    return image[~np.isnan(image[..., 0])]


def through_a_file(value: Any) -> Any:
    """Plain data as a file of JSON and arrays gives it back: tuples become lists; anything else is not plain."""
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        return {key: through_a_file(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [through_a_file(each) for each in value]
    assert isinstance(value, np.ndarray | np.generic | int | float | str | None), type(value)
    return value.item() if isinstance(value, np.generic) else value
