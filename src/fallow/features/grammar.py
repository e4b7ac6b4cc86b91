"""How families and reductions are written: ``"color,space=hsv,texture,weight=0.5"``."""

from __future__ import annotations

from typing import Any

from fallow.errors import InputError

Term = tuple[str, dict[str, Any]]


def read_terms(text: str) -> list[Term]:
    """Split a text at its commas; a part with "=" is an option of the name before it.

    Raises
    ------
    InputError
        When an option stands first, a name is empty, or an option has no value.

    >>> read_terms("color,space=hsv,sigma=1.5,texture")
    [('color', {'space': 'hsv', 'sigma': 1.5}), ('texture', {})]
    """
    terms: list[Term] = []
    for part in text.split(","):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not name or (equals and not value):
            raise InputError(f'expected names and name=value options between commas, got "{part.strip()}" in "{text}"')
        if not equals:
            terms.append((name, {}))
        elif not terms:
            raise InputError(f'the option "{part.strip()}" must follow the name it belongs to, got "{text}"')
        else:
            terms[-1][1][name] = read_value(value)
    return terms


def write_term(name: str, options: dict[str, Any]) -> str:
    """Write one name with its options, so that `read_terms` gives them back.

    >>> write_term("color", {"space": "hsv", "sigma": 1.5})
    'color,space=hsv,sigma=1.5'
    """
    return ",".join([name, *(f"{key}={value}" for key, value in options.items())])


def read_value(text: str) -> int | float | bool | str:
    """Read a value as the plainest type that fits.

    >>> [read_value(text) for text in ("3", "0.5", "true", "hsv")]
    [3, 0.5, True, 'hsv']
    """
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
