"""What a Zarr group says about its pyramid and its place, in the words of each reader.

GDAL looks for ``_CRS`` and for ``x`` and ``y``; xarray for ``_ARRAY_DIMENSIONS``; rioxarray and CF readers for a grid
mapping variable; readers of GeoZarr for the conventions *multiscales*, *spatial* and *proj*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from fallow.raster.georeference import Georeference, Transform

CHUNK = 512
GRID_MAPPING = "spatial_ref"

_DIMENSIONS = ["y", "x"]
_CONVENTIONS = {
    "multiscales": "d35379db-88df-4056-af3a-620245f8e347",
    "spatial": "689b58e2-cf7b-45e0-9fff-9cfc0883d6b4",
    "geo-proj": "f17cb550-5864-4468-aeb7-f3180cfb622f",
}


@dataclass(frozen=True)
class Level:
    """One resolution of the pyramid.

    Attributes
    ----------
    number
        0 is full resolution, each next one half of that before.
    shape
        (rows, cols).
    transform
        As that of a `Georeference`; None for an image without place.
    """

    number: int
    shape: tuple[int, int]
    transform: Transform | None

    @property
    def centers(self) -> dict[str, NDArray]:
        """``y`` and ``x`` of the centres of rows and columns; empty where the image has no place or lies askew."""
        if self.transform is None or self.transform[1] or self.transform[3]:
            return {}
        a, _, c, _, e, f = self.transform
        rows, cols = self.shape
        return {"y": f + e * (np.arange(rows) + 0.5), "x": c + a * (np.arange(cols) + 0.5)}


def pyramid(shape: tuple[int, int], transform: Transform | None) -> Iterator[Level]:
    """Yield the levels of an image, each of every second row and column of that before, until one chunk holds it.

    >>> [level.shape for level in pyramid((1025, 300), None)]
    [(1025, 300), (513, 150), (257, 75)]
    """
    level = Level(0, shape, transform)
    yield level
    while max(level.shape) > CHUNK:
        if level.transform is not None:
            # A pixel of an overview covers two by two, so that all levels have the same corner.
            a, b, c, d, e, f = level.transform
            transform = (2 * a, 2 * b, c, 2 * d, 2 * e, f)
        level = Level(level.number + 1, (-(-level.shape[0] // 2), -(-level.shape[1] // 2)), transform)
        yield level


def pyramid_attributes(levels: list[Level], crs: str | None) -> dict[str, Any]:
    """Return the attributes of the group that holds the levels.

    References
    ----------
    https://github.com/zarr-conventions/multiscales, https://github.com/zarr-conventions/spatial and
    https://github.com/zarr-conventions/geo-proj, all version 1.
    """
    names = ["multiscales"]
    attributes: dict[str, Any] = {
        "multiscales": {"layout": [_layout_entry(level) for level in levels], "resampling_method": "nearest"}
    }
    if levels[0].transform is not None:
        names.append("spatial")
        attributes |= {"spatial:dimensions": _DIMENSIONS, "spatial:transform": list(levels[0].transform)}
    if crs is not None:
        names.append("geo-proj")
        attributes["proj:wkt2"] = _wkt2(crs)
    return {"zarr_conventions": [_convention(name) for name in names], **attributes}


def layer_attributes(place: Georeference, scale: float) -> dict[str, Any]:
    """Return the attributes of a layer; `scale` is what its integers are to be multiplied with."""
    attributes: dict[str, Any] = {"_ARRAY_DIMENSIONS": _DIMENSIONS}
    if place.crs is not None:
        attributes["_CRS"] = {"wkt": _wkt2(place.crs)}
    if place != Georeference():
        attributes["grid_mapping"] = GRID_MAPPING
    if scale != 1:
        attributes |= {"scale_factor": scale, "add_offset": 0.0}
    return attributes


def axis_attributes(axis: str, crs: str | None) -> dict[str, Any]:
    """Return the attributes of the coordinates ``x`` or ``y``, after the CF conventions."""
    attributes: dict[str, Any] = {"_ARRAY_DIMENSIONS": [axis], "axis": axis.upper()}
    if crs is None:
        return attributes
    system = CRS.from_wkt(crs)
    if system.is_geographic:
        name, units = {"x": ("longitude", "degrees_east"), "y": ("latitude", "degrees_north")}[axis]
    else:
        name, units = f"projection_{axis}_coordinate", system.linear_units.replace(" ", "_")
    return attributes | {"standard_name": name, "units": units}


def grid_mapping_attributes(crs: str | None, transform: Transform | None) -> dict[str, Any]:
    """Return the attributes of the variable that CF calls a grid mapping, as GDAL and rioxarray fill it."""
    attributes: dict[str, Any] = {"_ARRAY_DIMENSIONS": []}
    if crs is not None:
        attributes |= {"crs_wkt": _wkt2(crs), "spatial_ref": _wkt2(crs)}
    if transform is not None:
        a, b, c, d, e, f = transform
        attributes["GeoTransform"] = " ".join(repr(float(number)) for number in (c, a, b, f, d, e))
    return attributes


def _layout_entry(level: Level) -> dict[str, Any]:
    entry: dict[str, Any] = {"asset": str(level.number), "transform": {"scale": [1.0, 1.0]}}
    if level.number:
        entry |= {
            "derived_from": str(level.number - 1),
            "transform": {"scale": [2.0, 2.0], "translation": [0.0, 0.0]},
        }
    entry["spatial:shape"] = list(level.shape)
    if level.transform is not None:
        entry["spatial:transform"] = list(level.transform)
    return entry


def _convention(name: str) -> dict[str, str]:
    return {
        "uuid": _CONVENTIONS[name],
        "spec_url": f"https://github.com/zarr-conventions/{name}/blob/v1/README.md",
        "name": name.removeprefix("geo-"),
    }


def _wkt2(crs: str) -> str:
    return CRS.from_wkt(crs).to_wkt(version="WKT2_2019")
