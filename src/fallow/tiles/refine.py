"""Between the passes of the region unit: classes pixel by pixel, where the pixels say clearly what they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from fallow.cluster import Clusterer
from fallow.raster import Source, Window, smallest_dtype
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.scratch import Scratch
from fallow.tiles.survey import Survey

CHUNK = 8_192  # pixels classified at a time: their rows stay in the processor's cache

Own = Callable[[np.ndarray, Window], np.ndarray]
"""``own(pixels with halo, block) -> (rows cols, features)`` of the block's pixels."""

Mix = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``mix(own (k, features), leaf (k,)) -> (k, features)``: what is classified."""


class Refined:
    """Classes and confidence of each pixel, kept by tile.

    Attributes
    ----------
    area : (classes,) int64, pixels
    """

    def __init__(
        self,
        source: Source,
        found: Survey,
        own: Own,
        mix: Mix,
        clusterer: Clusterer,
        *,
        halo: int,
        work: Work,
    ) -> None:
        rows, cols = source.shape
        self._kept = Scratch(2 * rows * cols)
        dtype = smallest_dtype(clusterer.n_classes)
        self.area = np.zeros(clusterer.n_classes, np.int64)

        def classify(tile: Tile) -> np.ndarray:
            shape = tile.core.shape[:2]
            classes, percent = np.zeros(shape, dtype), np.zeros(shape, np.uint8)
            for block, pixels in tile.blocks():
                row0, row1, col0, col1 = tile.within(block)
                inside = pixels[halo : halo + row1 - row0, halo : halo + col1 - col0]
                leaf = found.superpixels(block, inside) - 1
                rows = own(pixels, block)
                found_here = np.zeros((2, leaf.size), dtype)
                for start in range(0, leaf.size, CHUNK):
                    part = slice(start, start + CHUNK)
                    labels, confidence = clusterer.assign(mix(rows[part], leaf.ravel()[part]))
                    found_here[0, part] = labels
                    found_here[1, part] = np.where(labels > 0, np.maximum(np.rint(confidence * 100), 1), 0)
                classes[row0:row1, col0:col1], percent[row0:row1, col0:col1] = found_here.reshape(2, *leaf.shape)
            self._kept.put(tile.window, np.stack((classes, percent.astype(dtype))))
            return np.bincount(classes.ravel(), minlength=clusterer.n_classes + 1)[1:]

        with ExitStack() as failing:
            failing.callback(self.close)
            for _, counts in sweep(source, classify, stage="classifying", work=work, halo=halo):
                self.area += counts
            failing.pop_all()

    def get(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Return classes and percent of a tile."""
        classes, percent = self._kept.get(window)
        return classes, percent.astype(np.uint8)

    def close(self) -> None:
        """Forget everything."""
        self._kept.close()
