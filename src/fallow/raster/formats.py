"""Which files are images, by the ends of their names."""

from __future__ import annotations

import re

CUBES = (".npy", ".npz", ".mat")
PHOTOS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
RASTERS = (".tif", ".tiff", ".vrt", ".jp2", ".img", ".bsq", ".bil", ".bip", ".nc", ".h5", ".hdf", ".hdf5")
VECTORS = (".geojson", ".json", ".gpkg", ".shp", ".fgb", ".kml")
IMAGES = CUBES + PHOTOS + RASTERS

# What GDAL opens without a file of that name: DRIVER:"file":variable, /vsizip/..., https://...
GDAL_NAME = re.compile(r"/vsi|\w{2,}:")
