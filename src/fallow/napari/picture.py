"""The image as it is shown: its own pixels, where they are still there; else the small picture of the result."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fallow.napari.pyramid import levels_of
from fallow.napari.session import Session
from fallow.raster import Source, Window
from fallow.render.stretch import choose_rgb, limits, stretch_to
from fallow.tiles.thumbnail import thumbnail_step

Ends = tuple[NDArray[np.float32], NDArray[np.float32]]

WINDOWS, WINDOW = 4, 256  # what is looked at to stretch: so many by so many windows of so many pixels a side


def picture_levels(session: Session) -> tuple[Any, int]:
    """Return the picture of a result as a layer (rows, cols, 3) uint8, and the pixels a side of one of its cells."""
    result, step = session.result, thumbnail_step(session.result.shape)
    small = result.picture()
    if session.source is None or step == 1:
        return small, step
    bands = choose_rgb(session.source.band_names, session.source.wavelengths)
    read = partial(_read, session.source, bands, _ends(session.source, bands))
    return levels_of(read, result.shape, small, step), 1


def _ends(source: Source, bands: tuple[int, int, int]) -> Ends:
    """Find what is black and what is white, from windows spread over the image."""
    rows, cols = source.shape
    places = [(row, col) for row in _spread(rows) for col in _spread(cols)]
    parts = [source.read((row, row + WINDOW, col, col + WINDOW), bands)[::2, ::2] for row, col in places]
    return limits(np.concatenate([part.reshape(-1, 3) for part in parts]), is_8bit=source.dtype == np.uint8)


def _spread(side: int) -> list[int]:
    return sorted({max(0, (side - WINDOW) * number // (WINDOWS - 1)) for number in range(WINDOWS)})


def _read(source: Source, bands: tuple[int, int, int], ends: Ends, window: Window | None) -> NDArray[np.uint8]:
    return stretch_to(source.read(window, bands), *ends)
