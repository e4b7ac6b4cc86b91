"""Plain data in one file: a zip of JSON and arrays. Data, never code: nothing in it can be run, nothing is pickled.

The tree may hold None, booleans, numbers, strings, lists, tuples, dicts with string keys, and NumPy arrays of plain
types. Arrays are stored beside the JSON as ``.npy`` members and referred to by name.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from fallow import __version__
from fallow.errors import FileError, InputError, writing

VERSION = 1
TREE = "tree.json"
MAX_JSON_BYTES = 64 << 20
MAX_ARRAY_BYTES = 1 << 30

# What the readers of zip, JSON and arrays raise on damaged files; RuntimeError covers encryption, unknown versions of
# zip, and JSON nested without end.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    AttributeError,
    EOFError,
    KeyError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


def write_archive(path: str | os.PathLike[str], tree: dict[str, Any], *, kind: str) -> None:
    """Write a tree of plain data; the file appears under its name only when whole. Same tree, same bytes.

    Parameters
    ----------
    kind
        What the file is, as in "model"; `read_archive` asks for it.

    Raises
    ------
    WriteError
        If the file cannot be written.
    """
    path = Path(path)
    partial = path.parent / f".{path.name}.partial"
    arrays: list[np.ndarray] = []
    head = {"format": f"fallow-{kind}", "version": VERSION, "fallow": __version__}
    text = json.dumps(head | {"content": _pack(tree, arrays)}, indent=1, allow_nan=False)
    with writing(path):
        try:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as file:
                _write_member(file, TREE, text.encode())
                for number, array in enumerate(arrays):
                    buffer = io.BytesIO()
                    np.lib.format.write_array(buffer, array, allow_pickle=False)
                    _write_member(file, f"arrays/{number}.npy", buffer.getvalue())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


def read_archive(path: str | os.PathLike[str], *, kind: str) -> dict[str, Any]:
    """Read what `write_archive` wrote.

    Raises
    ------
    FileError
        If the file is missing or cannot be read.
    InputError
        If it is no such archive, is damaged, holds more than an archive may, or was written by a newer Fallow.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as file:
            head = json.loads(_read_member(file, TREE, MAX_JSON_BYTES))
            if head["format"] != f"fallow-{kind}":
                raise InputError(f"{path} holds a {head['format']}, expected a fallow-{kind}")
            if head["version"] > VERSION:
                raise InputError(f"{path} was written by Fallow {head['fallow']}; this is {__version__}, please update")
            return _unpack(head["content"], file)
    except FileNotFoundError as error:
        raise FileError(f"no such file: {path}") from error
    except DAMAGE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is not a file that Fallow saved, or it is damaged: {error}") from error
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error


def is_archive(path: str | os.PathLike[str], *, kind: str = "") -> bool:
    """Say whether a file looks like what `write_archive` wrote, of this kind or of any, whole or not."""
    try:
        with zipfile.ZipFile(path) as file:
            if not kind:
                return TREE in file.namelist()
            return bool(json.loads(_read_member(file, TREE, MAX_JSON_BYTES))["format"] == f"fallow-{kind}")
    except (OSError, *DAMAGE):
        return False


def _write_member(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name)  # carries the fixed date 1980-01-01, so that the bytes repeat
    info.compress_type = zipfile.ZIP_DEFLATED
    file.writestr(info, data)


def _read_member(file: zipfile.ZipFile, name: str, limit: int) -> bytes:
    size = file.getinfo(name).file_size
    if size > limit:
        raise InputError(f"{file.filename}: {name} claims {size} bytes, more than the {limit} that can be right")
    return file.read(name)


def _pack(value: Any, arrays: list[np.ndarray]) -> Any:
    """Turn a tree into JSON values; arrays are put aside and replaced by their number."""
    match value:
        case np.ndarray():
            arrays.append(value)
            return {"array": len(arrays) - 1}
        case np.generic():
            return value.item()
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_pack(each, arrays) for each in value]
        case dict():
            return {"dict": {str(key): _pack(each, arrays) for key, each in value.items()}}
    raise TypeError(f"{type(value).__name__} is not plain data")


def _unpack(value: Any, file: zipfile.ZipFile) -> Any:
    if isinstance(value, list):
        return [_unpack(each, file) for each in value]
    if isinstance(value, dict):
        if value.keys() == {"dict"}:
            return {key: _unpack(each, file) for key, each in value["dict"].items()}
        data = _read_member(file, f"arrays/{int(value['array'])}.npy", MAX_ARRAY_BYTES)
        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return value
