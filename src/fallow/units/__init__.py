"""What is classified: single pixels, or superpixels on their region graph."""

from __future__ import annotations

import importlib

from fallow.errors import check_choice
from fallow.units.base import Unit, Wish

UNITS = {"region": "fallow.units.region:RegionUnit", "pixel": "fallow.units.pixel:PixelUnit"}
"""Name -> ``module:Class``, imported when it is made."""


def make_unit(name: str, wish: Wish) -> Unit:
    """Make the unit of a name.

    Raises
    ------
    InputError
        For an unknown name, or an option that cannot be right.
    """
    module, class_name = UNITS[check_choice("unit", name, UNITS)].split(":")
    return getattr(importlib.import_module(module), class_name)(wish)


__all__ = ["UNITS", "Unit", "Wish", "make_unit"]
