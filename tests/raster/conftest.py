"""Small images to write and read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio

WriteTiff = Callable[..., Path]


@pytest.fixture
def numbers() -> np.ndarray:
    """(3, 40, 50) uint16, every value once, none 0."""
    return np.arange(3 * 40 * 50, dtype=np.uint16).reshape(3, 40, 50) + 1


@pytest.fixture
def write_tiff(tmp_path: Path) -> WriteTiff:
    """Return ``write_tiff(name, bands, describe=None, **profile)``, which writes (bands, rows, cols), georeferenced."""

    def write(name: str, bands: np.ndarray, describe: Callable | None = None, **profile) -> Path:
        count, rows, cols = bands.shape
        settings = {
            "driver": "GTiff",
            "height": rows,
            "width": cols,
            "count": count,
            "dtype": bands.dtype,
            "crs": "EPSG:32633",
            "transform": rasterio.Affine(10, 0, 500_000, 0, -10, 5_000_000),
        }
        with rasterio.open(tmp_path / name, "w", **settings | profile) as dataset:
            if describe:
                describe(dataset)
            dataset.write(bands)
        return tmp_path / name

    return write
