"""Pixels on disk: images read by windows, results written by windows. Knows nothing of segmentation."""

from fallow.raster.cog import write_cog
from fallow.raster.find import find_images
from fallow.raster.georeference import Georeference
from fallow.raster.geotiff import GeoTiffSink, label_dtype, read_labels, read_thinned
from fallow.raster.memory import ArraySource
from fallow.raster.open import Image, open_images, open_source
from fallow.raster.png import write_jpeg, write_png
from fallow.raster.sink import ArraySink, Sink, smallest_dtype
from fallow.raster.source import Source
from fallow.raster.whole_file import whole_file
from fallow.raster.window import Window
from fallow.raster.zarr_group import write_zarr

__all__ = [
    "ArraySink",
    "ArraySource",
    "GeoTiffSink",
    "Georeference",
    "Image",
    "Sink",
    "Source",
    "Window",
    "find_images",
    "label_dtype",
    "open_images",
    "open_source",
    "read_labels",
    "read_thinned",
    "smallest_dtype",
    "whole_file",
    "write_cog",
    "write_jpeg",
    "write_png",
    "write_zarr",
]
