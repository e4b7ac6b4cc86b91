"""Which band is which: roles such as red or near infrared, found by name or by wavelength."""

from __future__ import annotations

import re

from fallow.features.base import Bands

# Names as they are written in files, lower case and without spaces or signs.
NAMES = {
    "blue": ("blue", "b"),
    "green": ("green", "g"),
    "red": ("red", "r"),
    "rededge": ("rededge", "rededge1", "re"),
    "nir": ("nir", "nir08", "nearinfrared", "nearir", "infrared"),
    "swir1": ("swir1", "swir16", "swir", "shortwaveinfrared1"),
    "swir2": ("swir2", "swir22", "shortwaveinfrared2"),
}

# Names of two missions that nothing else uses: Sentinel-2 writes B04 and B8A, Landsat 8 and 9 level 2 writes SR_B4.
CODES = {
    "b02": "blue", "b03": "green", "b04": "red", "b05": "rededge", "b08": "nir", "b11": "swir1", "b12": "swir2",
    "srb2": "blue", "srb3": "green", "srb4": "red", "srb5": "nir", "srb6": "swir1", "srb7": "swir2",
}  # fmt: skip

# Range of each role in nanometres and the wavelength that stands for it best.
WAVELENGTHS = {
    "blue": (450, 515, 485),
    "green": (515, 600, 555),
    "red": (620, 690, 660),
    "rededge": (695, 745, 710),
    "nir": (760, 900, 842),
    "swir1": (1550, 1750, 1610),
    "swir2": (2080, 2350, 2200),
}


def find_roles(bands: Bands) -> dict[str, int]:
    """Return the band (from 0) of each role that the names or, where they are silent, the wavelengths tell.

    >>> find_roles(Bands(3, ("Red", "Near Infrared", "B03")))
    {'red': 0, 'nir': 1, 'green': 2}
    >>> find_roles(Bands(2, wavelengths=(850.0, 661.0)))
    {'red': 1, 'nir': 0}
    """
    found: dict[str, int] = {}
    for number, name in enumerate(bands.names):
        role = _role_of(name)
        if role:
            found.setdefault(role, number)
    for role, (low, high, best) in WAVELENGTHS.items():
        near = [(abs(nm - best), number) for number, nm in enumerate(bands.wavelengths or ()) if low <= nm <= high]
        if near and role not in found:
            found[role] = min(near)[1]
    return found


def rgb_bands(bands: Bands) -> tuple[int, int, int]:
    """Return the bands to see as red, green and blue: by role, else the first three of at least three."""
    roles = find_roles(bands)
    if {"red", "green", "blue"} <= roles.keys():
        return roles["red"], roles["green"], roles["blue"]
    return 0, 1, 2


def _role_of(name: str) -> str | None:
    """Read one name, as a whole first ("Red Edge"), then by its parts ("B4 - red")."""
    joined = "".join(re.findall("[a-z0-9]+", name.lower()))
    for role, names in NAMES.items():
        if joined in names or CODES.get(joined) == role:
            return role
    parts = {part for part in re.findall("[a-z0-9]+", name.lower()) if len(part) > 2}
    if parts & {"edge", "infrared"}:  # "red edge 3" is not red, "thermal infrared" not near infrared
        return None
    told = {role for role, names in NAMES.items() if parts & set(names)} | {
        CODES[part] for part in parts & CODES.keys()
    }
    return told.pop() if len(told) == 1 else None
