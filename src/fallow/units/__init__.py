"""What is classified: single pixels, or superpixels on their region graph."""

from __future__ import annotations

from collections.abc import Callable

from fallow.units.base import Unit, Wish
from fallow.units.pixel import PixelUnit
from fallow.units.region import RegionUnit

UNITS: dict[str, Callable[[Wish], Unit]] = {"region": RegionUnit, "pixel": PixelUnit}

__all__ = ["UNITS", "PixelUnit", "RegionUnit"]
