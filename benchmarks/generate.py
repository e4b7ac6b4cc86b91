"""Make the raster that the speed figures are measured on: fields of twelve crops, each with its own vigour."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import rasterio
from rasterio.transform import from_origin

N_CROPS = 12


def farmland(side: int, *, n_bands: int = 4, seed: int = 0) -> np.ndarray:
    """Return (bands, side, side) uint16: fields of some 64 pixels a side, one of twelve crops each.

    No two fields are alike: a crop's spectrum is mixed with bare soil by the field's vigour and shaded by the terrain.
    So the classes run into each other as they do in real scenes, and k-means has work to do.
    """
    rng = np.random.default_rng(seed)
    cells = max(2, side // 64)
    rows, cols = np.mgrid[:side, :side].astype(np.float32)
    rows += _enlarged(rng.normal(0, 12, (cells, cells)), side, cv2.INTER_CUBIC)
    cols += _enlarged(rng.normal(0, 12, (cells, cells)), side, cv2.INTER_CUBIC)
    crops = rng.uniform(300, 4000, (N_CROPS, n_bands))[rng.integers(0, N_CROPS, (cells, cells))]
    vigour = rng.beta(3, 2, (cells, cells))[..., None]
    spectra = vigour * crops + (1 - vigour) * rng.uniform(1200, 2400, n_bands)
    shade = 1 + 0.12 * _enlarged(rng.normal(0, 1, (8, 8)), side, cv2.INTER_CUBIC)
    bands = []
    for band in range(n_bands):
        fields = _enlarged(spectra[..., band], side, cv2.INTER_NEAREST)
        fields = cv2.remap(fields, cols, rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
        clean = cv2.GaussianBlur(fields * shade, (0, 0), 1.0)
        bands.append(np.clip(clean + rng.normal(0, 60, clean.shape), 1, 65535).astype(np.uint16))
    return np.stack(bands)


def _enlarged(cells: np.ndarray, side: int, interpolation: int) -> np.ndarray:
    return cv2.resize(cells.astype(np.float32), (side, side), interpolation=interpolation)


def write(path: Path, side: int, *, n_bands: int = 4, seed: int = 0) -> Path:
    """Write `farmland` as a tiled, deflated GeoTIFF with 10 m pixels."""
    bands = farmland(side, n_bands=n_bands, seed=seed)
    profile = {
        "driver": "GTiff",
        "width": side,
        "height": side,
        "count": n_bands,
        "dtype": "uint16",
        "crs": "EPSG:32633",
        "transform": from_origin(500_000, 5_400_000, 10, 10),
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "deflate",
        "predictor": 2,
    }
    with rasterio.open(path, "w", **profile) as sink:
        sink.write(bands)
    return path
