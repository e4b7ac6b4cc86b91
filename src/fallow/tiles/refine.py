"""Second sweep of the region unit: the class of each pixel, and what the classes look like."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from fallow.cluster import Clusterer
from fallow.raster import Source, Window, smallest_dtype
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.grid import blocks_of
from fallow.tiles.paint import percent_of
from fallow.tiles.records import Record, Records
from fallow.tiles.statistics import ClassStatistics, class_sums
from fallow.tiles.survey import Survey, to_pixels
from fallow.tiles.thumbnail import Thumbnail, cell_means, thumbnail_step

CHUNK = 8_192  # pixels classified at a time: their rows stay in the processor's cache


class Mixer(Protocol):
    """What is classified where pixels say clearly what they are: they and their superpixel together."""

    def own(self, pixels: np.ndarray, block: Window) -> np.ndarray:
        """Return the features (rows cols, features) of a block's pixels, given with their halo."""

    def mix(self, own: np.ndarray, shared: np.ndarray) -> np.ndarray:
        """Mix rows of pixels with those of their superpixels."""


@dataclass(frozen=True, eq=False)
class Leaves:
    """What was decided for each of n superpixels.

    Attributes
    ----------
    rows : (n, features) float32
        What was classified.
    classes : (n,) int32, from 1
    percent : (n,) uint8, 1..100
        Confidence.
    """

    rows: np.ndarray
    classes: np.ndarray
    percent: np.ndarray


@dataclass(frozen=True)
class RefineTile:
    """Classify the pixels of one tile; without a mixer each has the class of its superpixel."""

    mixer: Mixer | None
    clusterer: Clusterer
    shape: tuple[int, int]
    rgb: tuple[int, int, int]

    def __call__(self, tile: Tile) -> Record:
        n_classes = self.clusterer.n_classes
        shape = tile.core.shape[:2]
        classes, percent = np.zeros(shape, np.int32), np.zeros(shape, np.uint8)
        sums = []
        for (block, pixels), known in zip(tile.blocks(), tile.handed, strict=True):
            place = tile.place(block)
            core = tile.core[place]
            leaf = to_pixels(known["cells"], core.shape[:2])
            is_valid = ~np.isnan(core[..., 0])
            if self.mixer and is_valid.any():
                classes[place], percent[place] = self._refine(self.mixer, pixels, block, leaf, known["rows"])
            elif is_valid.any():
                classes[place] = np.where(is_valid, known["classes"][leaf], 0)
                percent[place] = np.where(is_valid, known["percent"][leaf], 0)
            sums.append(class_sums(core, classes[place], n_classes))
        return {
            "classes": classes.astype(smallest_dtype(n_classes)),
            "percent": percent,
            "counts": np.bincount(classes.ravel(), minlength=n_classes + 1)[1:],
            "sums": np.stack(sums),
            "picture": cell_means(tile.core, np.array(self.rgb), thumbnail_step(self.shape)),
        }

    def _refine(
        self, mixer: Mixer, pixels: np.ndarray, block: Window, leaf: np.ndarray, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        own, at = mixer.own(pixels, block), leaf.ravel()
        classes, confidence = np.zeros(leaf.size, np.int32), np.zeros(leaf.size, np.float32)
        for start in range(0, leaf.size, CHUNK):
            part = slice(start, start + CHUNK)
            classes[part], confidence[part] = self.clusterer.assign(mixer.mix(own[part], rows[at[part]]))
        labels = classes.reshape(leaf.shape)
        return labels, percent_of(labels, confidence.reshape(leaf.shape))


class Refined:
    """Classes and confidence of each pixel, kept by tile.

    Attributes
    ----------
    area : (classes,) int64, pixels
    statistics : ClassStatistics
    records : Records
        Tile -> ``classes`` and ``percent``.
    """

    def __init__(
        self,
        source: Source,
        found: Survey,
        leaves: Leaves,
        mixer: Mixer | None,
        clusterer: Clusterer,
        *,
        halo: int,
        rgb: tuple[int, int, int],
        thumbnail: Thumbnail,
        work: Work,
    ) -> None:
        n_classes = clusterer.n_classes
        n_bytes = source.shape[0] * source.shape[1] * (1 + smallest_dtype(n_classes).itemsize)
        self.area = np.zeros(n_classes, np.int64)
        self.statistics = ClassStatistics()
        self.records: Records = work.records("classifying", n_bytes, ("classes", "percent"))

        def hand(window: Window) -> list[dict[str, Any]]:
            return [
                {"cells": cells} | _of_block(leaves, *found.blocks[block], has_rows=mixer is not None)
                for block, cells in zip(blocks_of(window), found.cells(window), strict=True)
            ]

        look = RefineTile(mixer, clusterer, source.shape, rgb)
        halo = halo if mixer else 0
        with ExitStack() as failing:
            failing.callback(self.close)
            for window, each in sweep(
                source, look, stage="classifying", work=work, halo=halo, hand=hand, keep=self.records
            ):
                self.area += each["counts"]
                self.statistics.add(window, each["sums"])
                thumbnail.show(window, each["picture"])
            failing.pop_all()

    def close(self) -> None:
        """Forget everything."""
        self.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _of_block(leaves: Leaves, first: int, end: int, *, has_rows: bool) -> dict[str, np.ndarray]:
    """Cut out what a block's superpixels need."""
    if has_rows:
        return {"rows": leaves.rows[first:end]}
    return {"classes": leaves.classes[first:end], "percent": leaves.percent[first:end]}
