"""What can go wrong, and how Fallow says it: one clear line that names what came and what to do.

Every error is a `FallowError` and also the builtin a caller would expect, so ``except ValueError`` works as well.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class FallowError(Exception):
    """Root of all errors that Fallow raises on purpose."""


class InputError(FallowError, ValueError):
    """An option, an array or an image is not what the call can work with: the user's mistake."""


class RunError(FallowError, RuntimeError):
    """The work itself failed."""


class FileError(FallowError, OSError):
    """A file cannot be found, read or written."""


class WriteError(FileError, RunError):
    """A result cannot be written, though its place seemed fit: the disk is full, the folder has gone."""


class FaultsError(RunError):
    """All is done, but parts of the input could not be read and became no data, as was asked for."""


class MissingExtraError(FallowError, ImportError):
    """An optional part of Fallow is not installed."""


def nearest(value: str, choices: Iterable[str]) -> str:
    """Say which choice was probably meant, as the end of a sentence; empty when none comes near.

    >>> nearest("kmaens", ["kmeans", "som"])
    '; did you mean "kmeans"?'
    """
    close = difflib.get_close_matches(str(value).lower(), list(choices), n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""


def check_choice(name: str, value: str, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`.

    Raises
    ------
    InputError
        Otherwise; the message lists the choices and names the nearest one.
    """
    choices = list(choices)
    if value not in choices:
        listed = ", ".join(choices)
        raise InputError(f"{name} must be one of {listed}, got {value!r}{nearest(value, choices)}")
    return value


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says against writing to `path` into a `WriteError` of one line."""
    try:
        yield
    except FallowError:  # has said it already
        raise
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error
