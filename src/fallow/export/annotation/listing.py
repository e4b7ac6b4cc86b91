"""JSON files written item by item, one a line, so that they need not fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Self


class Listing:
    """A JSON file with an object of values and lists, or a list alone, written as they come.

    Parameters
    ----------
    is_list
        The file is one list, that of the only call of `values`.
    """

    def __init__(self, path: Path, *, is_list: bool = False) -> None:
        self._path, self._is_list = path, is_list
        self._file: IO[str]
        self._separator = ""

    def value(self, name: str, value: Any) -> None:
        """Write one value."""
        self._begin(name)
        self._file.write(_text(value))

    def values(self, name: str, values: Iterable[Any]) -> None:
        """Write a list."""
        self._begin(name)
        self._file.write("[")
        separator = "\n"
        for each in values:
            self._file.write(separator + _text(each))
            separator = ",\n"
        self._file.write("\n]")

    def _begin(self, name: str) -> None:
        if not self._is_list:
            self._file.write(f"{self._separator}{_text(name)}: ")
            self._separator = ",\n"

    def __enter__(self) -> Self:
        self._file = self._path.open("w", encoding="utf-8", newline="\n")
        if not self._is_list:
            self._file.write("{")
        return self

    def __exit__(self, *exception: object) -> None:
        if exception[0] is None:
            self._file.write("\n" if self._is_list else "}\n")
        self._file.close()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
