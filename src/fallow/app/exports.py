"""Files to hand over, made of a result on a page's wish, and handed to it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fallow.app.docstrings import choices_of, parameters_of
from fallow.app.requests import field_of
from fallow.app.workbench import Workbench
from fallow.editing import EDITED, edit_result
from fallow.errors import FileError, InputError, MissingExtraError
from fallow.export.registry import FOLDER, FORMATS, Format, check_options
from fallow.saving import EDITS, MARKER

PLAIN = re.compile(r"[A-Za-z0-9_.:,+# -]{0,100}")  # of a text option: nothing that could lead a path elsewhere
MOST_TOLD = 1000  # files of an export that is a folder


def list_formats() -> list[dict[str, Any]]:
    """Return the formats that a result can be handed over in, and their options."""
    told = []
    for name, format in FORMATS.items():
        told.append({"name": name, "title": name, "ending": Path(format.file).suffix, "is_there": True, "options": []})
        try:
            check_options(name, {})
        except MissingExtraError:
            told[-1]["is_there"] = False
            continue
        told[-1]["title"] = (inspect.getdoc(format.write) or name).partition("\n")[0]
        told[-1]["options"] = _tell_options(format)
    return told


def _tell_options(format: Format) -> list[dict[str, Any]]:
    """Return name, type, default, help and choices of each option, from the function's signature and docstring."""
    module: Any = inspect.getmodule(format.write)
    documented = (parameters_of(module.write) if hasattr(module, "write") else {}) | parameters_of(format.write)
    annotations = {name: each.annotation for name, each in inspect.signature(format.write).parameters.items()}
    told = []
    for name, default in format.defaults().items():
        kind, text = documented.get(name, ("", ""))
        told.append(
            {"name": name, "type": str(annotations[name]).partition(" | ")[0], "default": default, "help": text}
        )
        if choices := choices_of(kind):
            told[-1]["choices"] = choices
    return told


def export(bench: Workbench, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Write a result, edits and all, into its folder ``export``, in place of what was exported so before.

    Raises
    ------
    InputError
        If there is no such format or option, or one that could name a file.
    MissingExtraError
        If what the format needs is not installed.
    """
    to, options = field_of(body, "to", str), field_of(body, "options", dict, {})
    options = {name: value for name, value in options.items() if value is not None}
    check_options(to, options)
    for name, value in options.items():
        if not isinstance(value, bool | int | float) and not (isinstance(value, str) and PLAIN.fullmatch(value)):
            raise InputError(f"{name} must be a number or a plain text")
    folder = bench.result_folder(path)
    bench.root.place(bench.root.name_of(folder / FOLDER) or "")
    with bench.editing[path]:
        written = bench.edited(path).export(to, overwrite=True, **options)
    if written.is_file():  # and what belongs beside it
        files = [written, *sorted(each for each in _beside(written) if each != written)]
    else:
        files = sorted(each for each in written.rglob("*") if each.is_file())
    return {
        "path": bench.root.name_of(written),
        "bytes": sum(each.stat().st_size for each in (files[:1] if written.is_file() else files)),
        "files": [bench.root.name_of(file) for file in files[:MOST_TOLD]],
    }


def _beside(file: Path) -> Iterator[Path]:
    """Yield the files that have a file's name but for its ending."""
    return (each for each in file.parent.iterdir() if each.name.startswith(f"{file.stem}.") and each.is_file())


def find_export(bench: Workbench, path: str) -> Path:
    """Return a file that was exported: one in the folder ``export`` or ``edited`` of a result.

    Raises
    ------
    FileError, InputError
        If it is none.
    """
    found = bench.root.find(path)
    inside = [each for each in found.parents if each.is_relative_to(bench.root.folder)]
    if not found.is_file() or not any(
        each.name in (FOLDER, EDITED) and (each.parent / MARKER).is_file() for each in inside
    ):
        raise FileError(f"{path!r} is no exported file")
    return found


def write(bench: Workbench, path: str) -> str:
    """Write a result with its edits painted in, into a folder inside its own; return the name of that.

    Raises
    ------
    InputError
        If it has no edits.
    """
    folder = bench.result_folder(path)
    name = f"{path}/{EDITED}" if path else EDITED
    bench.root.place(name)
    with bench.editing[path]:
        if not (folder / EDITS).is_file():
            raise InputError("there are no edits to write")
        edit_result(folder)
    return name
