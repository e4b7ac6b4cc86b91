"""Files that appear whole or not at all."""

from __future__ import annotations

import os
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
    folder = path.parent
    if not folder.is_dir():
        raise FileError(f"cannot write {path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise FileError(f"cannot write {path}: the folder {folder} does not let you")
    temporary = folder / f".{path.name}.{uuid.uuid4().hex[:8]}.part"
    try:
        yield temporary
        with writing(path):
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
