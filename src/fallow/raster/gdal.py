"""GDAL as Fallow uses it: a bounded cache, no half-read pictures, and errors that name the file."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from fallow.errors import FileError

# GDAL takes 5 % of the machine's memory unless told; this holds a row of blocks of a mosaic 30,000 pixels wide.
_CACHE_BYTES = 128 * 2**20

# rasterio lets some of GDAL's own errors through, closing a file above all.
GDAL_ERRORS = (RasterioError, CPLE_BaseError)

_opening = threading.Lock()
_here = threading.local()


@contextmanager
def gdal_environment() -> Iterator[None]:
    """Hold the settings for everything that reads or writes through GDAL; inside itself, in one thread, it is free."""
    if getattr(_here, "is_set", False):
        yield
        return
    with rasterio.Env(
        GDAL_CACHEMAX=_CACHE_BYTES,
        GDAL_ERROR_ON_LIBJPEG_WARNING=True,  # a JPEG that ends early is an error, not a picture half grey
        GDAL_PNG_WHOLE_IMAGE_OPTIM=False,  # GDAL's short cut for PNG does not notice a file that ends early
        GDAL_ALLOW_LARGE_LIBJPEG_MEM_ALLOC=True,  # large progressive JPEGs
        GDAL_HTTP_MAX_RETRY=3,  # a server that is busy for a moment ends no run of hours
        GDAL_HTTP_RETRY_DELAY=0.5,  # seconds, then about twice as long each time
    ):
        _here.is_set = True
        try:
            yield
        finally:
            _here.is_set = False


def open_dataset(where: str, mode: str = "r", **profile: Any) -> Any:
    """Open a dataset with rasterio, without its warning about images that have no georeference.

    Raises
    ------
    FileError
        If GDAL cannot open it.
    """
    # The filters of `warnings` belong to the whole process: one thread at a time may change them.
    with gdal_errors(f"cannot open {where}"), gdal_environment(), _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(where, mode, **profile)


@contextmanager
def gdal_errors(doing: str, kind: type[FileError] = FileError) -> Iterator[None]:
    """Turn GDAL's errors into a `FileError`, or a `kind` of it, that starts with `doing`."""
    try:
        yield
    except GDAL_ERRORS as error:
        # rasterio says "see previous exception for details": that one is the reason.
        raise kind(f"{doing}: {error.__cause__ or error}") from error
