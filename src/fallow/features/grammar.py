"""How families and reductions are written: ``"color,space=hsv,texture,weight=0.5"``."""

from __future__ import annotations

import os
import re
from typing import Any

from fallow.errors import InputError

Term = tuple[str, dict[str, Any]]

MARKS = re.compile(r'[,="]')


def read_terms(text: str) -> list[Term]:
    """Split a text at its commas; a part with "=" is an option of the name before it.

    In double quotes a name or a value may hold anything, and is always text; a double quote within them is doubled.

    Raises
    ------
    InputError
        When an option stands first, a name is empty, an option has no value, or a quote is not closed.

    >>> read_terms("color,space=hsv,sigma=1.5,texture")
    [('color', {'space': 'hsv', 'sigma': 1.5}), ('texture', {})]
    >>> read_terms('encoder,path="a,b=1.fallow"')
    [('encoder', {'path': 'a,b=1.fallow'})]
    """
    terms: list[Term] = []
    for part in _split(text, ","):
        name, *value = (each.strip() for each in _split(part, "=", most=1))
        if not all(map(_is_word, (name, *value))) or name == '""':
            raise InputError(f'expected names and name=value options between commas, got "{part.strip()}" in "{text}"')
        if not value:
            terms.append((_unquote(name), {}))
        elif not terms:
            raise InputError(f'the option "{part.strip()}" must follow the name it belongs to, got "{text}"')
        else:
            terms[-1][1][_unquote(name)] = read_value(value[0])
    return terms


def read_list(text: str) -> list[str]:
    """Split a text at its semicolons, but not inside double quotes; what is empty is left out.

    >>> read_list("color; color,texture;")
    ['color', 'color,texture']
    """
    return [part.strip() for part in _split(text, ";") if part.strip()]


def write_term(name: str, options: dict[str, Any]) -> str:
    """Write one name with its options, in quotes what needs them, so that `read_terms` gives them back.

    >>> write_term("color", {"space": "hsv", "sigma": 1.5})
    'color,space=hsv,sigma=1.5'
    >>> write_term("encoder", {"path": "a,b.fallow", "name": "7"})
    'encoder,path="a,b.fallow",name="7"'
    """
    return ",".join([_quote(name), *(f"{_quote(key)}={_write_value(value)}" for key, value in options.items())])


def read_value(text: str) -> int | float | bool | str:
    """Read a value as the plainest type that fits.

    >>> [read_value(text) for text in ("3", "0.5", "true", "hsv", '"3"')]
    [3, 0.5, True, 'hsv', '3']
    """
    if text.startswith('"'):
        return _unquote(text)
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _write_value(value: Any) -> str:
    if not isinstance(value, str | os.PathLike):
        return str(value)
    text = os.fspath(value)
    return _quote(text, needed=read_value(text) != text)


def _split(text: str, mark: str, most: int = 0) -> list[str]:
    """Split at a mark that an even number of quotes follows: one outside of them."""
    return re.split(rf'{mark}(?=(?:[^"]*"[^"]*")*[^"]*$)', text, maxsplit=most)


def _is_word(text: str) -> bool:
    """Say whether this is one name or value, bare or in quotes."""
    return re.fullmatch(r'[^"]+|"([^"]|"")*"', text, re.DOTALL) is not None


def _quote(text: str, *, needed: bool = False) -> str:
    if needed or not text or text != text.strip() or MARKS.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _unquote(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text
