"""Which bands are meant: numbers from 1, names, ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fallow.errors import InputError, nearest

Bands = str | int | Sequence[int | str]

_LISTED = 12


def parse_bands(bands: Bands, names: Sequence[str]) -> tuple[int, ...]:
    """Turn what a user calls bands into positions, in the order given.

    Parameters
    ----------
    bands
        A number (from 1), a name (case does not matter), a sequence of those, or a text such as ``"1-3,7,nir"``. In a
        text, what could be either is a name: the "8" of a Sentinel-2 scene whose bands are so called.
    names
        The image's band names.

    Returns
    -------
    Positions from 0.

    Raises
    ------
    InputError
        If a band does not exist, is given twice, or none is given; the message lists the bands.

    >>> parse_bands("2-3,nir", ["red", "green", "blue", "nir"])
    (1, 2, 3)
    """
    if isinstance(bands, str):
        bands = [part.strip() for part in bands.split(",")]
    elif isinstance(bands, int):
        bands = [bands]
    found = [position for band in bands for position in _positions(band, names)]
    if not found or len(set(found)) < len(found):
        raise InputError(f"bands must name at least one band, and none twice, got {bands!r}")
    return tuple(found)


def _positions(band: int | str, names: Sequence[str]) -> list[int]:
    lower = [name.lower() for name in names]
    text = str(band)
    if isinstance(band, str) and text.lower() in lower:
        return [lower.index(text.lower())]
    span = re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", text)
    if span:
        first, last = int(span[1]), int(span[2] or span[1])
        if 1 <= first <= last <= len(names):
            return list(range(first - 1, last))
    listed = ", ".join(f"{number} {name}" for number, name in enumerate(names[:_LISTED], 1))
    more = f", ... {len(names)} {names[-1]}" if len(names) > _LISTED else ""
    hint = "" if text[:1].isdigit() else nearest(text, lower)
    raise InputError(f"there is no band {text!r}; the image has {listed}{more}{hint}")
