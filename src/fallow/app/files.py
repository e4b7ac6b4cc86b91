"""What there is to open in a folder: images, results, runs that were interrupted, other folders."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fallow.app.paths import HIDDEN, Root
from fallow.errors import FallowError, InputError
from fallow.raster.formats import IMAGES
from fallow.recipe import read_recipe
from fallow.saving import EDITS, MARKER
from fallow.staging import RUN
from fallow.tiles.journal import HEAD

JOB = "job.json"  # in the folder of a run that the workbench began: what was asked for
MOST_RECIPE = 16 << 20  # bytes
MOST_LISTED = 5000  # entries of a folder


def list_folder(root: Root, name: str) -> dict[str, Any]:
    """List a folder for a page; what is hidden, or leads out of the root, is left out.

    Raises
    ------
    FileError
        If there is no such folder.
    InputError
        If it is none that may be asked for.
    """
    folder = root.find(name)
    listed: dict[str, Any] = {
        "folder": name,
        "parent": None if not name else name.rpartition("/")[0],
        "folders": [],
        "images": [],
        "results": [],
        "unfinished": [],
    }
    if not folder.is_dir():
        return list_folder(root, name.rpartition("/")[0])
    entries = sorted(folder.iterdir(), key=_natural)
    listed["is_cut"] = len(entries) > MOST_LISTED
    is_result = (folder / MARKER).is_file()
    for entry in [folder, *entries[:MOST_LISTED]]:
        path = name if entry == folder else f"{name}/{entry.name}" if name else entry.name
        if not _may_be_named(entry) or not root.holds(entry):
            continue
        if entry.is_dir():
            if (entry / RUN / HEAD).is_file():
                listed["unfinished"].append({"name": entry.name, "path": path, "job": read_job(entry)})
            if (entry / MARKER).is_file():
                listed["results"].append(_tell_result(root, entry, path))
            elif entry != folder:
                listed["folders"].append({"name": entry.name, "path": path})
        elif entry.suffix.lower() in IMAGES and entry.is_file() and not is_result:
            listed["images"].append({"name": entry.name, "path": path, "bytes": entry.stat().st_size})
    return listed


def image_of(root: Root, folder: Path, recipe: dict[str, Any]) -> Path | None:
    """Find the image of a result, if it still lies in the root: where the recipe says, or beside the result."""
    said = Path(str(recipe["input"]["image"]))
    around = [root.folder, folder, *folder.parents]
    places = [said] if said.is_absolute() else [each / said for each in around]
    places += [each / said.name for each in around]
    for place in places:
        if root.name_of(place) is not None and place.is_file():
            return place
    return None


def read_small_recipe(folder: Path) -> dict[str, Any]:
    """Read a result's recipe, unless it is larger than any can be.

    Raises
    ------
    FileError, InputError
        If there is none, or it is none.
    """
    path = folder / MARKER
    if path.is_file() and path.stat().st_size > MOST_RECIPE:
        raise InputError(f"{folder.name} holds no result: its recipe is too large")
    return read_recipe(path)


def read_job(folder: Path) -> dict[str, Any] | None:
    """Return what was asked for when the workbench began the unfinished run in a folder; None if it did not."""
    try:
        job = json.loads((folder / RUN / JOB).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return job if isinstance(job, dict) else None


def _tell_result(root: Root, folder: Path, path: str) -> dict[str, Any]:
    told: dict[str, Any] = {"name": folder.name or "result", "path": path, "has_edits": (folder / EDITS).is_file()}
    told["preview"] = (folder / "picture.jpg").is_file()
    try:
        recipe = read_small_recipe(folder)
    except FallowError as error:
        return told | {"image": None, "regions": None, "classes": None, "error": str(error)}
    image = image_of(root, folder, recipe)
    found: Any = recipe.get("found")
    found = found if isinstance(found, dict) else {}
    return told | {
        "image": None if image is None else root.name_of(image),
        "regions": found.get("regions"),
        "classes": found.get("classes"),
    }


def _may_be_named(path: Path) -> bool:
    return not path.name.startswith(HIDDEN) and path.name.isprintable() and not any(c in path.name for c in "\\:")


def _natural(path: Path) -> list[tuple[int, int | str]]:
    """Return a sort key in which runs of digits count as numbers."""
    parts = re.split(r"([0-9]+)", path.name.lower())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]
