"""Polygons as GeoParquet: rows by columns, for analysis of many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from rasterio.crs import CRS

from fallow.errors import check_choice
from fallow.export.attributes import columns_of
from fallow.export.outlines import LAYERS, outlines_of
from fallow.export.qgis import write_style
from fallow.export.vector import wkb_of

if TYPE_CHECKING:
    from fallow.result import Segmentation


def write(
    result: Segmentation,
    target: Path,
    *,
    by: str = "region",
    to_crs: str | None = None,
    simplify: float | None = None,
    smooth: bool = False,
    min_area: str | float = 0,
) -> None:
    """Write as `fallow.export.vector.write` does, after GeoParquet 1.1.0 (geoparquet.org)."""
    import pyarrow
    from pyarrow import parquet

    check_choice("by", by, LAYERS)
    outlines = outlines_of(result, by, simplify=simplify, smooth=smooth, min_area=min_area, to_crs=to_crs)
    geometry = wkb_of(outlines)
    columns = {each.name: pyarrow.array(each.values) for each in columns_of(result, by, outlines)}
    table = pyarrow.table(columns | {"geometry": pyarrow.array(geometry, pyarrow.binary())})
    crs = None if outlines.crs is None else CRS.from_wkt(outlines.crs).to_dict(projjson=True)
    bounds = np.array([shapely.total_bounds(each) for each in outlines.geometries()])
    told = {
        "encoding": "WKB",
        "geometry_types": ["MultiPolygon"],
        "crs": crs,
        "bbox": [*bounds[:, :2].min(axis=0).tolist(), *bounds[:, 2:].max(axis=0).tolist()],
    }
    about = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": told}}
    parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), target, compression="zstd")
    write_style(result, target)
