"""Images to segment, and how to look at what came of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from PIL import Image

PLACE = {"crs": "EPSG:32633", "transform": rasterio.Affine(10, 0, 500_000, 0, -10, 5_000_000)}


def kinds(rows: int, cols: int, *, n_kinds: int = 4, cell: int = 40, seed: int = 0) -> np.ndarray:
    """Lay out square fields of `n_kinds` kinds, numbered from 0: (rows, cols). Every kind occurs."""
    random = np.random.default_rng(seed)
    shape = (-(-rows // cell), -(-cols // cell))
    fields = random.permutation(np.resize(np.arange(n_kinds), shape[0] * shape[1])).reshape(shape)
    return fields.repeat(cell, 0).repeat(cell, 1)[:rows, :cols]


def patches(rows: int, cols: int, *, bands: int = 3, dtype: str = "uint8", n_kinds: int = 4, cell: int = 40,
            noise: float = 6.0, seed: int = 0) -> np.ndarray:  # fmt: skip
    """Colour the fields of `kinds`, 40 to 215 with noise: (rows, cols, bands)."""
    random = np.random.default_rng(seed + 1)
    colors = np.stack([random.permutation(np.linspace(40, 215, n_kinds)) for _ in range(bands)], axis=1)
    image = colors[kinds(rows, cols, n_kinds=n_kinds, cell=cell, seed=seed)]
    return (image + random.normal(0, noise, image.shape)).clip(1, 255).astype(dtype)


def holes(rows: int, cols: int) -> np.ndarray:
    """Say where an image has no data: a disc in the middle, an edge, a thin line: (rows, cols) bool."""
    row, col = np.ogrid[:rows, :cols]
    disc = (row - rows / 2) ** 2 + (col - cols / 2) ** 2 < (min(rows, cols) / 5) ** 2
    return disc | (col < cols // 25) | (row == rows // 7)


def write_photo(path: Path, image: np.ndarray, **options) -> Path:
    """Write a picture with Pillow."""
    Image.fromarray(image.squeeze()).save(path, **options)
    return path


def write_raster(path: Path, image: np.ndarray, *, describe=None, **profile) -> Path:
    """Write (rows, cols, bands) with rasterio, georeferenced in pixels of 100 m² unless told otherwise."""
    rows, cols, count = image.shape
    size = {"driver": "GTiff", "height": rows, "width": cols, "count": count, "dtype": image.dtype}
    with rasterio.open(path, "w", **size | PLACE | profile) as dataset:
        if describe:
            describe(dataset)
        dataset.write(np.moveaxis(image, 2, 0))
    return path


def layers(result) -> dict[str, bytes]:
    """Return the pixels of a segmentation as bytes."""
    return {name: getattr(result, name).tobytes() for name in ("classes", "regions", "confidence")}


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, hidden ones too, but for how long things took."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "seconds.csv")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
