"""Ordinary pictures of 8 bits a channel: PNG, JPEG, WebP, BMP, GIF."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fallow.errors import FallowError, FileError
from fallow.raster.gdal import open_dataset
from fallow.raster.memory import as_image
from fallow.raster.orientation import OrientedView
from fallow.raster.raster import RasterSource
from fallow.raster.source import Header, Source
from fallow.raster.window import Window

if TYPE_CHECKING:
    from PIL.Image import Image

# Decoded whole up to here (200 MB of RGB); larger ones are left to GDAL, which reads by windows.
_MAX_PIXELS = 2**26
_ORIENTATION_TAG = 274
_BAND_NAMES = {"L": ("gray",), "LA": ("gray",), "RGB": ("red", "green", "blue"), "RGBA": ("red", "green", "blue")}


def open_photo(path: Path) -> Source:
    """Open a picture the way that suits it, upright as its EXIF orientation says.

    Georeferenced pictures (world file), 16-bit ones, and ones too large to decode at once are read by GDAL.

    Raises
    ------
    FileError
        If it is no picture.
    """
    try:
        raster = RasterSource(path)
    except FallowError:  # Pillow reads it, or says what is wrong in fewer words
        return PhotoSource(path).upright()
    if raster.georeference is not None:
        return raster
    if raster.shape[0] * raster.shape[1] > _MAX_PIXELS:
        return _upright(raster, _orientation_of_large(path))
    return PhotoSource(path).upright() if raster.dtype == np.uint8 else _upright(raster, _orientation(path))


class PhotoSource(Source):
    """A picture as it is stored, decoded whole by Pillow at the first read and kept until `close`.

    Palettes and CMYK become RGB, one-bit pictures 0 and 255; of an animation it is the first frame. An alpha of 0 is no
    data, and alpha is not a band.

    Raises
    ------
    FileError
        If it is no picture, or, when first read, if it is damaged.
    """

    def __init__(self, path: Path) -> None:
        with _pillow(path) as picture:
            self._mode, self._orientation = _plain_mode(picture), _orientation_of(picture)
            shape = (picture.height, picture.width)
        super().__init__(Header(path.stem, shape, np.dtype(np.uint8), _BAND_NAMES[self._mode], shape, path=path))
        self._path = path
        self._decoding = threading.Lock()
        self._pixels: NDArray[np.uint8] | None = None

    @property
    def spec(self) -> dict[str, Any]:
        return {"path": self._path}

    def upright(self) -> Source:
        """Return the picture as its EXIF orientation says."""
        return _upright(self, self._orientation)

    def close(self) -> None:
        self._pixels = None

    def _read(self, window: Window, bands: tuple[int, ...]) -> NDArray[np.float32]:
        row0, row1, col0, col1 = window
        pixels = self._decoded()[row0:row1, col0:col1]
        image = as_image(pixels, bands)
        if self._mode.endswith("A"):
            image[pixels[..., -1] == 0] = np.nan
        return image

    def _decoded(self) -> NDArray[np.uint8]:
        with self._decoding:
            if self._pixels is None:
                with _pillow(self._path) as picture:
                    pixels = np.asarray(picture.convert(self._mode))
                self._pixels = pixels.reshape(*pixels.shape[:2], -1)
            return self._pixels


def _upright(source: Source, orientation: int) -> Source:
    return OrientedView(source, orientation) if orientation in range(2, 9) else source


def _orientation(path: Path) -> int:
    with _pillow(path) as picture:
        return _orientation_of(picture)


def _orientation_of(picture: Image) -> int:
    from PIL import Image

    # A PNG is asked as any picture: its own method decodes all of it to look for what may stand at the end.
    return Image.Image.getexif(picture).get(_ORIENTATION_TAG, 1)


def _orientation_of_large(path: Path) -> int:
    """Ask GDAL, since Pillow refuses large pictures; it tells of JPEGs, the only large ones that come from cameras."""
    with open_dataset(str(path)) as dataset:
        return int(dataset.tags().get("EXIF_Orientation", 1))


def _plain_mode(picture: Image) -> str:
    """Choose the simplest Pillow mode that loses nothing."""
    mode = "L" if picture.mode in ("1", "L", "LA", "La") else "RGB"
    return mode + "A" if picture.has_transparency_data else mode


@contextmanager
def _pillow(path: Path) -> Iterator[Image]:
    """Open a picture with Pillow; whatever goes wrong with it is a `FileError`."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            yield picture
    # Pillow's decoders raise all of these on damaged files.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise FileError(f"cannot read {path}: {error}") from error
