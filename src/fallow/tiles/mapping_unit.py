"""The minimum mapping unit: how small a region may be, in pixels or on the ground."""

from __future__ import annotations

import math
import re

from fallow.errors import InputError

SQUARE_METRES = {"m2": 1.0, "m²": 1.0, "ha": 1e4, "km2": 1e6, "km²": 1e6}


def min_area_pixels(min_area: int | float | str, pixel_area_m2: float | None) -> int:
    """Return the minimum mapping unit in pixels, rounded up; 0 and 1 mean that every pixel may stand alone.

    Parameters
    ----------
    min_area : number of pixels, or text such as ``"200m2"``, ``"0.5ha"``, ``"40px"``
    pixel_area_m2 : float or None
        Ground area of one pixel; None where the image does not tell.

    Raises
    ------
    InputError
        For a negative or unreadable value, or an area on the ground of an image without georeference.

    >>> min_area_pixels("0.5ha", 100.0)
    50
    """
    match = re.fullmatch(r"\s*([0-9.]+(?:e[0-9]+)?)\s*(px|m2|m²|ha|km2|km²)?\s*", str(min_area).lower())
    try:
        value, unit = float(match[1]), match[2]  # type: ignore[index]
        math.ceil(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f'min_area must be pixels or an area such as "200m2" or "0.5ha", got {min_area!r}') from None
    if unit in (None, "px"):
        return math.ceil(value)
    if pixel_area_m2 is None:
        raise InputError(f"min_area is {min_area}, but the image has no georeference; give it in pixels")
    return math.ceil(value * SQUARE_METRES[unit] / pixel_area_m2 - 1e-9)
