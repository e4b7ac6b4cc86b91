"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fallow.errors import FileError, writing


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a hidden name beside `path` to write to; move it to `path` when the block ends well, else remove it.

    Raises
    ------
    FileError
        If the folder does not exist or cannot be written to, or the file cannot be moved to its place.
    """
    temporary = _hidden_name(path)
    try:
        yield temporary
        with writing(path):
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a hidden, empty folder beside `path` to fill; it becomes `path` when the block ends well, else it goes.

    A folder that was at `path` is replaced, with all it held.

    Raises
    ------
    FileError
        If the folder around it does not exist or cannot be written to, or `path` is a file.
    """
    temporary, replaced = _hidden_name(path), _hidden_name(path)
    try:
        with writing(path):
            temporary.mkdir()
        yield temporary
        with writing(path):
            if path.is_dir():  # one folder cannot be moved over another
                path.replace(replaced)
            temporary.replace(path)
    finally:
        if replaced.exists() and not path.exists():
            replaced.replace(path)
        for folder in (temporary, replaced):
            shutil.rmtree(folder, ignore_errors=True)


def _hidden_name(path: Path) -> Path:
    """Return a free name beside `path`, once it is sure that the folder takes files."""
    folder = path.parent
    if not folder.is_dir():
        raise FileError(f"cannot write {path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise FileError(f"cannot write {path}: the folder {folder} does not let you")
    return folder / f".{path.name}.{uuid.uuid4().hex[:8]}.part"
