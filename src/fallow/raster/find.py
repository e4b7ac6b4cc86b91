"""Files, globs and folders to a list of images."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from pathlib import Path

from fallow.errors import FileError, nearest
from fallow.raster.formats import GDAL_NAME, IMAGES


def find_images(paths: Iterable[str | Path]) -> list[str | Path]:
    """List the images that are meant by files, globs and folders.

    A file stands for itself, whatever its suffix; a folder for the images directly in it, known by their suffix; a glob
    for what matches it; a name that only GDAL knows (``NETCDF:"scene.nc":ndvi``) for itself. What one of
    them stands for comes in natural order (``tile2`` before ``tile10``), and each file once.

    Raises
    ------
    FileError
        If there is no such file, nothing matches, or a folder holds no images.
    """
    found: dict[str | Path, None] = {}
    for path in paths:
        if GDAL_NAME.match(str(path)) and not Path(path).exists():
            found[str(path)] = None
        else:
            files = sorted(_stands_for(Path(path)), key=_natural)
            found.update((file, None) for file in files)
    return list(found)


def missing_file(path: Path) -> FileError:
    """Return the error for a file that does not exist, with the nearest name in its folder."""
    beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    return FileError(f"no such file: {path}{nearest(path.name, beside)}")


def _stands_for(path: Path) -> list[Path]:
    if path.is_dir():
        images = [file for file in path.iterdir() if _is_image(file)]
        if not images:
            raise FileError(f"no images in {path}; known are {', '.join(IMAGES)}")
        return images
    if path.exists():
        return [path]
    if glob.has_magic(str(path)):
        matches = [Path(match) for match in glob.glob(str(path), recursive=True)]
        files = [match for match in matches if match.is_file()]
        if not files:
            raise FileError(f"no file matches {path}")
        return files
    raise missing_file(path)


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGES and not path.name.startswith(".") and path.is_file()


def _natural(path: Path) -> list[tuple[int, int | str]]:
    """Return a sort key in which runs of digits count as numbers."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts]
