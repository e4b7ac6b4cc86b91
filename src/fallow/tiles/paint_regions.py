"""Second pass of the region unit: paint what was decided for each superpixel."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from fallow.raster import Source, smallest_dtype
from fallow.render.palette import class_colors
from fallow.tiles.canvas import Canvas
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.paint import Painting
from fallow.tiles.refine import Refined
from fallow.tiles.statistics import ClassStatistics, class_sums
from fallow.tiles.survey import Survey
from fallow.tiles.thumbnail import Thumbnail


@dataclass(frozen=True, eq=False)
class Answer:
    """What was decided for each of n superpixels.

    Attributes
    ----------
    region : (n,) int32, from 1
    classes : (n,) int32, from 1
    confidence : (n,) float32, 0..1
    n_far : int
        Pixels far from what was fitted.
    pixels : Refined, optional
        Classes and confidence of each pixel, which then count instead.
    """

    region: np.ndarray
    classes: np.ndarray
    confidence: np.ndarray
    n_far: int
    pixels: Refined | None = None


def paint_regions(
    source: Source,
    found: Survey,
    answer: Answer,
    canvas: Canvas,
    *,
    n_classes: int,
    by_area: bool,
    rgb: tuple[int, int, int],
    work: Work,
) -> Painting:
    """Paint ``superpixels``, ``regions``, ``classes`` and ``confidence`` of `source` on `canvas`.

    Parameters
    ----------
    by_area : bool
        Number the classes by their area, largest first; otherwise keep the clusterer's numbers.
    rgb : three band numbers from 0
        What the thumbnail shows.
    """
    area = np.bincount(answer.classes, found.graph.area, n_classes + 1)[1:].astype(np.int64)
    if answer.pixels:
        area = answer.pixels.area
    order = np.argsort(-area, kind="stable") + 1 if by_area else np.arange(1, n_classes + 1)
    renumbered = np.empty(n_classes, np.int32)
    renumbered[order - 1] = np.arange(1, n_classes + 1)
    area = area[order - 1]
    n_regions, n_superpixels = int(answer.region.max(initial=0)), len(answer.region)
    types = smallest_dtype(n_superpixels), smallest_dtype(n_regions), smallest_dtype(n_classes)
    region_of, class_of, percent_of = (
        np.concatenate((np.zeros(1, dtype), values.astype(dtype)))
        for dtype, values in (
            (types[1], answer.region),
            (types[2], renumbered[answer.classes - 1]),
            (np.dtype(np.uint8), np.maximum(np.rint(answer.confidence * 100), 1)),
        )
    )
    number_of = np.concatenate((np.zeros(1, types[2]), renumbered.astype(types[2])))
    statistics, thumbnail = ClassStatistics(), Thumbnail(source.shape, rgb)

    def paint_tile(tile: Tile) -> tuple[np.ndarray, ...]:
        superpixels = np.empty(tile.core.shape[:2], np.int32)
        for block, pixels in tile.blocks():
            row0, row1, col0, col1 = tile.within(block)
            superpixels[row0:row1, col0:col1] = found.superpixels(block, pixels)
        if answer.pixels:
            classes, percent = answer.pixels.get(tile.window)
            classes = number_of[classes]
        else:
            classes, percent = class_of[superpixels], percent_of[superpixels]
        for block, pixels in tile.blocks():
            row0, row1, col0, col1 = tile.within(block)
            inside = classes[row0:row1, col0:col1].astype(np.int32)
            statistics.add(block, class_sums(pixels, inside, n_classes))
        thumbnail.add(tile.window, tile.pixels, superpixels, classes.astype(np.int32))
        return superpixels.astype(types[0]), region_of[superpixels], classes, percent

    with ExitStack() as stack:
        sinks = [
            stack.enter_context(canvas.sink("superpixels", types[0])),
            stack.enter_context(canvas.sink("regions", types[1])),
            stack.enter_context(canvas.sink("classes", types[2], colors=class_colors(n_classes))),
            stack.enter_context(canvas.sink("confidence", np.dtype(np.uint8), scale=0.01)),
        ]
        for window, layers in sweep(source, paint_tile, stage="painting", work=work):
            for sink, layer in zip(sinks, layers, strict=True):
                sink.write(window, layer)
    thumbnail.superpixels = thumbnail.regions
    thumbnail.regions = region_of[thumbnail.superpixels].astype(np.int32)
    mean, deviation = statistics.mean_and_deviation(area)
    return Painting(order, area, mean, deviation, n_regions, int(area.sum()), answer.n_far, thumbnail)
