"""Make the raster that the speed figures are measured on: patches of twelve spectra, shaded, blurred and noisy."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import rasterio
from rasterio.transform import from_origin

N_SPECTRA = 12


def farmland(side: int, *, n_bands: int = 4, seed: int = 0) -> np.ndarray:
    """Return (bands, side, side) uint16: about `side` / 16 fields a side, each one of twelve spectra."""
    rng = np.random.default_rng(seed)
    cells = max(2, side // 64)
    fields = cv2.resize(rng.integers(0, N_SPECTRA, (cells, cells)).astype(np.uint8), (side, side), interpolation=cv2.INTER_NEAREST)
    rows, cols = np.mgrid[:side, :side].astype(np.float32)
    wobble = [cv2.resize(rng.normal(0, 12, (cells, cells)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC) for _ in range(2)]
    fields = cv2.remap(fields, cols + wobble[0], rows + wobble[1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
    shade = 1 + 0.1 * cv2.resize(rng.normal(0, 1, (8, 8)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    spectra = rng.uniform(400, 4000, (N_SPECTRA, n_bands)).astype(np.float32)
    bands = []
    for band in range(n_bands):
        clean = cv2.GaussianBlur(spectra[:, band][fields] * shade, (0, 0), 1.0)
        bands.append(np.clip(clean + rng.normal(0, 90, clean.shape), 1, 65535).astype(np.uint16))
    return np.stack(bands)


def write(path: Path, side: int, *, n_bands: int = 4, seed: int = 0) -> Path:
    """Write `farmland` as a tiled, deflated GeoTIFF with 10 m pixels."""
    bands = farmland(side, n_bands=n_bands, seed=seed)
    profile = {
        "driver": "GTiff", "width": side, "height": side, "count": n_bands, "dtype": "uint16", "crs": "EPSG:32633",
        "transform": from_origin(500_000, 5_400_000, 10, 10), "tiled": True, "blockxsize": 512, "blockysize": 512,
        "compress": "deflate", "predictor": 2,
    }
    with rasterio.open(path, "w", **profile) as sink:
        sink.write(bands)
    return path
