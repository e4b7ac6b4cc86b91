"""One line of a recipe of edits: which there are, what each says, and how it is written."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from fallow.errors import InputError, nearest
from fallow.render.palette import from_hex

Line = dict[str, Any]

MOST_PARTS, MOST_NAME, MOST_LABEL = 50, 200, 65_535

# What each edit says: (what it must, what it may), one pair a form of it.
FORMS: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "name": ((("class", "name"), ()),),
    "recolor": ((("class", "color"), ()),),
    "add": ((("class",), ("name", "color")),),
    "merge": ((("classes",), ()), (("regions",), ())),
    "split": ((("class",), ("parts", "centers")), (("region",), ("parts",))),
    "assign": ((("regions", "class"), ()),),
    "drop": ((("class",), ()), (("regions",), ())),
    "scale": ((("n_regions",), ("min_area",)), (("factor",), ("min_area",)), (("height",), ("min_area",))),
    "classes": ((("n",), ()),),
}
OF_ONE_IMAGE = ("regions", "region", "n_regions", "factor", "height")  # what such a field says is of no other image


def check_line(line: Any) -> Line:
    """Return a line whose fields are those of an edit, in the order of its form.

    Raises
    ------
    InputError
        If there is no such edit, a field is missing, unknown or of the wrong kind.
    """
    if not isinstance(line, Mapping) or not isinstance(line.get("do"), str):
        raise InputError(f'an edit says what to do, as in {{do = "name", class = 3, name = "wheat"}}, got {line!r}')
    do = line["do"]
    if do not in FORMS:
        raise InputError(f"there is no edit {do!r}{nearest(do, FORMS)}; there are {', '.join(FORMS)}")
    must, may = _form(do, line)
    unknown = [name for name in line if name not in ("do", *must, *may)]
    if unknown:
        raise InputError(f"{do} has no {unknown[0]!r}{nearest(unknown[0], (*must, *may))}")
    return {"do": do} | {name: CHECKS[name](name, line[name]) for name in (*must, *may) if name in line}


def _form(do: str, line: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    fitting = [(must, may) for must, may in FORMS[do] if all(name in line for name in must)]
    if not fitting:
        raise InputError(f"{do} needs {' or '.join(' and '.join(must) for must, _ in FORMS[do])}")
    if len(fitting) > 1:
        raise InputError(f"{do} takes only one of {', '.join(must[0] for must, _ in fitting)}")
    return fitting[0]


def is_of_one_image(line: Line) -> bool:
    """Say whether a line means nothing in another image of the same model: it names regions or their scale."""
    return any(name in line for name in OF_ONE_IMAGE)


def write_line(line: Line) -> str:
    """Write a line as a TOML inline table.

    >>> write_line({"do": "merge", "classes": [2, 5]})
    '{do = "merge", classes = [2, 5]}'
    """
    return "{" + ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in line.items()) + "}"


def _whole(least: int, most: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InputError(f"{name} must be a whole number from {least} to {most}, got {value!r}")
        return value

    return check


def _number(least: float) -> Callable[[str, Any], float]:
    def check(name: str, value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or value < least:
            raise InputError(f"{name} must be a number of at least {least:g}, got {value!r}")
        return float(value)

    return check


def _several(least: int, most: int = MOST_LABEL) -> Callable[[str, Any], list[int]]:
    def check(name: str, value: Any) -> list[int]:
        if not isinstance(value, list) or len(value) < least:
            raise InputError(f"{name} must be a list of {least} or more numbers, got {value!r}")
        numbers = [_whole(1, most)(name, each) for each in value]
        if len(set(numbers)) < len(numbers):
            raise InputError(f"{name} names one twice: {value}")
        return numbers

    return check


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_NAME or not value.isprintable():
        raise InputError(f"{name} must be a text of 1 to {MOST_NAME} printable characters, got {value!r}")
    return value.strip()


def _color(_: str, value: Any) -> str:
    from_hex(str(value))
    return str(value).lower()


def _centers(name: str, value: Any) -> list[list[float]]:
    is_table = isinstance(value, list) and len(value) >= 2 and all(isinstance(each, list) and each for each in value)
    if not is_table or len({len(each) for each in value}) > 1:
        raise InputError(f"{name} must be two or more lists of as many numbers each")
    return [[_number(-1e17)(name, number) for number in each] for each in value]


MOST_REGIONS = 2**31 - 1
CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "class": _whole(1, MOST_LABEL),
    "classes": _several(2),
    "region": _whole(1, MOST_REGIONS),
    "regions": _several(1, MOST_REGIONS),
    "name": _text,
    "color": _color,
    "parts": _whole(2, MOST_PARTS),
    "centers": _centers,
    "n_regions": _whole(1, MOST_REGIONS),
    "factor": _number(1e-6),
    "height": _number(0.0),
    "min_area": _whole(0, MOST_REGIONS),
    "n": _whole(2, MOST_PARTS),
}
