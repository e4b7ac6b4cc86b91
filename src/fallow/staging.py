"""A hidden folder to work in, so that nothing half-made is ever seen or left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fallow.errors import writing


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Make `folder` and a hidden folder inside it to work in; take away the hidden one, and all it made that is empty.

    Raises
    ------
    WriteError
        If the folders cannot be made.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".fallow-", dir=folder))
    try:
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        with suppress(OSError):  # one that is not empty stays, and so do those around it
            for each in made:
                each.rmdir()
