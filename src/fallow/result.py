"""What a segmentation answers: regions, classes, confidence, a table, and the recipe that made them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from fallow.errors import FileError, InputError, writing
from fallow.raster import Georeference, write_png
from fallow.render.overlay import LegendEntry, preview
from fallow.render.palette import class_color, class_colors
from fallow.render.stretch import stretch
from fallow.staging import staging
from fallow.table import ClassTable
from fallow.tiles.canvas import Canvas, Layer
from fallow.tiles.thumbnail import Thumbnail

MARKER = "recipe.toml"  # written last: a folder that has it holds a whole result
FILES = ("classes.tif", "regions.tif", "confidence.tif", "classes.png", "regions.png", "preview.png", "classes.csv")
MAX_PNG_PIXELS, MAX_PNG_LABELS = 100_000_000, 1 << 24


@dataclass(repr=False)
class Segmentation:
    """The answer for one image.

    Attributes
    ----------
    name : str
        Of the image.
    regions : (rows, cols) int32
        Connected areas of one class, numbered from 1 in the order of their first pixel; 0 is no data.
    classes : (rows, cols) int32
        Categories, 1 is the largest when fitted on this image; 0 is no data.
    confidence : (rows, cols) float32
        0..1, how clearly the clusterer chose each pixel's class, in steps of 0.01; before cleaning; 0 is no data.
    table : ClassTable
    recipe : dict
        All that is needed to repeat the result.
    notes : list of str
        What the reader of the result should know, in plain sentences.
    """

    name: str
    shape: tuple[int, int]
    n_classes: int
    n_regions: int
    table: ClassTable
    recipe: dict[str, Any]
    notes: list[str]
    georeference: Georeference | None
    is_8bit: bool
    _canvas: Canvas
    _thumbnail: Thumbnail

    def __repr__(self) -> str:
        return f"<Segmentation of {self.name}: {self.n_regions:,} regions, {self.n_classes} classes>"

    @cached_property
    def regions(self) -> np.ndarray:
        return self._layer("regions").read().astype(np.int32)

    @cached_property
    def classes(self) -> np.ndarray:
        return self._layer("classes").read().astype(np.int32)

    @cached_property
    def confidence(self) -> np.ndarray:
        return self._layer("confidence").read().astype(np.float32) / np.float32(100)

    def _layer(self, name: str) -> Layer:
        return self._canvas.layers[name]

    def preview(self) -> np.ndarray:
        """Draw the image with its regions outlined, its classes, and a legend: (height, width, 3) uint8."""
        legend = [LegendEntry(class_color(row.label), row.name, row.share) for row in self.table]
        picture = stretch(self._thumbnail.picture, is_8bit=self.is_8bit)
        title = f"{self.name}: {self.n_regions:,} regions, {self.n_classes} classes"
        return preview(picture, self._thumbnail.regions, self._thumbnail.classes, legend, title)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write everything into a folder; each file appears under its name only when all are whole.

        Writes ``classes.tif``, ``regions.tif``, ``confidence.tif``, ``preview.png``, ``classes.csv`` and
        ``recipe.toml``, and for an image without georeference ``classes.png`` and ``regions.png`` as well.

        Raises
        ------
        InputError
            If the folder already holds a result, or a file of the name of one, and `overwrite` is not said.
        FileError
            If the folder cannot be written.
        """
        folder = check_free(folder, overwrite=overwrite)
        with staging(folder) as hidden, writing(folder):
            self._write(hidden)
            (folder / MARKER).unlink(missing_ok=True)
            for name in (*FILES, MARKER):
                if (hidden / name).exists():
                    os.replace(hidden / name, folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)
        return folder

    def _write(self, folder: Path) -> None:
        on_disk = Canvas(self.shape, self.georeference, folder)
        window = (0, self.shape[0], 0, self.shape[1])
        for name, layer in self._canvas.layers.items():
            if layer.path:
                _place(layer.path, folder / f"{name}.tif")
            else:
                assert layer.array is not None
                with on_disk.sink(name, layer.array.dtype, **layer.tags) as sink:
                    sink.write(window, layer.array)
        if self.georeference is None and self.shape[0] * self.shape[1] <= MAX_PNG_PIXELS:
            write_png(folder / "classes.png", self._layer("classes").read(), colors=class_colors(self.n_classes))
            if self.n_regions < MAX_PNG_LABELS:
                write_png(folder / "regions.png", self._layer("regions").read())
        write_png(folder / "preview.png", self.preview())
        self.table.to_csv(folder / "classes.csv")
        (folder / MARKER).write_bytes(tomli_w.dumps(_as_toml(self.recipe)).encode())


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


def check_free(folder: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Return the folder if a result may be written there, before any work is done.

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
    held = [name for name in (MARKER, *FILES) if (folder / name).exists()]
    if held and not overwrite:
        what = "a result" if MARKER in held else f"a file {held[0]}"
        raise InputError(f"{folder} already holds {what}; say --overwrite (overwrite=True) or choose another folder")
    existing = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not existing.is_dir():
        raise FileError(f"cannot make the folder {folder}: {existing} is a file")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise FileError(f"cannot write to {existing}: permission denied")
    return folder
