"""From classified blocks to a finished answer: clean, find the regions, paint, measure.

One sweep classifies every pixel and measures the classes; it keeps the raw classes, and of each tile the graph of its
connected areas. The graphs are joined and cleaned, and the answer is painted from what was kept: pixels are read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from fallow import run
from fallow.raster import Source, Window, smallest_dtype
from fallow.raster.reduce import cell_means
from fallow.render.palette import class_colors
from fallow.tiles.canvas import Canvas
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.grid import BLOCK, blocks_of
from fallow.tiles.records import Record
from fallow.tiles.seams import SeamJoiner, tile_part
from fallow.tiles.statistics import ClassStatistics, class_sums
from fallow.tiles.thumbnail import Thumbnail, thumbnail_step

PERCENT: dict[str, Any] = {"dtype": np.dtype(np.uint8), "scale": 0.01}
"""A layer of shares."""


class Classified(NamedTuple):
    """What was made of one block of pixels.

    Attributes
    ----------
    labels : (rows, cols) int32
    shares : dict
        Layer -> (rows, cols) float32, 0..1: ``confidence``, and ``stability`` where there is a panel.
    n_far : int
        Pixels far from what was fitted.
    feature_sums : (features + 1,) float64
        Of some pixels, and their number.
    """

    labels: np.ndarray
    shares: dict[str, np.ndarray]
    n_far: int
    feature_sums: np.ndarray


Classify = Callable[[np.ndarray, Window], Classified]
"""``classify(pixels with halo, block)`` of the block itself."""


@dataclass(frozen=True)
class Painting:
    """What was measured while an answer was painted.

    Attributes
    ----------
    order : (classes,) int
        The clusterer's class that became class 1, 2, ...
    area : (classes,) int64, pixels
    mean, deviation : (classes, bands) float64
        Of the pixels as they were classified, before small regions joined a neighbour.
    n_regions, n_valid, n_far : int
    thumbnail : Thumbnail
    feature_mean : (features,) float64
        Of the image's pixels.
    """

    order: np.ndarray
    area: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    n_regions: int
    n_valid: int
    n_far: int
    thumbnail: Thumbnail
    feature_mean: np.ndarray


@dataclass(frozen=True)
class ClassifyTile:
    """Classify one tile and measure it.

    Attributes
    ----------
    classify : callable
        See `Classify`.
    shape : (rows, cols) of the whole image
    """

    classify: Classify
    n_classes: int
    shares: tuple[str, ...]
    shape: tuple[int, int]
    min_area: int
    rgb: tuple[int, int, int]

    def __call__(self, tile: Tile) -> Record:
        shape = tile.core.shape[:2]
        classes = np.empty(shape, np.int32)
        percent = {name: np.empty(shape, np.uint8) for name in self.shares}
        sums, feature_sums, far = [], [], 0
        for block, pixels in tile.blocks():
            place = tile.place(block)
            found = self.classify(pixels, block)
            classes[place] = found.labels
            for name in self.shares:
                percent[name][place] = percent_of(found.labels, found.shares[name])
            sums.append(class_sums(tile.core[place], classes[place], self.n_classes))
            feature_sums.append(found.feature_sums)
            far += found.n_far
        part = tile_part(tile.window, classes, self.shape, self.min_area)
        return part | {
            "classes": part["classes"].astype(smallest_dtype(self.n_classes)),
            "percent": percent,
            "far": far,
            "sums": np.stack(sums),
            "feature_sums": feature_sums,
            "picture": cell_means(tile.core, np.array(self.rgb), thumbnail_step(self.shape)),
        }


def paint(
    source: Source,
    classify: Classify,
    canvas: Canvas,
    *,
    n_classes: int,
    shares: tuple[str, ...],
    halo: int,
    min_area: int,
    by_area: bool,
    rgb: tuple[int, int, int],
    work: Work,
) -> Painting:
    """Paint ``classes``, ``regions`` and the layers of shares of `source` on `canvas`.

    Parameters
    ----------
    classify : callable
        Classifies one block, see `Classify`; called on workers.
    shares : names
        Those that `classify` returns.
    min_area : int
        Smallest region in pixels; smaller ones join the neighbour they share the longest border with.
    by_area : bool
        Number the classes by their final area, largest first; otherwise keep the clusterer's numbers.
    rgb : three band numbers from 0
        What the thumbnail shows.
    """
    joiner, statistics, thumbnail = SeamJoiner(source.shape, min_area), ClassStatistics(), Thumbnail(source.shape)
    n_far = 0
    feature_sums: dict[Window, np.ndarray] = {}
    n_bytes = source.shape[0] * source.shape[1] * (len(shares) + smallest_dtype(n_classes).itemsize)
    with work.records("classifying", n_bytes, ("classes", "percent")) as kept:
        look = ClassifyTile(classify, n_classes, shares, source.shape, min_area, rgb)
        for window, found in sweep(source, look, stage="classifying", work=work, halo=halo, keep=kept):
            joiner.add_part(window, found)
            statistics.add(window, found["sums"])
            thumbnail.show(window, found["picture"])
            n_far += found["far"]
            feature_sums |= dict(zip(blocks_of(window), found["feature_sums"], strict=True))
        joined = joiner.finish()
        area = joined.class_area(n_classes)
        order = np.argsort(-area, kind="stable") + 1 if by_area else np.arange(1, n_classes + 1)
        joined.renumber_classes(order)
        class_type, region_type = smallest_dtype(n_classes), smallest_dtype(joined.n_regions)

        def paint_tile(window: Window) -> dict[str, np.ndarray]:
            found = kept.get(window)
            regions, classes = joined.tile(window, found["classes"].astype(np.int32))
            thumbnail.label(window, regions=regions, classes=classes)
            return {
                "regions": regions.astype(region_type),
                "classes": classes.astype(class_type),
                **found["percent"],
            }

        layers: dict[str, dict[str, Any]] = {
            "regions": {"dtype": region_type},
            "classes": {"dtype": class_type, "colors": class_colors(n_classes)},
            **dict.fromkeys(shares, PERCENT),
        }
        paint_layers(canvas, layers, paint_tile, work.tiles(source), work)
    mean, deviation = statistics.mean_and_deviation(order)
    total = np.sum([feature_sums[block] for block in sorted(feature_sums)], axis=0)
    return Painting(
        order,
        area[order - 1],
        mean,
        deviation,
        joined.n_regions,
        int(area.sum()),
        n_far,
        thumbnail,
        total[:-1] / max(1, total[-1]),
    )


def paint_layers(
    canvas: Canvas,
    layers: Mapping[str, dict[str, Any]],
    paint_tile: Callable[[Window], Mapping[str, np.ndarray]],
    windows: list[Window],
    work: Work,
) -> None:
    """Write all layers of an answer, block by block in reading order whatever the tiles: the files are the same bytes.

    Parameters
    ----------
    layers : name -> what `Canvas.sink` takes
    paint_tile : callable
        Returns the values of each layer in a window; called in threads of this process.
    """
    on_step = work.on_step("painting")
    with ExitStack() as stack:
        stack.enter_context(work.timed("painting"))
        sinks = {name: stack.enter_context(canvas.sink(name, **said)) for name, said in layers.items()}
        painted: Iterator = run.map(paint_tile, windows, workers=work.runner.workers)
        done = 0
        for (row0, row1), tiles in groupby(painted, lambda each: each[0][:2]):
            # Of tiles of several rows of blocks, the first row is whole only when the last tile is there.
            for row_of_tiles in ([each] for each in tiles) if row1 - row0 <= BLOCK else [list(tiles)]:
                for top in range(row0, row1, BLOCK):
                    for (_, _, col0, col1), found in row_of_tiles:
                        for name, sink in sinks.items():
                            part = top, min(top + BLOCK, row1), col0, col1
                            sink.write(part, found[name][top - row0 : top - row0 + BLOCK])
                done += len(row_of_tiles)
                if on_step:
                    on_step(done, len(windows))


@njit(cache=True, nogil=True)
def percent_of(labels: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Turn confidences (rows, cols), 0..1, into whole percent, at least 1 where there is a label: uint8."""
    percent = np.zeros(labels.shape, np.uint8)
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            if labels[row, col] > 0:
                percent[row, col] = max(np.float32(1), np.rint(confidence[row, col] * np.float32(100)))
    return percent
