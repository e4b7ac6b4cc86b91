"""Polygons of regions or classes, in the vector formats of GDAL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyogrio
import shapely
from rasterio import Affine
from rasterio.features import shapes

from fallow.errors import check_choice

if TYPE_CHECKING:
    from fallow.result import Segmentation


def write(result: Segmentation, target: Path, *, driver: str, by: str = "region") -> None:
    """Write one row a region or a class."""
    check_choice("by", by, ("region", "class"))
    labels = result.regions if by == "region" else result.classes
    place = result.georeference
    affine = Affine(*place.transform) if place and place.transform else Affine.identity()
    found = [(shapely.geometry.shape(each), value) for each, value in shapes(labels, labels > 0, transform=affine)]
    values = np.array([value for _, value in found], np.int64)
    crs = place.crs if place else None
    geometry = np.array([shapely.to_wkb(each) for each, _ in found], object)
    pyogrio.raw.write(target, geometry, [values], [by], geometry_type="Polygon", crs=crs, driver=driver)
