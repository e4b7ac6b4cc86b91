"""Make what the speed figures are measured on: fields of twelve crops, each with its own vigour.

python benchmarks/generate.py farmland PATH.tif SIDE
python benchmarks/generate.py crop PATH.tif RASTER.tif SIDE        # its upper left corner
python benchmarks/generate.py photos FOLDER RASTER.tif NUMBER      # 256 x 256 x 3 uint8 pieces as PNG
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

N_CROPS = 12
LARGEST = 8192  # made in one go; a larger side is a mosaic of this one, so that memory stays bounded
STRIP = 512
PHOTO = 256


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
    """Write `farmland` as a tiled, deflated GeoTIFF with 10 m pixels.

    Beyond a side of 8192 it repeats that of 8192, every other copy mirrored, so that fields run on over the seams.
    """
    bands = farmland(min(side, LARGEST), n_bands=n_bands, seed=seed)
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
    if side <= LARGEST:
        with rasterio.open(path, "w", **profile) as sink:
            sink.write(bands)
        return path
    with rasterio.open(path, "w", **profile, bigtiff="if_safer") as sink:
        for row in range(0, side, STRIP):
            strip = _mirrored(bands, row, min(STRIP, side - row), axis=1)
            for col in range(0, side, LARGEST):
                piece = _mirrored(strip, col, min(LARGEST, side - col), axis=2)
                sink.write(piece, window=Window(col, row, piece.shape[2], piece.shape[1]))
    return path


def _mirrored(bands: np.ndarray, start: int, length: int, *, axis: int) -> np.ndarray:
    """Return what an endless, to and fro mirrored copy of the bands holds from `start` on."""
    period = bands.shape[axis]
    index = np.arange(start, start + length) % (2 * period)
    return bands.take(np.minimum(index, 2 * period - 1 - index), axis=axis)


def write_crop(path: Path, raster: Path, side: int) -> Path:
    """Write the upper left corner of a raster, stored as the raster is."""
    with rasterio.open(raster) as source:
        bands, profile = source.read(window=Window(0, 0, side, side)), source.profile
    with rasterio.open(path, "w", **{**profile, "width": side, "height": side}) as sink:
        sink.write(bands)
    return path


def write_photos(folder: Path, raster: Path, number: int) -> Path:
    """Cut pieces of 256 x 256 from the first three bands, row by row, and write each as a PNG of 8 bits."""
    folder.mkdir()
    with rasterio.open(raster) as source:
        across = source.width // PHOTO
        for piece in range(number):
            row, col = divmod(piece, across)
            bands = source.read([1, 2, 3], window=Window(col * PHOTO, row * PHOTO, PHOTO, PHOTO))
            bgr = np.moveaxis(np.clip(bands // 16, 0, 255).astype(np.uint8), 0, -1)[..., ::-1]
            cv2.imwrite(str(folder / f"{piece:04}.png"), bgr)
    return folder


def main() -> None:
    what, path, *rest = sys.argv[1:]
    if what == "farmland":
        write(Path(path), int(rest[0]))
    elif what == "crop":
        write_crop(Path(path), Path(rest[0]), int(rest[1]))
    elif what == "photos":
        write_photos(Path(path), Path(rest[0]), int(rest[1]))
    else:
        raise SystemExit(f'what to make must be "farmland", "crop" or "photos", got "{what}"')


if __name__ == "__main__":
    main()
