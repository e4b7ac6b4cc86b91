"""A Zarr group of layers and their overviews, made from finished GeoTIFFs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.windows import Window as GdalWindow

from fallow.errors import InputError, writing
from fallow.optional import require
from fallow.raster.gdal import gdal_environment, gdal_errors, open_dataset
from fallow.raster.georeference import Georeference
from fallow.raster.geozarr import (
    CHUNK,
    GRID_MAPPING,
    Level,
    axis_attributes,
    grid_mapping_attributes,
    layer_attributes,
    pyramid,
    pyramid_attributes,
)
from fallow.raster.layout import read_georeference
from fallow.raster.whole_file import whole_folder
from fallow.raster.window import Window

_COMPRESSOR = {"id": "zlib", "level": 6}  # every GDAL can read it


def write_zarr(layers: Mapping[str, Path], target: Path) -> None:
    """Make one Zarr group of the finished GeoTIFFs of one image.

    Choose it over GeoTIFFs when a result is read in parts by xarray or dask, or lies in an object store. The same
    layers give the same bytes.

    Parameters
    ----------
    layers
        Name -> a GeoTIFF of one band that `GeoTiffSink` wrote.
    target
        Where to write, such as ``result.zarr``; a folder of that name is replaced once the new one is whole.

    Raises
    ------
    InputError
        If the layers are not all of one shape.
    MissingExtraError
        If zarr is not installed.
    FileError
        If a layer cannot be read, or the target's folder does not exist or cannot be written to.
    WriteError
        If the target cannot be written, most likely because the disk is full.

    Notes
    -----
    Groups ``0``, ``1``, ... hold the layers at full resolution, a half, a quarter and so on, until one chunk of
    512 x 512 holds the image; every second row and column is taken, nothing averaged. Beside the layers lie ``y``
    and ``x``, the centres of pixels, and the grid mapping ``spatial_ref``, as far as the image has a place. Chunks of
    nothing but 0 are not stored.

    The format is Zarr 2, because GDAL 3.10 cannot read arrays of Zarr 3 that zarr 3.1 wrote. Looked at by hand: with
    GDAL 3.10 (rasterio 1.4) pixels, system, transform, nodata and scale; with xarray 2026.9 and rioxarray 0.19 pixels,
    coordinates, system and transform. To GDAL an overview is one more raster. The transform of an image that lies
    askew is in ``spatial_ref`` alone: GDAL 3.10 does not look there, rioxarray does.

    Memory is a few chunks and GDAL's cache, whatever the image.
    """
    zarr = require("zarr", "zarr")
    shape, place = _shape_and_place(layers)
    levels = list(pyramid(shape, place.transform))
    with whole_folder(target) as folder, writing(target):
        root = zarr.open_group(str(folder), mode="a", zarr_format=2)
        root.attrs.update(pyramid_attributes(levels, place.crs))
        for level in levels:
            group = root.create_group(str(level.number))
            _write_place(group, level, place.crs)
        for name, path in layers.items():
            _write_layer(root, levels, name, path, place)
        _consolidate(folder)


def _shape_and_place(layers: Mapping[str, Path]) -> tuple[tuple[int, int], Georeference]:
    """Return the shape and the place that all layers have."""
    shapes, places = {}, []
    for name, path in layers.items():
        with open_dataset(str(path)) as dataset:
            shapes[name] = dataset.shape
            places.append(read_georeference(dataset))
    if len(set(shapes.values())) != 1:
        raise InputError(f"layers must be of one shape, got {shapes}")
    return next(iter(shapes.values())), places[0] or Georeference()


def _write_place(group: Any, level: Level, crs: str | None) -> None:
    """Write the coordinates and the grid mapping of a level, as far as they are known."""
    for axis, centers in level.centers.items():
        _create(group, axis, centers.shape, centers.dtype, axis_attributes(axis, crs))[:] = centers
    if crs is not None or level.transform is not None:
        attributes = grid_mapping_attributes(crs, level.transform)
        _create(group, GRID_MAPPING, (), np.dtype(np.int32), attributes)[()] = 0


def _write_layer(root: Any, levels: list[Level], name: str, path: Path, place: Georeference) -> None:
    """Write one layer at full resolution, and each overview from the level before it."""
    with open_dataset(str(path)) as dataset:
        dtype, attributes = np.dtype(dataset.dtypes[0]), layer_attributes(place, dataset.scales[0])
        arrays = [
            _create(root[str(level.number)], name, level.shape, dtype, attributes, chunk=CHUNK, fill_value=0)
            for level in levels
        ]
        for row0, row1, col0, col1 in _chunks(levels[0].shape):
            with gdal_environment(), gdal_errors(f"cannot read {path}"):
                values = dataset.read(1, window=GdalWindow(col0, row0, col1 - col0, row1 - row0))
            arrays[0][row0:row1, col0:col1] = values
    for finer, coarser in pairwise(arrays):
        for row0, row1, col0, col1 in _chunks(coarser.shape):
            coarser[row0:row1, col0:col1] = finer[2 * row0 : 2 * row1, 2 * col0 : 2 * col1][::2, ::2]


def _create(
    group: Any,
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype,
    attributes: dict[str, Any],
    *,
    chunk: int | None = None,
    fill_value: int | None = None,
) -> Any:
    """Create an array in one chunk, or in chunks of one side."""
    return group.create_array(
        name,
        shape=shape,
        dtype=dtype,
        chunks=shape if chunk is None else (chunk,) * len(shape),
        compressors=_COMPRESSOR,
        fill_value=fill_value,
        attributes=attributes,
    )


def _consolidate(folder: Path) -> None:
    """Write all metadata into one file, sorted: zarr's own way follows the order of the file system."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob(".z*")}
    metadata = {name: json.loads(found[name].read_text(encoding="utf-8")) for name in sorted(found)}
    told = json.dumps({"metadata": metadata, "zarr_consolidated_format": 1}, indent=2)
    (folder / ".zmetadata").write_text(told, encoding="utf-8")


def _chunks(shape: tuple[int, int]) -> list[Window]:
    """Return the windows of the chunks of an image, row by row."""
    rows, cols = shape
    return [
        (row, min(row + CHUNK, rows), col, min(col + CHUNK, cols))
        for row in range(0, rows, CHUNK)
        for col in range(0, cols, CHUNK)
    ]
