"""From classified blocks to a finished answer: clean, find the regions, paint, measure.

Two sweeps. The first classifies every pixel, keeps the raw classes aside and hands them to the seams, which hold only
the graph. Between the two, the graph is cleaned. The second paints the cleaned classes and regions, and measures them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from fallow.raster import Source, Window, smallest_dtype
from fallow.render.palette import class_colors
from fallow.tiles.canvas import Canvas
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.scratch import Scratch
from fallow.tiles.seams import Joined, SeamJoiner
from fallow.tiles.statistics import ClassStatistics, class_sums
from fallow.tiles.thumbnail import Thumbnail

Classify = Callable[[np.ndarray, Window], tuple[np.ndarray, np.ndarray, int]]
"""``classify(pixels with halo, block) -> (classes int32, confidence float32 0..1, n_far)`` of the block itself."""


@dataclass(frozen=True)
class Painting:
    """What was measured while an answer was painted.

    Attributes
    ----------
    order : (classes,) int
        The clusterer's class that became class 1, 2, ...
    area : (classes,) int64, pixels
    mean, deviation : (classes, bands) float64
    n_regions, n_valid, n_far : int
    thumbnail : Thumbnail
    """

    order: np.ndarray
    area: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    n_regions: int
    n_valid: int
    n_far: int
    thumbnail: Thumbnail


def paint(
    source: Source,
    classify: Classify,
    canvas: Canvas,
    *,
    n_classes: int,
    halo: int,
    min_area: int,
    by_area: bool,
    rgb: tuple[int, int, int],
    work: Work,
) -> Painting:
    """Paint ``classes``, ``regions`` and ``confidence`` of `source` on `canvas`.

    Parameters
    ----------
    classify : callable
        Classifies one block, see `Classify`; called on worker threads.
    min_area : int
        Smallest region in pixels; smaller ones join the neighbour they share the longest border with.
    by_area : bool
        Number the classes by their final area, largest first; otherwise keep the clusterer's numbers.
    rgb : three band numbers from 0
        What the thumbnail shows.
    """
    rows, cols = source.shape
    with Scratch(rows * cols * smallest_dtype(n_classes).itemsize) as raw:
        joined, n_far = _classify_all(source, classify, canvas, raw, n_classes, halo, min_area, work)
        area = joined.class_area(n_classes)
        order = np.argsort(-area, kind="stable") + 1 if by_area else np.arange(1, n_classes + 1)
        joined.renumber_classes(order)
        area = area[order - 1]
        statistics, thumbnail = _paint_all(source, canvas, raw, joined, n_classes, rgb, work)
    mean, deviation = statistics.mean_and_deviation(area)
    return Painting(order, area, mean, deviation, joined.n_regions, int(area.sum()), n_far, thumbnail)


def _classify_all(
    source: Source,
    classify: Classify,
    canvas: Canvas,
    raw: Scratch,
    n_classes: int,
    halo: int,
    min_area: int,
    work: Work,
) -> tuple[Joined, int]:
    """First sweep: raw classes into `raw` and the seams, confidence onto the canvas (1 to 100 percent)."""
    joiner = SeamJoiner(source.shape, min_area)
    dtype = smallest_dtype(n_classes)

    def classify_tile(tile: Tile) -> tuple[np.ndarray, int]:
        shape = tile.core.shape[:2]
        classes, percent, far = np.empty(shape, np.int32), np.empty(shape, np.uint8), 0
        for block, pixels in tile.blocks():
            row0, row1, col0, col1 = tile.within(block)
            labels, confidence, n_far = classify(pixels, block)
            classes[row0:row1, col0:col1] = labels
            percent[row0:row1, col0:col1] = np.where(labels > 0, np.maximum(np.rint(confidence * 100), 1), 0)
            far += n_far
        joiner.add(tile.window, classes)
        raw.put(tile.window, classes.astype(dtype))
        return percent, far

    n_far = 0
    with canvas.sink("confidence", np.dtype(np.uint8), scale=0.01) as sink:
        for window, (percent, far) in sweep(source, classify_tile, stage="classifying", work=work, halo=halo):
            sink.write(window, percent)
            n_far += far
    return joiner.finish(), n_far


def _paint_all(
    source: Source,
    canvas: Canvas,
    raw: Scratch,
    joined: Joined,
    n_classes: int,
    rgb: tuple[int, int, int],
    work: Work,
) -> tuple[ClassStatistics, Thumbnail]:
    """Second sweep: cleaned classes and regions onto the canvas, their statistics and a thumbnail."""
    statistics, thumbnail = ClassStatistics(), Thumbnail(source.shape, rgb)
    class_type, region_type = smallest_dtype(n_classes), smallest_dtype(joined.n_regions)

    def paint_tile(tile: Tile) -> tuple[np.ndarray, np.ndarray]:
        regions, classes = joined.tile(tile.window, raw.get(tile.window).astype(np.int32))
        for block, pixels in tile.blocks():
            row0, row1, col0, col1 = tile.within(block)
            statistics.add(block, class_sums(pixels, classes[row0:row1, col0:col1], n_classes))
        thumbnail.add(tile.window, tile.pixels, regions, classes)
        return regions.astype(region_type), classes.astype(class_type)

    with ExitStack() as sinks:
        regions_sink = sinks.enter_context(canvas.sink("regions", region_type))
        classes_sink = sinks.enter_context(canvas.sink("classes", class_type, colors=class_colors(n_classes)))
        for window, (regions, classes) in sweep(source, paint_tile, stage="painting", work=work):
            regions_sink.write(window, regions)
            classes_sink.write(window, classes)
    return statistics, thumbnail
