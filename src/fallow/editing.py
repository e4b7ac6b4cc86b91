"""Edits of a saved result: checked, kept beside it, and painted into a folder of their own."""

from __future__ import annotations

import os
from pathlib import Path

from fallow.edits import Edits
from fallow.errors import InputError
from fallow.result import Segmentation
from fallow.saving import EDITS
from fallow.stored import open_result

EDITED = "edited"


def edit_result(
    folder: str | os.PathLike[str],
    edits: Edits | None = None,
    output: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
    format: str = "geotiff",
) -> tuple[Segmentation, Path]:
    """Apply edits to a saved result and write what comes out as a result of its own; nothing in the old one changes.

    Parameters
    ----------
    folder
        Of the result.
    edits : Edits, optional
        To apply to the result as it was before any edit; by default those in its ``edits.toml``.
    output : optional
        Where to write. By default the subfolder ``edited``, and the edits are kept in the result's ``edits.toml``, so
        that `open_result` and all that is made of the result shows them.
    overwrite : bool
        Replace other edits that the result has, or another result in `output`.
    format : "geotiff", "cog" or "zarr"

    Returns
    -------
    result, folder

    Raises
    ------
    InputError
        If there are no edits, one cannot be made, or something would be replaced.
    FileError
        If something cannot be read or written.
    """
    folder = Path(folder)
    base, kept = open_result(folder, edited=False), folder / EDITS
    if edits is None:
        if not kept.is_file():
            raise InputError(f"{folder} has no {EDITS}; name a recipe of edits with --with")
        edits = Edits.read(kept)
    result = base.edit(edits)
    if output is not None:
        return result, result.save(output, overwrite=overwrite, format=format)
    if kept.is_file() and not overwrite and (before := Edits.read(kept)) not in (edits, result.edits):
        raise InputError(f"{kept} holds other edits, {len(before)} of them; say --overwrite to replace them, or use -o")
    result.edits.write(kept)
    return result, result.save(folder / EDITED, overwrite=True, format=format)
