"""The one door to pixels: a path, an array or a source goes in, a source comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from fallow.errors import FileError, InputError
from fallow.raster.bands import Bands, parse_bands
from fallow.raster.cube import CubeSource
from fallow.raster.find import find_images, missing_file
from fallow.raster.formats import CUBES, GDAL_NAME, PHOTOS, VECTORS
from fallow.raster.mask import MaskView, PolygonView
from fallow.raster.memory import ArraySource
from fallow.raster.photo import open_photo
from fallow.raster.raster import RasterSource
from fallow.raster.source import Source
from fallow.raster.view import BandsView, CropView, NodataView

Image = str | Path | ArrayLike | Source
INPUT_OPTIONS = ("bands", "drop_bands", "nodata", "mask", "window", "variable")
"""What `open_source` can be told beside where the image is."""


def open_source(
    where: Image,
    *,
    bands: Bands | None = None,
    drop_bands: Bands | None = None,
    nodata: float | None = None,
    mask: Image | None = None,
    window: Sequence[int] | None = None,
    variable: str | None = None,
) -> Source:
    """Open an image, and look at it through the options.

    Parameters
    ----------
    where
        A file, a name that GDAL knows (``NETCDF:"scene.nc":ndvi``), an array ``(rows, cols[, bands])``, or a source.
    bands
        The bands to use: numbers from 1, names, ranges; see `parse_bands`. Default: all.
    drop_bands
        Bands to leave out, in the same manner and with the same numbers. A pixel without data in bands that are not
        used is no loss.
    nodata
        One more value that means no data, in any band.
    mask
        Keep only what is above 0 in this raster or array, or inside the polygons of this vector file. It belongs to the
        whole image, before `window`.
    window
        (row0, row1, col0, col1), half-open: use only this part.
    variable
        Which array of a .mat or .npz file, or which variable of an HDF or NetCDF file.

    Raises
    ------
    FileError
        If a file is missing or cannot be read.
    InputError
        If what is in it is no image, or an option does not fit it.

    >>> import numpy as np
    >>> open_source(np.zeros((4, 6, 3), np.uint8), bands="1,blue", window=(0, 2, 0, 6))
    <CropView image: 2 x 6, 2 bands of uint8>
    """
    source = _open(where, variable)
    if bands is not None or drop_bands is not None:
        source = BandsView(source, _chosen(source, bands, drop_bands))
    if nodata is not None:
        source = NodataView(source, nodata)
    if mask is not None:
        source = _masked(source, mask)
    if window is not None:
        source = CropView(source, window)
    return source


def open_images(images: Any, **options: Any) -> list[Source]:
    """Open what paths, folders and patterns stand for, and arrays and sources, one or many; options as `open_source`.

    Raises
    ------
    FileError, InputError
        As `find_images` and `open_source` do.
    """
    several = images if isinstance(images, list | tuple) else [images]
    found = [one for each in several for one in (find_images([each]) if isinstance(each, str | Path) else [each])]
    return [open_source(image, **options) for image in found]


def _chosen(source: Source, bands: Bands | None, drop_bands: Bands | None) -> list[int]:
    """Return the numbers of the bands to use."""
    kept = parse_bands(bands, source.band_names) if bands is not None else range(source.n_bands)
    dropped = parse_bands(drop_bands, source.band_names) if drop_bands is not None else ()
    numbers = [position + 1 for position in kept if position not in dropped]
    if not numbers:
        raise InputError(f"drop_bands leaves no band of {source.name}, got {drop_bands!r}")
    return numbers


def _open(where: Image, variable: str | None) -> Source:
    if isinstance(where, Source):
        source = where
    elif not isinstance(where, str | Path):
        source = ArraySource(where)
    else:
        return _open_file(Path(where), str(where), variable)
    if variable is not None:
        raise InputError(f"variable is for files that hold several arrays, got {variable!r} for {source.name}")
    return source


def _open_file(path: Path, where: str, variable: str | None) -> Source:
    """Choose the reader by the file's suffix; GDAL looks into what is left."""
    if path.is_dir():
        raise FileError(f"{path} is a folder, expected an image file")
    if not path.exists():
        if GDAL_NAME.match(where):
            return RasterSource(where, variable)
        raise missing_file(path)
    suffix = path.suffix.lower()
    if suffix in CUBES:
        return CubeSource(path, variable)
    if suffix in PHOTOS and variable is None:
        return open_photo(path)
    return RasterSource(path, variable)


def _masked(source: Source, mask: Image) -> Source:
    if isinstance(mask, str | Path) and Path(mask).suffix.lower() in VECTORS:
        if not Path(mask).exists():
            raise missing_file(Path(mask))
        return PolygonView(source, Path(mask))
    return MaskView(source, _open(mask, None))
