"""Cloud Optimized GeoTIFF: a finished GeoTIFF with overviews, laid out to be read in parts over a network."""

from __future__ import annotations

from pathlib import Path

from rasterio.shutil import copy

from fallow.errors import WriteError
from fallow.raster.gdal import gdal_environment, gdal_errors, open_dataset
from fallow.raster.geotiff import is_complete
from fallow.raster.whole_file import whole_file

_OPTIONS = {
    "driver": "COG",
    "compress": "deflate",
    "predictor": "standard",
    "blocksize": 512,
    "overviews": "ignore_existing",
    "overview_resampling": "nearest",  # labels have no mean
    "bigtiff": "if_safer",
    "num_threads": "all_cpus",
}


def write_cog(source: Path, target: Path) -> None:
    """Make a Cloud Optimized GeoTIFF of a finished GeoTIFF; pixels, nodata, colours, scale, tags and place are kept.

    Choose it over the plain GeoTIFF when a result is too large to look at without overviews, or is served over HTTP.
    The same source gives the same bytes.

    Parameters
    ----------
    source
        A GeoTIFF that `GeoTiffSink` wrote.
    target
        Where to write; a file of that name is replaced once the new one is whole.

    Raises
    ------
    FileError
        If the source cannot be read, or the target's folder does not exist or cannot be written to.
    WriteError
        If the target cannot be written, most likely because the disk is full.

    Notes
    -----
    Overviews halve the image until it fits one tile of 512 x 512; they take pixels and average none. GDAL works tile
    by tile: memory is its cache and little more, whatever the image. Until the end the overviews take their space on
    disk twice.
    """
    failure = f"cannot write {target}, is the disk full?"
    with whole_file(target) as temporary, open_dataset(str(source)) as dataset:
        with gdal_environment(), gdal_errors(failure, WriteError):
            copy(dataset, str(temporary), **_OPTIONS)
        if not is_complete(temporary):
            raise WriteError(failure)
