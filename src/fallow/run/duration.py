"""Read how long something may take."""

from __future__ import annotations

import re

from fallow.errors import InputError

UNITS_S = {"s": 1, "min": 60, "h": 3600}


def parse_seconds(text: str | float) -> float:
    """Read seconds, or a text such as "90s", "10min" or "1.5h".

    Raises
    ------
    InputError
        If it is no time above 0.

    >>> parse_seconds("10min"), parse_seconds(2)
    (600.0, 2.0)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h)?\s*", str(text))
    seconds = float(found[1]) * UNITS_S[found[2] or "s"] if found else 0.0
    if not seconds > 0:
        raise InputError(f'time must be above 0, as in "90s", "10min" or "2h", got {text!r}')
    return seconds
