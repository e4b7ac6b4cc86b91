"""The reader: the folder of a result becomes layers. It needs no window and does not import napari."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from fallow.napari.layers import LayerData, layers_of
from fallow.napari.session import Session
from fallow.saving import MARKER
from fallow.stored import is_result

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def get_reader(path: Paths) -> Callable[[Paths], list[LayerData]] | None:
    """Return `read_results` if all that is to be opened are results: their folders, or the ``recipe.toml`` in them."""
    folders = _folders(path)
    return read_results if folders and all(map(is_result, folders)) else None


def read_results(path: Paths) -> list[LayerData]:
    """Open results, with the edits beside them, as layers; see `layers_of`.

    Raises
    ------
    InputError
        If a folder holds no result, or a damaged one.
    FileError
        If a file of it cannot be read.
    """
    return [layer for folder in _folders(path) for layer in layers_of(Session.open(folder))]


def _folders(path: Paths) -> list[Path]:
    paths = [path] if isinstance(path, str | os.PathLike) else path
    return [each.parent if each.name == MARKER else each for each in map(Path, paths)]
