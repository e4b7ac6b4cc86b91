"""How a result's folder is written: which files there are, and that they appear only when all are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tomli_w

from fallow.archive import write_archive
from fallow.cluster import describe_method
from fallow.errors import FileError, InputError, check_choice, writing
from fallow.export.rasters import BESIDE, write_beside_rasters
from fallow.optional import require
from fallow.raster import write_cog, write_jpeg, write_png, write_zarr
from fallow.staging import existing_part
from fallow.tiles.canvas import Canvas
from fallow.tiles.layers import FileLayer

if TYPE_CHECKING:
    from fallow.result import Segmentation

MARKER = "recipe.toml"  # written last: a folder that has it holds a whole result
FILES = (
    "classes.tif",
    "regions.tif",
    "confidence.tif",
    "stability.tif",
    "superpixels.tif",
    "tree.fallow",
    "clusterer.fallow",
    "classes.png",
    "regions.png",
    "picture.jpg",
    "preview.png",
    "classes.csv",
    *BESIDE,
)
ZARR = "result.zarr"
EDITS, OLD_EDITS = "edits.toml", "edits.old.toml"
MADE_OF_IT = ("seconds.csv", "report.html")  # beside a result, and gone with it
FORMATS = ("geotiff", "cog", "zarr")
MAX_PNG_PIXELS, MAX_PNG_LABELS = 100_000_000, 1 << 24


def check_format(format: str) -> str:
    """Return the format of a result's layers if it can be written, before any work is done.

    Raises
    ------
    InputError
        If there is no such format.
    MissingExtraError
        If what writes it is not installed.
    """
    if check_choice("format", format, FORMATS) == "zarr":
        require("zarr", "zarr")
    return format


def check_free(
    folder: str | os.PathLike[str],
    *,
    overwrite: bool,
    files: Sequence[str] = (MARKER, *FILES, ZARR),
    kind: str = "a result",
) -> Path:
    """Return the folder if a result may be written there, before any work is done.

    Parameters
    ----------
    files
        What will be written; where the first of them is, there is a whole one.
    kind
        What it is called.

    Raises
    ------
    InputError
        If it holds a result, or a file of the name of one, and `overwrite` is not said.
    FileError
        If it is a file, or may not be written to.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is a file, but a folder is needed for the results")
    held = [name for name in files if (folder / name).exists()]
    if held and not overwrite:
        what = kind if files[0] in held else f"a file {held[0]}"
        raise InputError(f"{folder} already holds {what}; say --overwrite (overwrite=True) or choose another folder")
    existing = existing_part(folder)
    if not existing.is_dir():
        raise FileError(f"cannot make the folder {folder}: {existing} is a file")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise FileError(f"cannot write to {existing}: permission denied")
    return folder


def write_result(result: Segmentation, hidden: Path, folder: Path, *, format: str) -> None:
    """Write everything into `hidden`, empty and on the same disk, and move it to `folder` when all is whole.

    Edits of an older result there do not fit this one: they are kept beside, under another name.
    """
    with writing(folder):
        _write(result, hidden, format)
        (folder / MARKER).unlink(missing_ok=True)
        if (folder / EDITS).exists():
            os.replace(folder / EDITS, folder / OLD_EDITS)
        for name in (*FILES, *MADE_OF_IT, ZARR, MARKER):
            if (folder / name).is_dir():
                shutil.rmtree(folder / name)
            if (hidden / name).exists():
                os.replace(hidden / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)


def _write(result: Segmentation, folder: Path, format: str) -> None:
    on_disk = Canvas(result.shape, result.georeference, folder)
    for name, layer in result.layers.items():
        if isinstance(layer, FileLayer) and layer.path.is_file():
            _place(layer.path, folder / f"{name}.tif")
        else:
            with on_disk.sink(name, layer.dtype, **layer.tags) as sink:
                for window, values in layer.strips():
                    sink.write(window, values)
    files = {name: folder / f"{name}.tif" for name in result.layers}
    if format == "cog":
        for file in files.values():
            write_cog(file, file)
    elif format == "zarr":
        write_zarr(files, folder / ZARR)
        for file in files.values():
            file.unlink()
    if format != "zarr":
        write_beside_rasters(result, folder)
    if result.georeference is None and result.shape[0] * result.shape[1] <= MAX_PNG_PIXELS:
        write_png(folder / "classes.png", result.layers["classes"].read(), colors=result.table.colors)
        if result.n_regions < MAX_PNG_LABELS:
            write_png(folder / "regions.png", result.layers["regions"].read())
    if result.tree:
        state: dict[str, Any] = result.tree.to_state() | {"height": result.height, "min_area": result.min_area}
        state |= {"region": result.region, "rows": result.rows}
        if result.leaves:
            state["leaves"] = result.leaves.to_state()
        write_archive(folder / "tree.fallow", state, kind="tree")
    clusterer = result.clusterer
    learned = {"method": describe_method(clusterer), "classes": clusterer.n_classes, "features": result.feature_names}
    write_archive(folder / "clusterer.fallow", learned | {"state": clusterer.get_state()}, kind="clusterer")
    write_jpeg(folder / "picture.jpg", result.picture())
    write_png(folder / "preview.png", result.preview())
    result.table.to_csv(folder / "classes.csv")
    (folder / MARKER).write_bytes(tomli_w.dumps(_as_toml(result.recipe | {"notes": result.notes})).encode())


def _as_toml(value: Any) -> Any:
    """Turn what was said into what TOML can hold; an array or a source becomes a mention of itself."""
    match value:
        case dict():
            return {name: _as_toml(each) for name, each in value.items()}
        case list() | tuple() | range():
            return [_as_toml(each) for each in value]
        case np.generic():
            return value.item()
        case np.ndarray():
            return f"array {value.shape}"
        case bool() | int() | float():
            return value
    return str(value)


def _place(source: Path, target: Path) -> None:
    """Put a file at its place without copying where the file system can."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
