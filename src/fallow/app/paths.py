"""What a client may name: paths inside the folder that is served, and nothing outside of it."""

from __future__ import annotations

import os
from pathlib import Path

from fallow.errors import FileError, InputError

MOST_CHARACTERS = 4096
HIDDEN = "."


class Root:
    """The folder that is served; a path of it is a text with "/" between its parts, "" is the folder itself.

    Parameters
    ----------
    folder
        Exists. Symbolic links that lead out of it are as if they were not there.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).resolve(strict=True)

    def find(self, name: str) -> Path:
        """Return the file or folder of that name.

        Raises
        ------
        InputError
            If the name is none that may be asked for.
        FileError
            If there is no such file, or it lies elsewhere in truth.
        """
        path = self._lead(name)
        if not os.path.lexists(path) or not self.holds(path):
            raise FileError(f"there is no {_shown(name)} in the folder that is served")
        return path

    def place(self, name: str) -> Path:
        """Return where a file or folder of that name may be made, whether it exists or not; not the root itself.

        Raises
        ------
        InputError
            If the name is none that may be used, or what is there of it lies elsewhere in truth.
        """
        path = self._lead(name)
        if path == self.folder or not self.holds(path):
            raise InputError(f"{_shown(name)} is no place for a file")
        return path

    def holds(self, path: Path) -> bool:
        """Say whether a path, all symbolic links followed, lies in the folder."""
        try:
            return Path(os.path.realpath(path)).is_relative_to(self.folder)
        except (OSError, ValueError):
            return False

    def name_of(self, path: Path) -> str | None:
        """Return the name of a path in the folder, None for one outside."""
        path = Path(os.path.abspath(path))
        if not path.is_relative_to(self.folder) or not self.holds(path):
            return None
        name = path.relative_to(self.folder).as_posix()
        return "" if name == "." else name

    def _lead(self, name: str) -> Path:
        """Return the path that a name stands for, its form checked and nothing looked up yet."""
        parts = check_name(name).split("/") if name else []
        if any(not part or part.startswith(HIDDEN) for part in parts):  # "..", ".", hidden files, an absolute path
            raise InputError(f"{_shown(name)} is no path in the folder that is served")
        path = self.folder.joinpath(*parts)
        try:
            os.path.lexists(path)
        except (OSError, ValueError) as error:  # text that no file system takes
            raise InputError(f"{_shown(name)} is no path") from error
        return path


def check_name(name: str) -> str:
    """Return a path or file name if it is plain text.

    Raises
    ------
    InputError
        If it is too long, or holds control characters or what separates paths elsewhere.
    """
    is_plain = isinstance(name, str) and len(name) <= MOST_CHARACTERS and name.isprintable()
    if not is_plain or any(each in name for each in "\\:"):
        raise InputError(f"{_shown(name)} is no path in the folder that is served")
    return name


def _shown(name: object) -> str:
    """Return a name as it may stand in a message: short, and nothing but what can be printed."""
    text = repr(name) if isinstance(name, str) else f"a {type(name).__name__}"
    return text if len(text) <= 80 else f"{text[:76]}...'"
