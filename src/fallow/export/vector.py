"""Polygons of regions or classes, in the vector formats of GDAL."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from fallow.errors import WriteError, check_choice
from fallow.export.attributes import Column, columns_of
from fallow.export.geopackage import store_style
from fallow.export.outlines import LAYERS, Outlines, outlines_of
from fallow.export.qgis import write_style

if TYPE_CHECKING:
    from fallow.result import Segmentation

# The same result gives the same bytes, so no file tells when it was written.
DATE, NO_DATE, NO_DAY = "OGR_CURRENT_DATE", "2000-01-01T00:00:00.000Z", "2000-01-01"
LAYER_OPTIONS: dict[str, dict[str, str]] = {
    "GPKG": {"GEOMETRY_NAME": "geom"},
    "GeoJSON": {"RFC7946": "YES", "COORDINATE_PRECISION": "10"},
    "ESRI Shapefile": {"DBF_DATE_LAST_UPDATE": NO_DAY, "ENCODING": "UTF-8"},
}
DATASET_OPTIONS = {"GPKG": {"VERSION": "1.2"}}  # all there is to say in it, and older programs warn of later ones
MOST_COLUMNS = 255
"""Of a Shapefile."""

_writing = threading.Lock()


def write(
    result: Segmentation,
    target: Path,
    *,
    driver: str,
    by: str = "region",
    to_crs: str | None = None,
    simplify: float | None = None,
    smooth: bool = False,
    min_area: str | float = 0,
) -> None:
    """Write one row a region, or one a class, and a style for QGIS beside.

    Parameters
    ----------
    driver : str
        GDAL's name of the format.
    by : "region" or "class"
    to_crs : str, optional
        Coordinate system, as in "EPSG:4326". Default: that of the raster.
    simplify : float, optional
        How far outlines may move, in pixels; 0 keeps pixels as they are. Default: as far as it takes that steps vanish.
    smooth : bool
        Round corners.
    min_area : number of pixels, or text such as "200m2" or "0.5ha"
        Smaller areas join the neighbour with which they share the longest border.
    """
    check_choice("by", by, LAYERS)
    outlines = outlines_of(result, by, simplify=simplify, smooth=smooth, min_area=min_area, to_crs=to_crs)
    columns = columns_of(result, by, outlines)
    _write(target, wkb_of(outlines), columns, outlines.crs, driver)
    style = write_style(result, target)
    if driver == "GPKG":
        store_style(target, style)


def write_geojson(
    result: Segmentation,
    target: Path,
    *,
    by: str = "region",
    simplify: float | None = None,
    smooth: bool = False,
    min_area: str | float = 0,
) -> None:
    """Write GeoJSON as `write` does: in WGS 84, as RFC 7946 wants it, or in pixels where the image has no place."""
    has_place = result.georeference and result.georeference.crs and result.georeference.transform
    to_crs = "OGC:CRS84" if has_place else None
    options: dict[str, Any] = {"by": by, "simplify": simplify, "smooth": smooth, "min_area": min_area}
    write(result, target, driver="GeoJSON", to_crs=to_crs, **options)


def wkb_of(outlines: Outlines) -> NDArray:
    """Return the multipolygons as well-known binary, (n,) bytes."""
    return np.concatenate([shapely.to_wkb(each) for each in outlines.geometries()])


def _write(target: Path, geometry: NDArray, columns: list[Column], crs: str | None, driver: str) -> None:
    if driver == "ESRI Shapefile":
        names = [column.short for column in columns[:MOST_COLUMNS]]
    else:
        names = [column.name for column in columns]
    values = [column.values for column in columns[: len(names)]]
    layer_options = {} if driver == "GeoJSON" and crs is None else LAYER_OPTIONS.get(driver)
    try:
        with _steady():
            pyogrio.raw.write(
                target,
                geometry,
                values,
                names,
                layer=target.stem,
                driver=driver,
                geometry_type="MultiPolygon",
                crs=crs,
                layer_options=layer_options,
                dataset_options=DATASET_OPTIONS.get(driver),
            )
    except (DataSourceError, DataLayerError) as error:
        raise WriteError(f"cannot write {target.name}: {error}") from error


@contextmanager
def _steady() -> Iterator[None]:
    """Have GDAL write a date that is always the same, and no warning of pixels that have no system.

    Both are settings of the whole process: one thread at a time.
    """
    with _writing, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided", category=UserWarning)
        before = pyogrio.get_gdal_config_option(DATE)
        pyogrio.set_gdal_config_options({DATE: NO_DATE})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({DATE: before})
