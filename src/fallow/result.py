"""What a segmentation answers: regions, classes, confidence, a table, and the recipe that made them."""

from __future__ import annotations

import copy
import html
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tomli_w

from fallow.archive import write_archive
from fallow.cluster import Clusterer, describe_method
from fallow.errors import FileError, InputError, check_choice, writing
from fallow.export.registry import export
from fallow.labels.contour_map import contour_map
from fallow.labels.statistics import RegionStatistics
from fallow.labels.tree import MergeTree
from fallow.optional import require
from fallow.plot import plot
from fallow.raster import Georeference, read_thinned, smallest_dtype, write_cog, write_jpeg, write_png, write_zarr
from fallow.regions.scales import Scales, judge_scales
from fallow.render.encode import jpeg_uri
from fallow.render.overlay import LegendEntry, preview
from fallow.render.palette import class_color, class_colors
from fallow.render.stretch import stretch
from fallow.staging import existing_part, staging
from fallow.table import ClassTable
from fallow.tiles.canvas import Canvas, Layer
from fallow.tiles.mapping_unit import min_area_pixels
from fallow.tiles.thumbnail import Thumbnail

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
)
ZARR = "result.zarr"
MADE_OF_IT = ("seconds.csv", "report.html")  # beside a result, and gone with it
FORMATS = ("geotiff", "cog", "zarr")
MAX_PNG_PIXELS, MAX_PNG_LABELS = 100_000_000, 1 << 24


