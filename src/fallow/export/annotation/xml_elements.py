"""XML from elsewhere, read element by element: without entities, so that a small file cannot become a large one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from xml.parsers.expat import ExpatError, ParserCreate

from fallow.errors import FileError, InputError

_BYTES = 1 << 16


def elements(path: Path, root: str, name: str) -> Iterator[Element]:
    """Yield the elements of a name directly below the root, with their children but without text.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it is no XML, has a document type (where entities are defined), or another root.
    """
    reader = _Reader(path, root, name)
    try:
        with path.open("rb") as file:
            while block := file.read(_BYTES):
                reader.parser.Parse(block, False)
                yield from reader.take()
            reader.parser.Parse(b"", True)
            yield from reader.take()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from error
    except ExpatError as error:
        raise InputError(f"{path} is not XML: {error}") from error


class _Reader:
    """What the parser calls; elements that are whole wait in a list."""

    def __init__(self, path: Path, root: str, name: str) -> None:
        self._path, self._root, self._name = path, root, name
        self._open: list[Element] = []
        self._whole: list[Element] = []
        self.parser = ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def take(self) -> list[Element]:
        """Return the elements that have become whole."""
        whole, self._whole = self._whole, []
        return whole

    def _doctype(self, *_: Any) -> None:
        raise InputError(f"{self._path} has a document type, which CVAT does not write")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._open and tag != self._root:
            raise InputError(f"{self._path} must begin with <{self._root}>, got <{tag}>")
        element = Element(tag, attributes)
        if len(self._open) > 1:  # the root keeps nothing
            self._open[-1].append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if len(self._open) == 1 and element.tag == self._name:
            self._whole.append(element)
