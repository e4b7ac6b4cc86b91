"""An image layer of a viewer as an image to segment."""

from __future__ import annotations

from typing import Any

import numpy as np

from fallow.errors import InputError
from fallow.napari.layers import KEY
from fallow.raster import Source, open_source

MOST_PIXELS = 1 << 28  # of a layer that would be read whole


def image_of(layer: Any) -> tuple[Source, dict[str, Any] | None]:
    """Return the image that a layer shows, and where its pixels lie, if the image does not know it itself.

    The picture of a result stands for the image it was made of. Of other layers the values are taken as they are: two
    axes are one band, three are bands first; pictures lose what is transparent.

    Parameters
    ----------
    layer : napari.layers.Image

    Raises
    ------
    InputError
        If it has more axes, or is too large to be held in memory.
    """
    session, _ = layer.metadata.get(KEY, (None, ""))
    if session is not None and session.source is not None:
        return session.source, session.placing
    values = layer.data[0] if layer.multiscale else layer.data
    n_axes = len(values.shape) - bool(layer.rgb)
    if n_axes not in (2, 3):
        raise InputError(f"{layer.name} has {n_axes} axes; an image has two, or three with the bands first")
    if values.size > MOST_PIXELS:
        raise InputError(f"{layer.name} is too large to be read from its layer; segment its file with fallow segment")
    array = np.asarray(values)
    if n_axes == 3:
        array = np.moveaxis(array, 0, -1)
    is_seen = array[..., 3] > 0 if layer.rgb and array.shape[-1] == 4 else None
    source = open_source(array[..., :3] if layer.rgb else array, mask=is_seen)
    return source, {name: tuple(map(float, getattr(layer, name)[-2:])) for name in ("scale", "translate")}
