"""Second sweep of the region unit: the class of each pixel, and what the classes look like."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from fallow.cluster import Clusterer, Panel, assign_shares, share_names
from fallow.labels.statistics import RegionStatistics, sum_regions
from fallow.raster import Source, Window, smallest_dtype
from fallow.raster.reduce import cell_means
from fallow.regions.cells import CELL
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.grid import blocks_of
from fallow.tiles.paint import percent_of
from fallow.tiles.records import Record, Records
from fallow.tiles.statistics import ClassStatistics, class_sums
from fallow.tiles.survey import Survey, to_pixels
from fallow.tiles.thumbnail import Thumbnail, thumbnail_step

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
    percent : dict
        Layer -> (n,) uint8, 1..100: ``confidence``, and ``stability`` where there is a panel.
    """

    rows: np.ndarray
    classes: np.ndarray
    percent: dict[str, np.ndarray]


@dataclass(frozen=True)
class RefineTile:
    """Classify the pixels of one tile; without a mixer each has the class of its superpixel."""

    mixer: Mixer | None
    clusterer: Clusterer
    panel: Panel | None
    shape: tuple[int, int]
    rgb: tuple[int, int, int]

    def __call__(self, tile: Tile) -> Record:
        n_classes = self.clusterer.n_classes
        shape = tile.core.shape[:2]
        classes = np.zeros(shape, np.int32)
        percent = {name: np.zeros(shape, np.uint8) for name in share_names(self.panel)}
        sums, leaf_sums = [], []
        for (block, pixels), known in zip(tile.blocks(), tile.handed, strict=True):
            place = tile.place(block)
            core = tile.core[place]
            leaf = to_pixels(known["cells"], core.shape[:2])
            is_valid = ~np.isnan(core[..., 0])
            if self.mixer and is_valid.any():
                classes[place], shares = self._refine(self.mixer, pixels, block, leaf, known["rows"])
                for name, share in shares.items():
                    percent[name][place] = percent_of(classes[place], share)
            elif is_valid.any():
                classes[place] = np.where(is_valid, known["classes"][leaf], 0)
                for name, values in known["percent"].items():
                    percent[name][place] = np.where(is_valid, values[leaf], 0)
            sums.append(class_sums(core, classes[place], n_classes))
            leaf_sums.append(sum_regions(core, leaf, known["n"]))
        return {
            "classes": classes.astype(smallest_dtype(n_classes)),
            "percent": percent,
            "counts": np.bincount(classes.ravel(), minlength=n_classes + 1)[1:],
            "sums": np.stack(sums),
            "leaf_sums": leaf_sums,
            "picture": cell_means(tile.core, np.array(self.rgb), thumbnail_step(self.shape)),
        }

    def _refine(
        self, mixer: Mixer, pixels: np.ndarray, block: Window, leaf: np.ndarray, rows_of: np.ndarray
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        own, at = mixer.own(pixels, block), leaf.ravel()
        labels = np.zeros(leaf.shape, np.int32)
        shares = {name: np.zeros(leaf.shape, np.float32) for name in share_names(self.panel)}
        for start in range(0, leaf.size, CHUNK):
            part = slice(start, start + CHUNK)
            rows = mixer.mix(own[part], rows_of[at[part]])
            labels.ravel()[part], found = assign_shares(rows, self.clusterer, self.panel)
            for name, share in found.items():
                shares[name].ravel()[part] = share
        return labels, shares


class Refined:
    """Classes and confidence of each pixel, kept by tile.

    Attributes
    ----------
    area : (classes,) int64, pixels
    statistics : ClassStatistics
    leaves : RegionStatistics
        Of the superpixels.
    shares : names
        Of the layers in ``percent``.
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
        panel: Panel | None,
        *,
        halo: int,
        rgb: tuple[int, int, int],
        thumbnail: Thumbnail,
        work: Work,
    ) -> None:
        n_classes = clusterer.n_classes
        self.shares = share_names(panel)
        n_bytes = source.shape[0] * source.shape[1] * (len(self.shares) + smallest_dtype(n_classes).itemsize)
        self.area = np.zeros(n_classes, np.int64)
        self.statistics = ClassStatistics()
        mean, deviation = np.empty((2, len(found.graph), source.n_bands), np.float32)
        self.records: Records = work.records("classifying", n_bytes, ("classes", "percent"))

        def hand(window: Window) -> list[dict[str, Any]]:
            return [
                {"cells": cells} | _of_block(leaves, *found.blocks[block], has_rows=mixer is not None)
                for block, cells in zip(blocks_of(window), found.cells(window), strict=True)
            ]

        look = RefineTile(mixer, clusterer, panel, source.shape, rgb)
        halo = halo if mixer else 0
        with ExitStack() as failing:
            failing.callback(self.close)
            for window, each in sweep(
                source, look, stage="classifying", work=work, halo=halo, hand=hand, keep=self.records
            ):
                self.area += each["counts"]
                self.statistics.add(window, each["sums"])
                for block, sums in zip(blocks_of(window), each["leaf_sums"], strict=True):
                    own = slice(*found.blocks[block])
                    mean[own], deviation[own] = _mean_and_deviation(sums, found.graph.area[own])
                thumbnail.show(window, each["picture"])
            failing.pop_all()
        pairs, border = found.graph.pairs.astype(np.int32), found.graph.length * CELL
        self.leaves = RegionStatistics(found.graph.area, mean, deviation, pairs, border)

    def close(self) -> None:
        """Forget everything."""
        self.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _of_block(leaves: Leaves, first: int, end: int, *, has_rows: bool) -> dict[str, Any]:
    """Cut out what a block's superpixels need."""
    if has_rows:
        return {"n": end - first, "rows": leaves.rows[first:end]}
    percent = {name: values[first:end] for name, values in leaves.percent.items()}
    return {"n": end - first, "classes": leaves.classes[first:end], "percent": percent}


def _mean_and_deviation(sums: np.ndarray, area: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both from sums of values and squares, (n, bands, 2)."""
    mean, square = np.moveaxis(sums / np.maximum(area, 1)[:, None, None], 2, 0)
    return mean, np.sqrt(np.maximum(square - mean**2, 0))
