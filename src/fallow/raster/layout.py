"""What a GDAL dataset says about itself: which bands are pixels, which are masks, and how they are called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window as GdalWindow

from fallow.errors import InputError
from fallow.raster.georeference import Georeference
from fallow.raster.source import Header

_PALETTE_NAMES = ("red", "green", "blue")
_UNNAMED = (ColorInterp.undefined, ColorInterp.palette, ColorInterp.alpha)
_NANOMETRES = {"nanometers": 1.0, "nm": 1.0, "micrometers": 1000.0, "um": 1000.0, "µm": 1000.0}


@dataclass(frozen=True)
class Layout:
    """How to read a dataset as an image.

    Attributes
    ----------
    where
        The name under which GDAL opens it.
    indexes
        The file's number of each band of the image, from 1.
    alpha
        The number of the alpha band, if there is one.
    nodata
        float32 (bands,), NaN for a band that has none; None when no pixel can be recognised by its value.
    has_mask
        Whether the file carries a mask beside its bands.
    palette
        uint8 (entries, 4), red, green, blue, alpha of each value of a single band; None without a colour table.
    """

    header: Header
    where: str
    indexes: tuple[int, ...]
    alpha: int | None
    nodata: NDArray[np.float32] | None
    has_mask: bool
    palette: NDArray[np.uint8] | None

    @property
    def is_whole(self) -> bool:
        """Say whether every pixel has data, as far as the file tells, and its values are the image's."""
        return self.alpha is None and self.nodata is None and not self.has_mask and self.palette is None


def read_layout(dataset: Any) -> Layout:
    """Read the layout of an open rasterio dataset.

    Raises
    ------
    InputError
        If its values are complex.
    """
    where = dataset.name
    dtype = np.result_type(*dataset.dtypes)
    if dtype.kind == "c":
        raise InputError(f"{where} holds complex values; write its magnitude or its parts as real bands first")
    alpha = _alpha(dataset)
    indexes = tuple(index for index in dataset.indexes if index != alpha)
    palette = _palette(dataset, indexes)
    path = Path(where)
    header = Header(
        name=_name(where),
        shape=dataset.shape,
        dtype=np.dtype(np.uint8) if palette is not None else dtype,
        band_names=_PALETTE_NAMES if palette is not None else _band_names(dataset, indexes),
        block_shape=dataset.block_shapes[0],
        wavelengths=_wavelengths(dataset, indexes),
        georeference=read_georeference(dataset),
        path=path if path.exists() else None,
    )
    flags = dataset.mask_flag_enums[indexes[0] - 1]
    has_mask = MaskFlags.alpha not in flags and (not flags or MaskFlags.per_dataset in flags)
    return Layout(header, where, indexes, alpha, _nodata(dataset, indexes, dtype), has_mask, palette)


def _alpha(dataset: Any) -> int | None:
    """Return the number of the alpha band.

    GDAL calls the fourth band of any uint8 GeoTIFF alpha unless the writer objects, so near infrared often poses as
    alpha. Transparency is on or off nearly everywhere: when most of the block in the middle is neither, it is data.
    """
    if dataset.count == 1 or ColorInterp.alpha not in dataset.colorinterp:
        return None
    index = dataset.colorinterp.index(ColorInterp.alpha) + 1
    if dataset.driver not in ("GTiff", "VRT"):
        return index
    rows, cols = dataset.block_shapes[index - 1]
    row, col = dataset.height // 2 // rows * rows, dataset.width // 2 // cols * cols
    part = GdalWindow(col, row, min(cols, dataset.width - col), min(rows, dataset.height - row))
    values = dataset.read(index, window=part)
    opaque = np.iinfo(values.dtype).max if values.dtype.kind in "ui" else values.max()
    between = np.count_nonzero((values > 0) & (values < opaque))
    return index if between <= values.size // 2 else None


def _palette(dataset: Any, indexes: tuple[int, ...]) -> NDArray[np.uint8] | None:
    if len(indexes) > 1 or dataset.colorinterp[indexes[0] - 1] != ColorInterp.palette:
        return None
    colors = dataset.colormap(indexes[0])
    palette = np.zeros((np.iinfo(dataset.dtypes[indexes[0] - 1]).max + 1, 4), np.uint8)
    palette[list(colors)] = list(colors.values())
    return palette


def _nodata(dataset: Any, indexes: tuple[int, ...], dtype: np.dtype) -> NDArray[np.float32] | None:
    values = [dataset.nodatavals[index - 1] for index in indexes]
    if dtype.kind != "f" and all(value is None for value in values):
        return None
    with np.errstate(over="ignore"):  # the lowest float64 becomes -inf, which is no data anyway
        return np.array([np.nan if value is None else value for value in values]).astype(np.float32)


def _band_names(dataset: Any, indexes: tuple[int, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for number, index in enumerate(indexes, 1):
        color = dataset.colorinterp[index - 1]
        # GDAL calls the first of several undescribed bands gray, which then says nothing.
        is_said = color not in _UNNAMED and (color != ColorInterp.gray or len(indexes) == 1)
        name = dataset.descriptions[index - 1] or (color.name.lower() if is_said else f"band {number}")
        names.append(f"{name} {number}" if name in names else name)
    return tuple(names)


def _wavelengths(dataset: Any, indexes: tuple[int, ...]) -> tuple[float, ...] | None:
    found = [_wavelength(dataset, index) for index in indexes]
    known = tuple(value for value in found if value is not None)
    return known if len(known) == len(found) else None


def _wavelength(dataset: Any, index: int) -> float | None:
    """Return the band's centre in nanometres, from GDAL's own item (since 3.10) or from the ENVI header's."""
    try:
        micrometres = dataset.tags(index, ns="IMAGERY").get("CENTRAL_WAVELENGTH_UM")
        if micrometres is not None:
            return float(micrometres) * 1000
        tags = dataset.tags(index)
        return float(tags["wavelength"]) * _NANOMETRES[tags["wavelength_units"].lower()]
    except (KeyError, ValueError):
        return None


def read_georeference(dataset: Any) -> Georeference | None:
    """Return where the image lies, or None for one that lies nowhere."""
    crs = dataset.crs.to_wkt() if dataset.crs else None
    transform = None if dataset.transform.is_identity else tuple(dataset.transform)[:6]
    return None if crs is None and transform is None else Georeference(crs, transform)


def _name(where: str) -> str:
    """Name a dataset after its file, or after the last part of a name like ``NETCDF:"scene.nc":ndvi``."""
    return Path(where.replace('"', "").replace(":", "/")).stem
