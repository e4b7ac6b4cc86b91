"""PNG and JPEG pictures, written whole."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError, writing
from fallow.raster.sink import fitted, smallest_dtype
from fallow.raster.whole_file import whole_file
from fallow.raster.window import whole

_LABELS_16, _LABELS_24 = 2**16, 2**24


def write_png(path: str | Path, image: NDArray, *, colors: Mapping[int, tuple[int, int, int]] | None = None) -> None:
    """Write a picture or a map of labels.

    Parameters
    ----------
    image
        uint8 (rows, cols, 3 or 4) as colours; or labels (rows, cols), integers from 0, stored in 8 or 16 bits if they
        fit, else as ``red + 256 green + 65536 blue``, the way of COCO's panoptic maps.
    colors
        Label -> (red, green, blue), 0 to 255, shown while the labels fit 8 bits; a label without a colour is black.

    Raises
    ------
    InputError
        If a PNG cannot hold the array.
    FileError
        If the file cannot be written.
    """
    from PIL import Image

    path = Path(path)
    if image.ndim == 2:
        image = _packed(image)
    elif image.dtype != np.uint8 or image.shape[2:] not in ((3,), (4,)):
        raise InputError(f"a PNG takes colours as uint8 (rows, cols, 3 or 4), got {image.dtype} {image.shape}")
    if image.ndim == 3:
        with whole_file(path) as temporary, writing(path):
            temporary.write_bytes(_encoded(image))
        return
    picture = Image.fromarray(np.ascontiguousarray(image))
    if colors and picture.mode == "L":
        palette = np.zeros((256, 3), np.uint8)
        for label, color in colors.items():
            if label < len(palette):
                palette[label] = color
        picture.putpalette(palette.tobytes())
    with whole_file(path) as temporary, writing(path):
        picture.save(temporary, format="PNG", compress_level=1, compress_type=zlib.Z_RLE)


def write_jpeg(path: str | Path, picture: NDArray[np.uint8], *, quality: int = 90) -> None:
    """Write a picture (rows, cols, 3) uint8 to look at, in a tenth of what a PNG takes.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    from PIL import Image

    path = Path(path)
    with whole_file(path) as temporary, writing(path):
        Image.fromarray(np.ascontiguousarray(picture)).save(temporary, format="JPEG", quality=quality, subsampling=0)


def _encoded(image: NDArray[np.uint8]) -> bytes:
    """Compress colours with OpenCV, twice as fast as Pillow."""
    import cv2

    swap = cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    return cv2.imencode(".png", cv2.cvtColor(np.ascontiguousarray(image), swap))[1].tobytes()


def _packed(labels: NDArray) -> NDArray:
    """Return labels in the smallest form that a PNG has for them."""
    top = int(labels.max(initial=0))
    if top < _LABELS_16:
        return fitted(labels, whole(labels.shape), smallest_dtype(top))
    if top >= _LABELS_24:
        raise InputError(f"a PNG holds labels below {_LABELS_24}, got {top}; write a GeoTIFF instead")
    packed = np.ascontiguousarray(fitted(labels, whole(labels.shape), np.dtype("<u4")))
    return packed.view(np.uint8).reshape(*labels.shape, 4)[..., :3]
