"""GeoTIFF as a sink: tiled, compressed, whole."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray
from rasterio import Affine
from rasterio.windows import Window as GdalWindow

from fallow.errors import FileError, InputError, WriteError
from fallow.raster.gdal import GDAL_ERRORS, gdal_environment, gdal_errors, open_dataset
from fallow.raster.georeference import Georeference
from fallow.raster.sink import Sink, fitted
from fallow.raster.whole_file import whole_file
from fallow.raster.window import Window

Color = tuple[int, int, int]

_TILE = 512


class GeoTiffSink(Sink):
    """A GeoTIFF written by windows: tiles of 512 x 512, DEFLATE, larger than 4 GB if need be.

    Write along the tiles: a tile written in parts is compressed, and stored, once for each part.

    Parameters
    ----------
    shape
        (rows, cols).
    nodata
        The value that means no data.
    colors
        Value -> (red, green, blue), 0 to 255, for one band of uint8 or uint16.
    band_names
        Descriptions of the bands.
    tags
        Further metadata as text.
    scale
        What to multiply the stored integers with to get the values they stand for.

    Raises
    ------
    InputError
        If colours are given for another kind of image.
    FileError
        If the file cannot be created.
    WriteError
        If it cannot be written; also on leaving the block, when the disk turns out to be full.

    Notes
    -----
    Level 1 with a predictor: on label maps it is ten times as fast as level 6, for files a quarter to a third larger.
    """

    def __init__(
        self,
        path: str | Path,
        shape: tuple[int, int],
        *,
        dtype: DTypeLike,
        n_bands: int = 1,
        nodata: float | None = None,
        georeference: Georeference | None = None,
        colors: Mapping[int, Color] | None = None,
        band_names: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        scale: float | None = None,
    ) -> None:
        dtype = np.dtype(dtype)
        if colors and (n_bands > 1 or dtype not in (np.uint8, np.uint16)):
            raise InputError(f"colors need one band of uint8 or uint16, got {n_bands} of {dtype}")
        self._path, self._shape, self._dtype, self._n_bands = Path(path), shape, dtype, n_bands
        self._nodata, self._georeference, self._colors = nodata, georeference, colors
        self._band_names, self._tags, self._scale = band_names, tags, scale
        self._writing = threading.Lock()
        self._lifetime = self._create()

    def write(self, window: Window, values: NDArray) -> None:
        row0, row1, col0, col1 = window
        values = fitted(values, window, self._dtype).reshape(row1 - row0, col1 - col0, self._n_bands)
        part = _gdal_window(window)
        with self._writing, gdal_environment(), gdal_errors(self._failure, WriteError):
            self._dataset.write(np.moveaxis(values, 2, 0), window=part)

    def __enter__(self) -> Self:
        self._dataset = self._lifetime.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._lifetime.__exit__(*exception)

    @property
    def _failure(self) -> str:
        return f"cannot write {self._path}, is the disk full?"

    @contextmanager
    def _create(self) -> Iterator[Any]:
        """Lend the open file; on a clean end close it, check it and give it its name."""
        with whole_file(self._path) as temporary:
            dataset = open_dataset(str(temporary), "w", **self._profile())
            try:
                self._describe(dataset)
                yield dataset
            except BaseException:
                with suppress(*GDAL_ERRORS):  # the first error counts
                    dataset.close()
                raise
            with gdal_environment(), gdal_errors(self._failure, WriteError):
                dataset.close()
            if not is_complete(temporary):
                raise WriteError(self._failure)

    def _profile(self) -> dict[str, Any]:
        """Return GDAL's creation options."""
        rows, cols = self._shape
        place = self._georeference or Georeference()
        return {
            "driver": "GTiff",
            "height": rows,
            "width": cols,
            "count": self._n_bands,
            "dtype": self._dtype,
            "nodata": self._nodata,
            "crs": place.crs,
            "transform": place.transform and Affine(*place.transform),
            "tiled": True,
            "blockysize": _tile(rows),
            "blockxsize": _tile(cols),
            "interleave": "pixel",
            # GDAL would take the fourth of four bytes for transparency.
            "photometric": "rgb" if self._n_bands == 3 and self._dtype == np.uint8 else "minisblack",
            "compress": "deflate",
            "zlevel": 1,
            "predictor": 3 if self._dtype.kind == "f" else 2,
            "num_threads": "all_cpus" if rows * cols > _TILE * _TILE else 1,  # starting them takes longer than a tile
            "bigtiff": "if_safer",
        }

    def _describe(self, dataset: Any) -> None:
        """Write what is not pixels, which must come before them."""
        if self._colors:
            dataset.write_colormap(1, dict(self._colors))
        if self._band_names:
            dataset.descriptions = tuple(self._band_names)
        if self._scale is not None:
            dataset.scales = (self._scale,) * self._n_bands
        dataset.update_tags(**self._tags or {})


def _gdal_window(window: Window) -> GdalWindow:
    row0, row1, col0, col1 = window
    return GdalWindow(col0, row0, col1 - col0, row1 - row0)


def read_labels(path: str | Path, window: Window | None = None) -> NDArray:
    """Read back the one band that `GeoTiffSink` wrote, or a window of it, in its own type: (rows, cols)."""
    with gdal_environment(), gdal_errors(f"cannot read {path}"), open_dataset(str(path)) as dataset:
        return dataset.read(1, window=window and _gdal_window(window))


def label_dtype(path: str | Path) -> np.dtype:
    """Return the type of a file's one band."""
    with gdal_environment(), gdal_errors(f"cannot read {path}"), open_dataset(str(path)) as dataset:
        return np.dtype(dataset.dtypes[0])


def read_thinned(path: str | Path, step: int) -> NDArray:
    """Read the first pixel of each cell of ``step x step`` of a file's one band, a row of its blocks at a time."""
    with gdal_environment(), gdal_errors(f"cannot read {path}"), open_dataset(str(path)) as dataset:
        if step == 1:
            return dataset.read(1)
        rows, cols = dataset.shape
        height = -(-dataset.block_shapes[0][0] // step) * step
        strips = (GdalWindow(0, row, cols, min(height, rows - row)) for row in range(0, rows, height))
        return np.concatenate([dataset.read(1, window=strip)[::step, ::step] for strip in strips])


def _tile(length: int) -> int:
    """Return the side of a tile: TIFF wants multiples of 16, and a small image needs no large one."""
    return min(_TILE, -(-length // 16) * 16)


def is_complete(path: Path) -> bool:
    """Say whether every tile that the file's directories list, those of overviews too, lies within the file.

    Neither GDAL's compressing threads nor closing report a write that failed, so a full disk goes unnoticed otherwise.
    """
    size = path.stat().st_size
    try:
        with open_dataset(str(path)) as dataset:
            return all(end is not None and end <= size for end in _tile_ends(dataset))
    except FileError:
        return False


def _tile_ends(dataset: Any) -> Iterator[int | None]:
    """Yield where each tile of the image and of its overviews ends in the file; None for one that was never written."""
    tile_rows, tile_cols = dataset.block_shapes[0]
    levels = [(None, 1), *enumerate(dataset.overviews(1))]
    for level, factor in levels:
        for tile_row in range(-(-dataset.height // (tile_rows * factor))):
            for tile_col in range(-(-dataset.width // (tile_cols * factor))):
                offset, length = (
                    dataset.get_tag_item(f"BLOCK_{item}_{tile_col}_{tile_row}", "TIFF", bidx=1, ovr=level)
                    for item in ("OFFSET", "SIZE")
                )
                yield None if offset is None else int(offset) + int(length)
