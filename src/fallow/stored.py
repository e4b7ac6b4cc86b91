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
from fallow.errors import FileError, InputError, writing
from fallow.labels.statistics import RegionStatistics
from fallow.labels.tree import MergeTree
from fallow.raster import open_source, read_thinned, whole_file
from fallow.recipe import read_recipe
from fallow.render.palette import class_colors
from fallow.result import MARKER, ZARR, Segmentation
from fallow.table import ClassTable
from fallow.tiles.canvas import Canvas, Layer
from fallow.tiles.mapping_unit import min_area_pixels
from fallow.tiles.paint import PERCENT
from fallow.tiles.thumbnail import Thumbnail, thumbnail_step

LAYERS = ("classes", "regions", "confidence", "stability", "superpixels")
SECONDS = "seconds.csv"
STRIP = 512  # rows read at a time


def is_result(folder: str | os.PathLike[str]) -> bool:
    """Say whether a folder holds a whole result."""
    return (Path(folder) / MARKER).is_file()


def open_result(folder: str | os.PathLike[str]) -> Segmentation:
    """Open a result that `Segmentation.save` or the command line wrote; `at` and all else work as on a new one.

    Raises
    ------
    InputError
        If the folder holds no result, or a damaged one.
    FileError
        If a file of it cannot be read.
    """
    folder = Path(folder)
    if not is_result(folder):
        raise InputError(f"{folder} holds no result of fallow: there is no {MARKER} in it")
    recipe = read_recipe(folder / MARKER)
    notes = recipe.pop("notes", [])
    try:
        return _open(folder, recipe, notes)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder} holds a damaged result: {error!r}") from error


def _open(folder: Path, recipe: dict[str, Any], notes: list[str]) -> Segmentation:
    layers = {name: layer for name in LAYERS if (layer := _layer(folder, name))}
    with open_source(str(layers["classes"].where)) as source:
        shape, georeference, pixel_area_m2 = source.shape, source.georeference, source.pixel_area_m2
    canvas = Canvas(shape, georeference, folder)
    canvas.layers = layers
    learned = read_archive(folder / "clusterer.fallow", kind="clusterer")
    tags: dict[str, dict[str, Any]] = {"classes": {"colors": class_colors(learned["classes"])}}
    tags |= {name: {"scale": PERCENT["scale"]} for name in ("confidence", "stability")}
    for name, layer in layers.items():
        layer.tags = tags.get(name, {})
    clusterer = make_clusterer(learned["method"], learned["classes"], recipe["segment"].get("random_state", 0))
    clusterer.set_state(learned["state"])
    tree, leaves = None, None
    cut: dict[str, Any] = {"height": 0.0, "min_area": min_area_pixels(recipe["segment"]["min_area"], pixel_area_m2)}
    if (folder / "tree.fallow").is_file():
        cut = read_archive(folder / "tree.fallow", kind="tree")
        tree, leaves = MergeTree.from_state(cut), RegionStatistics.from_state(cut["leaves"])
    return Segmentation(
        name=Path(recipe["input"]["image"]).stem,
        shape=shape,
        n_classes=clusterer.n_classes,
        n_regions=int(recipe["found"]["regions"]),
        table=ClassTable.from_csv(folder / "classes.csv"),
        recipe=recipe,
        notes=notes,
        georeference=georeference,
        is_8bit=True,
        tree=tree,
        leaves=leaves,
        clusterer=clusterer,
        feature_names=tuple(learned["features"]),
        height=cut["height"],
        min_area=cut["min_area"],
        pixel_area_m2=pixel_area_m2,
        seconds=_read_seconds(folder / SECONDS),
        _canvas=canvas,
        _thumbnail=StoredThumbnail(shape, folder / "picture.jpg", layers),
        folder=folder,
    )


class StoredThumbnail(Thumbnail):
    """The small pictures of a saved result, each made when it is first looked at."""

    def __init__(self, shape: tuple[int, int], picture: Path, layers: dict[str, Layer]) -> None:
        self.step = thumbnail_step(shape)
        self._picture = picture
        self._layers = layers

    def __getattr__(self, name: str) -> np.ndarray:
        if name not in ("picture", "regions", "classes", "superpixels"):
            raise AttributeError(name)
        if name == "picture":
            value = _read_picture(self._picture)
            value[self.classes == 0] = np.nan
        elif name in self._layers:
            value = read_thinned(self._layers[name].where, self.step).astype(np.int32)
        else:
            value = np.zeros((0, 0), np.int32)
        setattr(self, name, value)
        return value


def _read_picture(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as picture:
            return np.asarray(picture, np.float32)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error}") from error


def _layer(folder: Path, name: str) -> Layer | None:
    """Find a layer of a result, whatever its format."""
    if (folder / f"{name}.tif").is_file():
        return Layer(path=folder / f"{name}.tif")
    if (folder / ZARR / "0" / name).is_dir():
        return Layer(path=folder / ZARR / "0" / name)
    return None


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
