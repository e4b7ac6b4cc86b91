"""What the server knows while it runs: the folder, open images and results, the queue of runs."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from fallow.app.cache import Cache
from fallow.app.files import image_of, read_small_recipe
from fallow.app.labels import Labels
from fallow.app.paths import Root
from fallow.app.pictures import Picture
from fallow.app.pointers import check_pointers
from fallow.app.pyramid import new_tiles
from fallow.app.runs import Runs
from fallow.config import INPUT_OPTIONS
from fallow.edits import Edits
from fallow.edits.recipe import MOST_BYTES
from fallow.errors import FileError, InputError
from fallow.raster import open_source
from fallow.result import Segmentation
from fallow.saving import EDITS, MARKER
from fallow.stored import open_result

MOST_OPEN = 4  # images, results and label maps that are kept open
MOST_ARCHIVE = 2 << 30  # bytes that the arrays of a result may take in memory


class Workbench:
    """One root, served.

    Parameters
    ----------
    root
        What may be asked for.
    start
        Of kind "folder", "result" or "image", and its name in the root: what the page shows first.
    """

    def __init__(self, root: Root, start: tuple[str, str] = ("folder", "")) -> None:
        self.root = root
        self.start = start
        self.runs = Runs(root)
        self.editing: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._tiles = new_tiles()
        self._pictures: Cache[Picture] = Cache(MOST_OPEN, let_go=lambda picture: picture.source.close())
        self._labels: Cache[Labels] = Cache(MOST_OPEN, let_go=lambda labels: labels.close())
        self._results: Cache[Segmentation] = Cache(MOST_OPEN)
        self._edited: Cache[Segmentation] = Cache(MOST_OPEN)

    def picture(self, name: str) -> Picture:
        """Return an image; the name of a result stands for its image, seen as the result's options say.

        Raises
        ------
        InputError, FileError
            If there is none, or it cannot be opened.
        """
        path, options = self._image_of(name) if self.root.find(name).is_dir() else (self.root.find(name), {})
        key = (_stamp(check_pointers(self.root, path)), repr(sorted(options.items())))
        return self._pictures.get(key, lambda: Picture(open_source(path, **options), key, self._tiles))

    def result_folder(self, name: str) -> Path:
        """Return the folder of a result, all of whose files lie in the root.

        Raises
        ------
        InputError, FileError
            If there is none.
        """
        folder = self.root.find(name)
        if not (folder / MARKER).is_file():
            raise FileError(f"{name!r} holds no result")
        for file in folder.iterdir():
            if not self.root.holds(file):
                raise InputError(f"{name!r} holds links that lead out of the folder that is served")
            if file.suffix == ".tif":
                check_pointers(self.root, file)
        return folder

    def result(self, name: str) -> Segmentation:
        """Return a result as it was saved, without edits."""
        folder = self.result_folder(name)
        return self._results.get(_stamp(folder / MARKER), lambda: self._open(folder))

    def edited(self, name: str) -> Segmentation:
        """Return a result with its edits; that of `result` itself where there are none."""
        base, folder = self.result(name), self.result_folder(name)
        version = self.version(name)
        if not version:
            return base
        return self._edited.get((_stamp(folder / MARKER), version), lambda: base.edit(Edits.read(folder / EDITS)))

    def labels(self, name: str) -> Labels:
        """Return the label maps of a result as they were saved."""
        folder = self.result_folder(name)
        key = _stamp(folder / MARKER)
        return self._labels.get(key, lambda: Labels(folder, key, self._tiles))

    def stamp(self, name: str) -> str:
        """Return what changes when an image or a result of that name is written anew, as a page may keep it."""
        path = self.root.find(name)
        told = _stamp(path / MARKER if path.is_dir() else path)
        return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()

    def version(self, name: str) -> str:
        """Return what changes with every change of the edits of a result."""
        file = self.root.find(name) / EDITS
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return ""
        return hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest()

    def image_name(self, name: str) -> str | None:
        """Return what to ask for as the image of a result; None where its image is not in the root."""
        folder = self.root.find(name)
        recipe = read_small_recipe(folder)
        image = image_of(self.root, folder, recipe)
        if image is None:
            return None
        return name if _input_options(recipe) else self.root.name_of(image)

    def close(self) -> None:
        """End runs in order, and let go of files."""
        self.runs.close()
        self._pictures.close()
        self._labels.close()

    def _open(self, folder: Path) -> Segmentation:
        for file in folder.glob("*.fallow"):
            check_size(file)
        read_small_recipe(folder)
        return open_result(folder, edited=False)

    def _image_of(self, name: str) -> tuple[Path, dict[str, Any]]:
        """Return the image of a result and how it was opened."""
        folder = self.result_folder(name)
        recipe = read_small_recipe(folder)
        path = image_of(self.root, folder, recipe)
        if path is None:
            raise FileError(f"the image of {name!r} is not in the folder that is served")
        options = _input_options(recipe)
        if "mask" in options:
            mask = image_of(self.root, folder, {"input": {"image": options["mask"]}})
            if mask is None:
                raise FileError(f"the mask of {name!r} is not in the folder that is served")
            options["mask"] = str(check_pointers(self.root, mask))
        return path, options


def check_size(archive: Path) -> None:
    """Raise an `InputError` if the arrays of an archive would take more memory than those of any result do."""
    try:
        with zipfile.ZipFile(archive) as file:
            claimed = sum(each.file_size for each in file.infolist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{archive.name} is damaged") from error
    if claimed > MOST_ARCHIVE:
        raise InputError(f"{archive.name} claims {claimed:,} bytes, more than the {MOST_ARCHIVE:,} that can be right")


def _input_options(recipe: dict[str, Any]) -> dict[str, Any]:
    return {name: recipe["input"][name] for name in INPUT_OPTIONS if name in recipe["input"]}


def _stamp(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return os.path.realpath(path), status.st_size, status.st_mtime_ns
