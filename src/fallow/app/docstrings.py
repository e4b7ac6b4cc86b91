"""What a docstring says of each parameter, so that a page can show it: each is told in one place."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

HEAD = "Parameters\n----------\n"


def parameters_of(function: Callable[..., Any]) -> dict[str, tuple[str, str]]:
    """Return kind and text of each parameter of a numpydoc docstring.

    >>> parameters_of(parameters_of)
    {}
    """
    found: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    for line in (inspect.getdoc(function) or "").partition(HEAD)[2].splitlines():
        if re.fullmatch(r"-+", line):  # what stood above was the head of the next section
            return {name: each for name, each in found.items() if name not in names}
        if line and not line.startswith(" "):
            said, _, kind = line.partition(" : ")
            names = said.split(", ")
            found |= dict.fromkeys(names, (kind, ""))
        elif line:
            for name in names:
                kind, text = found[name]
                found[name] = kind, f"{text} {line.strip()}".strip()
    return found


def choices_of(kind: str) -> list[str]:
    """Return the texts that a parameter may be; none where it may be anything.

    >>> choices_of('"region" or "class"'), choices_of('number of pixels, or text such as "200m2"')
    (['region', 'class'], [])
    """
    return re.findall(r'"([^"]+)"', kind) if kind.startswith('"') else []
