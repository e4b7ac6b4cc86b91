"""Edits as a page sends them: all lines each time, upon the version that it knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fallow.app.requests import field_of
from fallow.app.workbench import Workbench
from fallow.edits import Edits
from fallow.errors import FallowError
from fallow.saving import EDITS


class ConflictError(FallowError):
    """Somebody else was there first.

    Attributes
    ----------
    edits : dict
        What they left: version and lines.
    """

    def __init__(self, edits: dict[str, Any]) -> None:
        super().__init__("the edits were changed elsewhere meanwhile, in another tab or by the command line")
        self.edits = edits


def save_edits(bench: Workbench, path: str, body: Mapping[str, Any]) -> None:
    """Make the edits of a result and keep them in its ``edits.toml``, with all that was decided on the way.

    Raises
    ------
    ConflictError
        If the edits are not those any more that the page knows.
    InputError
        If a line is no edit or cannot be made; the message tells which.
    """
    version, lines = field_of(body, "version", str), field_of(body, "edits", list)
    folder, base = bench.result_folder(path), bench.result(path)
    edits = Edits.of(lines)
    with bench.editing[path]:
        if version != bench.version(path):
            raise ConflictError({"version": bench.version(path), "lines": list(bench.edited(path).edits)})
        if edits:
            base.edit(edits).edits.write(folder / EDITS)
        else:
            (folder / EDITS).unlink(missing_ok=True)