@dataclass(repr=False)
class Segmentation:
    """The answer for one image.

    Attributes
    ----------
    name : str
        Of the image.
    regions : (rows, cols) int32
        Connected areas, numbered from 1; 0 is no data.
    classes : (rows, cols) int32
        Categories, 1 is the largest when fitted on this image; 0 is no data.
    confidence : (rows, cols) float32
        0..1, how clearly the clusterer chose each pixel's class, in steps of 0.01; before cleaning; 0 is no data.
    stability : (rows, cols) float32 or None
        0..1, the share of other samples from which each pixel gets the same class, in steps of 0.01 from 0.01 on; 0 is
        no data. None where `stability` was not asked for.
    tree : MergeTree or None
        Every scale of the regions, for `at`; None for the pixel unit, whose regions are the connected areas of one
        class.
    leaves : RegionStatistics or None
        What the tree's superpixels look like and which of them touch.
    clusterer : Clusterer
        What made the classes, of features whose names are `feature_names`.
    height, min_area : float and int
        Where the tree was cut, and the minimum mapping unit in pixels.
    table : ClassTable
    recipe : dict
        All that is needed to repeat the result.
    notes : list of str
        What the reader of the result should know, in plain sentences.
    seconds : dict
        Stage -> how long it took.
    folder : Path or None
        Where it was opened from; None for a new result.
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
    tree: MergeTree | None
    leaves: RegionStatistics | None
    clusterer: Clusterer
    feature_names: tuple[str, ...]
    height: float
    min_area: int
    pixel_area_m2: float | None
    seconds: dict[str, float]
    _canvas: Canvas
    _thumbnail: Thumbnail
    folder: Path | None = None

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

    @cached_property
    def stability(self) -> np.ndarray | None:
        if "stability" not in self._canvas.layers:
            return None
        return self._layer("stability").read().astype(np.float32) / np.float32(100)

    def _layer(self, name: str) -> Layer:
        return self._canvas.layers[name]

    @cached_property
    def superpixels(self) -> np.ndarray:
        """(rows, cols) int32: leaf of `tree` + 1 at each pixel; 0 is no data. Region unit only."""
        self._check_tree()
        return self._layer("superpixels").read().astype(np.int32)

    def contours(self) -> np.ndarray:
        """Return the ultrametric contour map (rows, cols) float32: at each border, the height at which it goes."""
        return contour_map(self._check_tree(), self.superpixels)

    def at(
        self, *, n_regions: int | None = None, scale: float | None = None, min_area_m2: float | None = None
    ) -> Segmentation:
        """Return this result with the regions of another scale of its tree; no pixel is looked at again.

        Parameters
        ----------
        n_regions : int
            Exactly so many, or the nearest number there can be; without `min_area_m2` they may be of any size.
        scale : float
            Times the height this result was cut at: above 1 for fewer regions.
        min_area_m2 : float
            No region smaller than this on the ground, in place of this result's own minimum mapping unit.

        Returns
        -------
        Segmentation
            The same classes and another `regions`; for `n_regions`, `height` is the least that leaves so many.

        Raises
        ------
        InputError
            If nothing or both a number and a scale are said, one of them cannot be right, the result has no tree, or
            its pixels no known size.
        """
        tree = self._check_tree()
        if (n_regions is not None and scale is not None) or (n_regions, scale, min_area_m2) == (None, None, None):
            raise InputError("at needs n_regions or scale, or min_area_m2 with or without one of them")
        if n_regions is not None and not (isinstance(n_regions, int | np.integer) and n_regions >= 1):
            raise InputError(f"n_regions must be a whole number of at least 1, got {n_regions!r}")
        if scale is not None and not (isinstance(scale, int | float | np.number) and 0 < scale < np.inf):
            raise InputError(f"scale must be a number above 0, got {scale!r}")
        min_area = self._min_area_of(min_area_m2, 0 if n_regions is not None else self.min_area)
        height = self.height * (scale or 1.0)
        if n_regions is not None:
            region, height = tree.cut_into(n_regions, min_area=min_area), tree.height_of(n_regions)
            taken: dict[str, Any] = {"n_regions": int(n_regions), "min_area": min_area}
        else:
            region = tree.cut(height, min_area=min_area)
            taken = {"height": float(height), "min_area": min_area}
        table = np.concatenate(([0], region)).astype(np.int32)
        canvas = copy.copy(self._canvas)
        painted = table[self.superpixels]
        n_found = int(region.max(initial=0))
        canvas.layers = self._canvas.layers | {"regions": Layer(array=painted.astype(smallest_dtype(n_found)))}
        thumbnail = copy.copy(self._thumbnail)
        thumbnail.regions = table[self._thumbnail.superpixels]
        found = {"regions": n_found, "height": round(float(height), 6)}
        recipe = self.recipe | {"found": self.recipe.get("found", {}) | found, "at": taken}
        return replace(
            self,
            n_regions=n_found,
            height=float(height),
            min_area=min_area,
            recipe=recipe,
            _canvas=canvas,
            _thumbnail=thumbnail,
        )

    def scales(self) -> Scales:
        """Judge every scale of the tree by what its regions look like, and name those that stand out.

        Take one with ``at(scale=named.height / result.height)``; no pixel is looked at again.

        Raises
        ------
        InputError
            If the result has no tree.
        """
        tree = self._check_tree()
        assert self.leaves
        return judge_scales(tree, self.leaves, min_area=self.min_area)

    def _min_area_of(self, min_area_m2: float | None, otherwise: int) -> int:
        """Return a minimum mapping unit on the ground in pixels, or `otherwise` where none is said."""
        if min_area_m2 is None:
            return otherwise
        if self.pixel_area_m2 is None:
            raise InputError("min_area_m2 cannot be counted in pixels, because the image has no georeference")
        if not 0 <= min_area_m2 < np.inf:
            raise InputError(f"min_area_m2 must be at least 0, got {min_area_m2!r}")
        return min_area_pixels(f"{min_area_m2:.12f}m2", self.pixel_area_m2)

    def _check_tree(self) -> MergeTree:
        if self.tree is None:
            raise InputError('this result has no tree of scales; segment with unit="region"')
        return self.tree

    def preview(self) -> np.ndarray:
        """Draw the image with its regions outlined, its classes, and a legend: (height, width, 3) uint8."""
        legend = [LegendEntry(class_color(row.label), row.name, row.share) for row in self.table]
        picture = self.picture()
        title = f"{self.name}: {self.n_regions:,} regions, {self.n_classes} classes"
        return preview(picture, self._thumbnail.regions, self._thumbnail.classes, legend, title)

    def picture(self) -> np.ndarray:
        """Return the image as it is shown, at most 1400 pixels a side: (height, width, 3) uint8."""
        return stretch(self._thumbnail.picture, is_8bit=self.is_8bit)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers there are: "classes", "regions", "confidence", and others as the options ask for."""
        return tuple(self._canvas.layers)

    def small(self, name: str) -> np.ndarray:
        """Return a layer at the size of `picture`, the first pixel of each cell: labels int32, shares 0..1 float32.

        Parameters
        ----------
        name : "classes", "regions", "superpixels", "confidence" or "stability"

        Raises
        ------
        InputError
            If the result has no such layer.
        """
        layer = self._canvas.layers.get(name)
        if layer is None:
            raise InputError(f"this result has no {name}; it has {', '.join(self.layer_names)}")
        if name in ("classes", "regions", "superpixels"):
            return getattr(self._thumbnail, name)
        step = self._thumbnail.step
        values = layer.array[::step, ::step] if layer.array is not None else read_thinned(layer.where, step)
        return values.astype(np.float32) / np.float32(100)

    def plot(self, what: str = "result") -> Figure:
        """Return a matplotlib Figure for a notebook; needs the extra "report".

        Parameters
        ----------
        what : "result", "classes", "scales", "scores", "choice", "som" or "planes"
            Picture, classes and confidence; the mean spectrum of each class; the regions at the scales that stand out,
            and by which scores; the curves by which the number of classes was chosen; the self-organizing map; its
            component planes.

        Raises
        ------
        InputError
            If there is no such plot, or the result holds nothing to plot.
        MissingExtraError
            If matplotlib is not installed.
        """
        return plot(self, what)

    def export(
        self, to: str, target: str | os.PathLike[str] | None = None, *, overwrite: bool = False, **options: Any
    ) -> Path:
        """Write the result in a format that other tools open, and return where it went.

        Parameters
        ----------
        to : "gpkg", "geojson", "flatgeobuf", "shapefile" or "geoparquet"
        target
            The file or folder to write. Default: in the folder ``export`` of the folder the result was opened from.
        overwrite : bool
            Replace what is there.
        **options
            Of the format: docs/export.md has them all.

        Raises
        ------
        InputError
            If the format or an option of it is wrong, or something is at the target.
        MissingExtraError
            If what the format needs is not installed.
        FileError
            If it cannot be written.
        """
        return export(self, to, target, overwrite=overwrite, **options)

    def _repr_html_(self) -> str:
        """Show the preview in a notebook."""
        told = html.escape(repr(self))
        return f'<img src="{jpeg_uri(self.preview())}" alt="{told}" style="max-width: 100%">'

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False, format: str = "geotiff") -> Path:
        """Write everything into a folder; each file appears under its name only when all are whole.

        Writes ``classes.tif``, ``regions.tif``, ``confidence.tif``, ``clusterer.fallow``, ``picture.jpg``,
        ``preview.png``, ``classes.csv`` and ``recipe.toml``; ``superpixels.tif`` and ``tree.fallow`` for the region
        unit; ``stability.tif`` where it was asked for; and for an image without georeference ``classes.png`` and
        ``regions.png`` as well. `open_result` reads them back.

        Parameters
        ----------
        format : "geotiff", "cog" or "zarr"
            Of the layers: plain GeoTIFFs; Cloud Optimized GeoTIFFs, with overviews, which open at once however large;
            or all of them in one group ``result.zarr``.

        Raises
        ------
        InputError
            If the folder already holds a result, or a file of the name of one, and `overwrite` is not said.
        MissingExtraError
            If "zarr" is asked for and not installed.
        FileError
            If the folder cannot be written.
        """
        check_format(format)
        folder = check_free(folder, overwrite=overwrite)
        with staging(folder) as hidden:
            self.save_through(hidden, folder, format=format)
        return folder

    def save_through(self, hidden: Path, folder: Path, *, format: str = "geotiff") -> None:
        """Write everything into `hidden`, empty and on the same disk, and move it to `folder` when all is whole."""
        with writing(folder):
            self._write(hidden, format)
            (folder / MARKER).unlink(missing_ok=True)
            for name in (*FILES, *MADE_OF_IT, ZARR, MARKER):
                if (folder / name).is_dir():
                    shutil.rmtree(folder / name)
                if (hidden / name).exists():
                    os.replace(hidden / name, folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)

    def _write(self, folder: Path, format: str) -> None:
        on_disk = Canvas(self.shape, self.georeference, folder)
        window = (0, self.shape[0], 0, self.shape[1])
        for name, layer in self._canvas.layers.items():
            if layer.path and layer.path.is_file():
                _place(layer.path, folder / f"{name}.tif")
            else:
                values = layer.read()
                with on_disk.sink(name, values.dtype, **layer.tags) as sink:
                    sink.write(window, values)
        files = {name: folder / f"{name}.tif" for name in self._canvas.layers}
        if format == "cog":
            for file in files.values():
                write_cog(file, file)
        elif format == "zarr":
            write_zarr(files, folder / ZARR)
            for file in files.values():
                file.unlink()
        if self.georeference is None and self.shape[0] * self.shape[1] <= MAX_PNG_PIXELS:
            write_png(folder / "classes.png", self._layer("classes").read(), colors=class_colors(self.n_classes))
            if self.n_regions < MAX_PNG_LABELS:
                write_png(folder / "regions.png", self._layer("regions").read())
        if self.tree:
            state: dict[str, Any] = self.tree.to_state() | {"height": self.height, "min_area": self.min_area}
            if self.leaves:
                state["leaves"] = self.leaves.to_state()
            write_archive(folder / "tree.fallow", state, kind="tree")
        learned = {"method": describe_method(self.clusterer), "classes": self.n_classes, "features": self.feature_names}
        learned["state"] = self.clusterer.get_state()
        write_archive(folder / "clusterer.fallow", learned, kind="clusterer")
        write_jpeg(folder / "picture.jpg", self.picture())
        write_png(folder / "preview.png", self.preview())
        self.table.to_csv(folder / "classes.csv")
        (folder / MARKER).write_bytes(tomli_w.dumps(_as_toml(self.recipe | {"notes": self.notes})).encode())


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
