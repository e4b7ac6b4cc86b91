"""Pictures as text that a page can hold: data URIs. Arrays in, text out."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

QUALITY = 85
MOST_PALETTE = 256


def jpeg_uri(picture: np.ndarray) -> str:
    """Return a picture (rows, cols, 3) uint8 as the data URI of a JPEG."""
    return _uri(Image.fromarray(np.ascontiguousarray(picture)), "JPEG", quality=QUALITY)


def labels_uri(labels: np.ndarray, colors: np.ndarray) -> str:
    """Return a map of labels as the data URI of a PNG.

    Parameters
    ----------
    labels : (rows, cols) integers, 0 to n - 1
    colors : (n, 4) uint8
        Red, green, blue and alpha of each label; up to 256 become a palette, more are written pixel by pixel.
    """
    if len(colors) > MOST_PALETTE:
        return _uri(Image.fromarray(colors[labels]), "PNG")
    image = Image.fromarray(labels.astype(np.uint8)).convert("P")
    image.putpalette(colors[:, :3].tobytes())
    return _uri(image, "PNG", transparency=colors[:, 3].tobytes(), optimize=True)


def _uri(image: Image.Image, format: str, **options: object) -> str:
    file = io.BytesIO()
    image.save(file, format=format, **options)
    return f"data:image/{format.lower()};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
