"""A saved result, opened again: its layers stay on disk until they are looked at."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fallow.archive import read_archive
from fallow.cluster import make_clusterer
from fallow.edits import Edits
from fallow.errors import FileError, InputError, writing
from fallow.labels.statistics import RegionStatistics
from fallow.labels.tree import MergeTree
from fallow.raster import open_source, whole_file
from fallow.recipe import read_recipe
from fallow.result import Segmentation
from fallow.saving import EDITS, MARKER, ZARR
from fallow.table import ClassTable
from fallow.tiles.layers import FileLayer, Layer
from fallow.tiles.mapping_unit import min_area_pixels
from fallow.tiles.paint import PERCENT
from fallow.tiles.thumbnail import thumbnail_step

LAYERS = ("classes", "regions", "confidence", "stability", "superpixels")
SECONDS = "seconds.csv"


def is_result(folder: str | os.PathLike[str]) -> bool:
    """Say whether a folder holds a whole result."""
    return (Path(folder) / MARKER).is_file()


def open_result(folder: str | os.PathLike[str], *, edited: bool = True) -> Segmentation:
    """Open a result that `Segmentation.save` or the command line wrote; `at` and all else work as on a new one.

    Parameters
    ----------
    edited : bool
        Apply the ``edits.toml`` in the folder, where there is one.

    Raises
    ------
    InputError
        If the folder holds no result, or a damaged one, or its edits cannot be made.
    FileError
        If a file of it cannot be read.
    """
    folder = Path(folder)
    if not is_result(folder):
        raise InputError(f"{folder} holds no result of fallow: there is no {MARKER} in it")
    recipe = read_recipe(folder / MARKER)
    notes = recipe.pop("notes", [])
    try:
        result = _open(folder, recipe, notes)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder} holds a damaged result: {error!r}") from error
    if not edited or not (folder / EDITS).is_file():
        return result
    edits = Edits.read(folder / EDITS)
    try:
        return result.edit(edits)
    except InputError as error:
        raise InputError(f"{folder / EDITS}, {error}") from error


def _open(folder: Path, recipe: dict[str, Any], notes: list[str]) -> Segmentation:
    paths = {name: path for name in LAYERS if (path := _path_of(folder, name))}
    with open_source(FileLayer((0, 0), paths["classes"]).where) as source:
        shape, georeference, pixel_area_m2 = source.shape, source.georeference, source.pixel_area_m2
    table = ClassTable.from_csv(folder / "classes.csv")
    tags: dict[str, dict[str, Any]] = {"classes": {"colors": table.colors}}
    tags |= {name: {"scale": PERCENT["scale"]} for name in ("confidence", "stability")}
    learned = read_archive(folder / "clusterer.fallow", kind="clusterer")
    clusterer = make_clusterer(learned["method"], learned["classes"], recipe["segment"].get("random_state", 0))
    clusterer.set_state(learned["state"])
    tree, leaves = None, None
    cut: dict[str, Any] = {"height": 0.0, "min_area": min_area_pixels(recipe["segment"]["min_area"], pixel_area_m2)}
    if (folder / "tree.fallow").is_file():
        cut = read_archive(folder / "tree.fallow", kind="tree")
        tree, leaves = MergeTree.from_state(cut), RegionStatistics.from_state(cut["leaves"])
        _check_leaves(tree, cut["region"], cut["rows"])
    return Segmentation(
        name=Path(recipe["input"]["image"]).stem,
        shape=shape,
        n_classes=len(table),
        n_regions=int(recipe["found"]["regions"]),
        table=table,
        recipe=recipe,
        notes=notes,
        georeference=georeference,
        is_8bit=True,
        tree=tree,
        leaves=leaves,
        region=cut.get("region"),
        rows=cut.get("rows"),
        clusterer=clusterer,
        feature_names=tuple(learned["features"]),
        height=cut["height"],
        min_area=cut["min_area"],
        pixel_area_m2=pixel_area_m2,
        seconds=_read_seconds(folder / SECONDS),
        layers={name: FileLayer(shape, path, tags=tags.get(name, {})) for name, path in paths.items()},
        _picture=lambda layers: _read_picture(folder / "picture.jpg", layers["classes"]),
        folder=folder,
    )


def _check_leaves(tree: MergeTree, region: Any, rows: Any) -> None:
    """Raise `InputError` where what is kept of superpixels is not of so many."""
    is_right = isinstance(region, np.ndarray) and region.shape == (tree.n_leaves,) and region.dtype.kind in "iu"
    if not is_right or region.min(initial=0) < 0:
        raise InputError("the saved regions of superpixels are damaged")
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or len(rows) != tree.n_leaves or rows.dtype.kind != "f":
        raise InputError("the saved features of superpixels are damaged")


def _read_picture(path: Path, classes: Layer) -> np.ndarray:
    """Read the small picture of a result; white where there is no class."""
    try:
        with Image.open(path) as file:
            picture = np.asarray(file, np.float32).copy()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error}") from error
    picture[classes.thinned(thumbnail_step(classes.shape)) == 0] = np.nan
    return picture


def _path_of(folder: Path, name: str) -> Path | None:
    """Find a layer of a result, whatever its format."""
    places = (folder / f"{name}.tif", folder / ZARR / "0" / name)
    return next((place for place in places if place.exists()), None)


def write_seconds(path: Path, seconds: dict[str, float]) -> None:
    """Write how long each stage took: one line a stage."""
    with whole_file(path) as temporary, writing(path), temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["stage", "seconds"])
        writer.writerows([stage, f"{each:.3f}"] for stage, each in seconds.items())


def _read_seconds(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["stage"]: float(row["seconds"]) for row in csv.DictReader(file)}
