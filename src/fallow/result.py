"""What a segmentation answers: regions, classes, confidence, a table, and the recipe that made them."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fallow.cluster import Clusterer
from fallow.edits import Board, Edits, Ground
from fallow.edits.measure import edited_table
from fallow.errors import InputError
from fallow.export.registry import export
from fallow.labels.contour_map import contour_map
from fallow.labels.lookup import Lookup, count_pixels
from fallow.labels.statistics import RegionStatistics
from fallow.labels.tree import MergeTree
from fallow.plot import plot
from fallow.raster import Georeference, Window, smallest_dtype
from fallow.regions.scales import Scales, judge_scales
from fallow.render.encode import jpeg_uri
from fallow.render.overlay import LegendEntry, preview
from fallow.render.palette import from_hex
from fallow.render.stretch import stretch
from fallow.saving import check_format, check_free, write_result
from fallow.staging import staging
from fallow.table import ClassTable
from fallow.tiles.layers import Layer, LookedUpLayer
from fallow.tiles.mapping_unit import min_area_pixels
from fallow.tiles.thumbnail import thumbnail_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_EDITS = Edits()
LABELS = ("classes", "regions", "superpixels")
OF_CLUSTERING = ("candidates", "criterion", "confusion")  # found, and no longer true of other classes


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
    region : (superpixels,) int32 or None
        Region of each superpixel of the tree, 0 where nothing is left of it.
    rows : (superpixels, features) float16 or None
        What the classes were made of.
    layers : dict
        Name -> `Layer`: classes, regions, confidence, and others as the options ask for.
    edits : Edits
        What was changed by hand, see `edit`.
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
    region: np.ndarray | None
    rows: np.ndarray | None
    clusterer: Clusterer
    feature_names: tuple[str, ...]
    height: float
    min_area: int
    pixel_area_m2: float | None
    seconds: dict[str, float]
    layers: dict[str, Layer]
    _picture: Callable[[dict[str, Layer]], np.ndarray]
    edits: Edits = NO_EDITS
    folder: Path | None = None
    _board: Board | None = None
    _base: Segmentation | None = None

    def __repr__(self) -> str:
        return f"<Segmentation of {self.name}: {self.n_regions:,} regions, {self.n_classes} classes>"

    @cached_property
    def regions(self) -> np.ndarray:
        return self.read("regions").astype(np.int32)

    @cached_property
    def classes(self) -> np.ndarray:
        return self.read("classes").astype(np.int32)

    @cached_property
    def confidence(self) -> np.ndarray:
        return self.read("confidence").astype(np.float32) / np.float32(100)

    @cached_property
    def stability(self) -> np.ndarray | None:
        return self.read("stability").astype(np.float32) / np.float32(100) if "stability" in self.layers else None

    def read(self, name: str, window: Window | None = None) -> np.ndarray:
        """Return the values of a layer as they are stored, in a window or all: shares as 1..100, 0 is no data.

        Parameters
        ----------
        name : "classes", "regions", "confidence", "superpixels" or "stability"
        window : (row0, row1, col0, col1), half open, inside the image

        Returns
        -------
        (rows, cols) unsigned integers, not to be written to

        Raises
        ------
        InputError
            If the result has no such layer.
        """
        return self._layer(name).read(window)

    def _layer(self, name: str) -> Layer:
        if name not in self.layers:
            raise InputError(f"this result has no {name}; it has {', '.join(self.layers)}")
        return self.layers[name]

    @cached_property
    def superpixels(self) -> np.ndarray:
        """(rows, cols) int32: leaf of `tree` + 1 at each pixel; 0 is no data. Region unit only."""
        self._check_tree()
        return self.read("superpixels").astype(np.int32)

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
        region_of = np.concatenate(([0], region)).astype(np.int32)
        board = replace(self.board, region_of=region_of, height=float(height), min_area=min_area)
        return self._shown(board, self.edits, {"at": taken})

    def edit(self, edits: Edits | Iterable[dict[str, Any]]) -> Segmentation:
        """Return this result with names, colours, regions and classes changed by hand; no pixel is looked at again.

        Parameters
        ----------
        edits : Edits, or a list of lines
            ``{"do": "name", "class": 3, "name": "wheat"}`` and others; done in their order.

        Returns
        -------
        Segmentation
            Its `edits` hold all lines that led to it, with what was decided on the way. Numbers of classes have gaps
            where classes were merged or dropped.

        Raises
        ------
        InputError
            If a line is no edit or names what is not there; the message tells which line.
        """
        board, done = Edits.of(edits).apply(self.board)
        everything = Edits((*self.edits, *done))
        return self._shown(board, everything, {"edits": list(everything)}) if everything else self

    @cached_property
    def board(self) -> Board:
        """The tables that edits are made on."""
        if self._board:
            return self._board
        colors = {row.label: row.color for row in self.table}
        n = len(self.region) if self.region is not None else self.n_regions
        n_labels = max(colors, default=0) + 1
        class_of = np.repeat(np.arange(n_labels, dtype=np.uint16)[None], n + 1, axis=0)
        class_of[0] = 0
        region = np.arange(1, n + 1) if self.region is None else self.region
        return Board(
            ground=Ground(self.tree, self.leaves, self.rows, self.clusterer, self._count),
            region_of=np.concatenate(([0], region)).astype(np.int32),
            class_of=class_of,
            names={row.label: row.name for row in self.table},
            colors=colors,
            height=self.height,
            min_area=self.min_area,
            clusterer=self.clusterer,
        )

    @property
    def _atoms(self) -> Layer:
        """The layer of superpixels, or of what stands in for them."""
        return self.layers["superpixels" if self.tree else "regions"]

    def _count(self) -> np.ndarray:
        counts = np.zeros(self.board.class_of.shape, np.int64)
        for window, superpixels in self._atoms.strips():
            count_pixels(superpixels, self.read("classes", window), counts)
        return counts

    def _shown(self, board: Board, edits: Edits, taken: dict[str, Any]) -> Segmentation:
        """Return what a board shows of the result that was there first; the recipe tells what was `taken`."""
        base = self._base or self
        is_edited = bool(edits)
        n_regions = board.n_regions if is_edited else int(board.region_of.max())
        table = edited_table(board, base.table, base.pixel_area_m2) if is_edited else base.table
        found = self.recipe.get("found", {}) | {"regions": n_regions}
        if self.tree:
            found["height"] = round(float(board.height), 6)
        if is_edited:
            found["classes"] = len(table)
        if set(board.names) != {row.label for row in base.table}:
            found = {name: value for name, value in found.items() if name not in OF_CLUSTERING}
        region_of = np.where(board.kept > 0, board.region_of, 0) if is_edited else board.region_of
        return replace(
            base,
            n_classes=len(table),
            n_regions=n_regions,
            table=table,
            recipe=self.recipe | {"found": found} | taken,
            notes=[*base.notes, f"edited by hand: {len(edits)} edit(s)"] if is_edited else base.notes,
            region=region_of[1:] if self.tree else None,
            clusterer=board.clusterer,
            height=board.height,
            min_area=board.min_area,
            layers=base._looked_up(board, table),
            edits=edits,
            _board=board,
            _base=base,
        )

    def _looked_up(self, board: Board, table: ClassTable) -> dict[str, Layer]:
        """Return layers that show a board."""
        atoms, classes, colors = self._atoms, self.layers["classes"], table.colors
        labels = Lookup(board.class_of, dtype=smallest_dtype(max(colors)))
        regions = Lookup(board.class_of, board.region_of, smallest_dtype(int(board.region_of.max())))
        layers: dict[str, Layer] = {
            name: LookedUpLayer(self.shape, labels, atoms, classes, layer, tags=layer.tags)
            for name, layer in self.layers.items()
        }
        layers["classes"] = LookedUpLayer(self.shape, labels, atoms, classes, tags={"colors": colors})
        layers["regions"] = LookedUpLayer(self.shape, regions, atoms, classes)
        if board.confidence_of is not None:
            sure, tags = Lookup(board.class_of, board.confidence_of, np.dtype(np.uint8)), self.layers["confidence"].tags
            layers["confidence"] = LookedUpLayer(self.shape, sure, atoms, classes, tags=tags)
        return layers

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
        legend = [LegendEntry(from_hex(row.color), row.name, row.share) for row in self.table]
        title = f"{self.name}: {self.n_regions:,} regions, {self.n_classes} classes"
        maps = self.small("regions"), self.small("classes")
        return preview(self.picture(), *maps, self.table.palette(), legend, title)

    def picture(self) -> np.ndarray:
        """Return the image as it is shown, at most 1400 pixels a side: (height, width, 3) uint8."""
        return stretch(self._picture(self.layers), is_8bit=self.is_8bit)

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
        values = self._layer(name).thinned(thumbnail_step(self.shape))
        return values.astype(np.int32) if name in LABELS else values.astype(np.float32) / np.float32(100)

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
            write_result(self, hidden, folder, format=format)
        return folder
