"""The formats of hand-over by name, imported when one is written."""

from __future__ import annotations

import filecmp
import importlib
import inspect
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fallow.errors import InputError, check_choice, nearest, writing
from fallow.optional import require
from fallow.staging import staging

if TYPE_CHECKING:
    from fallow.result import Segmentation

SHEET = "chips.json"  # in each folder that an export makes
FOLDER = "export"  # of a result, where exports go when no target is said


@dataclass(frozen=True)
class Format:
    """A format that results are handed over in.

    Attributes
    ----------
    where : str
        ``module:function``. The function is ``write(result, target: Path, *, ...)``: its keyword-only parameters are
        the format's options, and it writes `target`, a file or a folder, and whatever belongs beside it. It need not
        care for what is there already: it is given a path in an empty, hidden folder, whose files move to their place
        when all are whole.
    file : str
        The name of what is written when no target is said: ``{name}`` is the image's, and any option may be named.
    fixed : dict
        Arguments that the format itself decides, so that no user can.
    needs : (module, extra) or None
        What has to be installed for it.
    """

    where: str
    file: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, str] | None = None

    @property
    def write(self) -> Callable[..., None]:
        """Import the function."""
        module, name = self.where.split(":")
        return getattr(importlib.import_module(module), name)

    def defaults(self) -> dict[str, Any]:
        """Return the options that the format has, and their defaults."""
        parameters = inspect.signature(self.write).parameters.values()
        return {
            each.name: each.default
            for each in parameters
            if each.kind is inspect.Parameter.KEYWORD_ONLY and each.name not in self.fixed
        }


FORMATS = {
    "gpkg": Format("fallow.export.vector:write", "{name}-{by}.gpkg", {"driver": "GPKG"}),
    "geojson": Format("fallow.export.vector:write_geojson", "{name}-{by}.geojson"),
    "flatgeobuf": Format("fallow.export.vector:write", "{name}-{by}.fgb", {"driver": "FlatGeobuf"}),
    "shapefile": Format("fallow.export.vector:write", "{name}-{by}.shp", {"driver": "ESRI Shapefile"}),
    "geoparquet": Format("fallow.export.parquet:write", "{name}-{by}.parquet", needs=("pyarrow", "geo")),
    "coco": Format("fallow.export.annotation.coco:write", "{name}-coco"),
    "label-studio": Format("fallow.export.annotation.label_studio:write", "{name}-label-studio"),
    "cvat": Format("fallow.export.annotation.cvat:write", "{name}-cvat"),
    "masks": Format("fallow.export.annotation.masks:write", "{name}-masks"),
}
"""Name -> format. A new one is one function, one line here and one section of docs."""


def export(
    result: Segmentation,
    to: str,
    target: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
    **options: Any,
) -> Path:
    """Write a result in one of `FORMATS`; see `Segmentation.export`."""
    check_options(to, options)
    format = FORMATS[to]
    path = _target(result, format, target, options)
    _check_target(path, overwrite=overwrite)
    with staging(path.parent) as hidden:
        with writing(path):
            format.write(result, hidden / path.name, **format.fixed, **options)
        written = sorted(hidden.iterdir())
        if not overwrite:
            for each in written:
                _check_free(path.parent / each.name, each)
        with writing(path):
            for each in written:
                _move(each, path.parent / each.name)
    return path


def check_options(to: str, options: Mapping[str, Any]) -> None:
    """Check a format's name and the names of its options before any work is done.

    Raises
    ------
    InputError
        If there is no such format, or it has no such option.
    MissingExtraError
        If what the format needs is not installed.
    """
    format = FORMATS[check_choice("to", to, FORMATS)]
    if format.needs:
        require(*format.needs)
    known = list(format.defaults())
    for name in options:
        if name not in known:
            listed = ", ".join(known) or "no options"
            raise InputError(f"{to} has no option {name!r}; it has {listed}{nearest(name, known)}")


def _target(
    result: Segmentation, format: Format, target: str | os.PathLike[str] | None, options: Mapping[str, Any]
) -> Path:
    """Return where to write."""
    if target is not None:
        return Path(target)
    if result.folder is None:
        raise InputError("a result that was not saved has no folder to write to; say a target, or save it first")
    return result.folder / FOLDER / format.file.format(name=result.name, **{**format.defaults(), **options})


def _check_target(path: Path, *, overwrite: bool) -> None:
    """Check that nothing is at the target; and that no folder of other things is, even if it may be overwritten."""
    if path.is_dir() and any(path.iterdir()) and not (path / SHEET).is_file():
        raise InputError(f"{path} holds no export that could be replaced; choose another target")
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists already; say --overwrite (overwrite=True) or another target")


def _check_free(path: Path, written: Path) -> None:
    """Check that nothing else is where a file goes that belongs beside the target; the same style may be."""
    if path.exists() and not (path.is_file() and filecmp.cmp(path, written, shallow=False)):
        raise InputError(f"{path} exists already; say --overwrite (overwrite=True) or another target")


def _move(source: Path, target: Path) -> None:
    """Move a file or a folder to its place; what was there goes."""
    if target.is_dir():
        shutil.rmtree(target)
    os.replace(source, target)
