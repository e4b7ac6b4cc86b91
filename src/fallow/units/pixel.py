"""The pixel unit: every pixel is classified by itself, then cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from fallow.cluster import Clusterer, Panel, assign_shares, share_names
from fallow.features import Bands, FeatureStack
from fallow.labels import majority as majority_filter
from fallow.raster import Source, Window
from fallow.render.stretch import choose_rgb
from fallow.tiles import Work
from fallow.tiles.cache import BlockCache, is_worth_keeping
from fallow.tiles.canvas import Canvas
from fallow.tiles.engine import block_origin
from fallow.tiles.grid import BLOCK, without_halo
from fallow.tiles.mapping_unit import min_area_pixels
from fallow.tiles.paint import Classified, paint
from fallow.tiles.plan import Appetite
from fallow.tiles.sample import Sample, draw
from fallow.units.base import (
    DRIFT_EVERY,
    PIXEL_SAMPLE,
    DrawFeatures,
    Painted,
    Wish,
    draw_pixels,
    draw_views,
    stack_for,
)

CHUNK = 32_768  # pixels classified at a time: their rows stay in the processor's cache
PLANES = 100  # of features and what they are made from, where they look at surroundings
GRAPH_BYTES, NOISY_GRAPH_BYTES = 0.2, 2.5  # a pixel: what is left of small regions, or all of them


class PixelUnit:
    """Classify pixels.

    Attributes
    ----------
    stack_ : FeatureStack
    """

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self._cache: BlockCache | None = None

    @property
    def halo(self) -> int:
        """Pixels of context around a block."""
        return self.stack_.halo + self.wish.majority

    @property
    def row_names(self) -> tuple[str, ...]:
        """One name a feature of the clusterer's rows."""
        return self.stack_.names

    def appetite(self, bands: Bands, n_pixels: int) -> Appetite:  # noqa: ARG002
        """Return the memory that an image takes."""
        stack = stack_for(self, bands)
        planes = 4 * bands.count if stack.is_pointwise else 4 * bands.count + PLANES
        graph_bytes = GRAPH_BYTES if min_area_pixels(self.wish.min_area, 1.0) > 1 else NOISY_GRAPH_BYTES
        return Appetite(4 * planes * (BLOCK + 2 * stack.halo) ** 2 + stack.memory, graph_bytes)

    # ------------------------------------------------------------------ fit
    def fit(self, sources: Sequence[Source], bands: Bands, work: Work, *, keep: bool) -> np.ndarray:
        """Fit the features and return the clusterer's rows (n, features)."""
        wish = self.wish
        self.stack_ = self.wish.stack()
        stack = self.stack_.resolve(bands)
        needs_blocks = stack.needs_differences or not stack.is_pointwise
        n_pixels = min(wish.sample, PIXEL_SAMPLE) if needs_blocks else wish.sample
        pixels = draw_pixels(sources, n_pixels, wish, work)
        stack.fit_pixels(pixels, bands, draw_views(sources, stack.n_views, self.halo, wish, work))
        self._cache = BlockCache() if keep and is_worth_keeping(sources[0].shape, len(stack.feature_names)) else None
        if needs_blocks:
            drawn = self._draw_features(sources, work)
            rows = drawn.rows
            stack.fit_features(rows, drawn.differences)
        else:
            rows = stack.extract(pixels[:, None])[:, 0]
            stack.fit_features(rows)
        return stack.project(rows)

    def _draw_features(self, sources: Sequence[Source], work: Work) -> Sample:
        """Draw rows of features that need their surroundings, and keep what was computed for one image."""
        return draw(
            sources,
            DrawFeatures(self.stack_, self.halo, self._cache),
            self.wish.sample,
            seed=self.wish.random_state,
            work=work,
            halo=self.halo,
            stage="computing features",
            with_differences=self.stack_.needs_differences,
        )

    # ------------------------------------------------------------------ paint
    def paint(
        self,
        source: Source,
        canvas: Canvas,
        clusterer: Clusterer,
        work: Work,
        *,
        panel: Panel | None = None,
        by_area: bool,
    ) -> Painted:
        """Classify, clean and paint one image."""
        classify = ClassifyPixels(
            self.stack_, clusterer, panel, self.wish.majority, self.halo, source.shape, self._cache, is_new=not by_area
        )
        painting = paint(
            source,
            classify,
            canvas,
            n_classes=clusterer.n_classes,
            shares=share_names(panel),
            halo=self.halo,
            min_area=min_area_pixels(self.wish.min_area, source.pixel_area_m2),
            by_area=by_area,
            rgb=choose_rgb(source.band_names, source.wavelengths),
            work=work,
        )
        self._cache = None
        return Painted(painting)

    # ------------------------------------------------------------------ record
    def prove(self, clusterer: Clusterer, bands: Bands) -> None:
        """Classify a few made-up pixels."""
        features = self.stack_.transform(np.ones((2, 2, bands.count), np.float32))
        clusterer.assign(features.reshape(-1, features.shape[-1]))

    def get_state(self) -> dict[str, Any]:
        """Return what was learned as plain data."""
        return {"stack": self.stack_.get_state()}

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take back what `get_state` gave."""
        self.stack_ = self.wish.stack().set_state(state["stack"])
        return self


@dataclass(frozen=True)
class ClassifyPixels:
    """Classify the pixels of a block; what `fallow.tiles.paint` asks for.

    Attributes
    ----------
    radius : int
        Of the majority filter.
    halo : int
        Pixels of context around a block.
    shape : (rows, cols) of the whole image
    cache : BlockCache, optional
        Features that were computed for the sample.
    is_new : bool
        Whether to tell how far the pixels lie from what was fitted.
    """

    stack: FeatureStack
    clusterer: Clusterer
    panel: Panel | None
    radius: int
    halo: int
    shape: tuple[int, int]
    cache: BlockCache | None
    is_new: bool

    def __call__(self, image: np.ndarray, block: Window) -> Classified:
        stack, radius = self.stack, self.radius
        features = self.cache.take(block) if self.cache else None
        if features is None:
            features = stack.extract(image, block_origin(block, self.halo), self.shape)
        features = without_halo(features, stack.halo)
        rows = features.reshape(-1, features.shape[-1])
        labels = np.empty(features.shape[:2], np.int32)
        shares = {name: np.empty(features.shape[:2], np.float32) for name in share_names(self.panel)}
        for first in range(0, len(rows), CHUNK):
            part = slice(first, first + CHUNK)
            labels.ravel()[part], found = assign_shares(stack.project(rows[part]), self.clusterer, self.panel)
            for name, share in found.items():
                shares[name].ravel()[part] = share
        if radius:
            labels = without_halo(majority_filter(labels, radius), radius)
            shares = {name: without_halo(share, radius) for name, share in shares.items()}
        n_far, feature_sums = 0, np.zeros(rows.shape[1] + 1)
        if self.is_new:
            some = rows[::DRIFT_EVERY]
            n_far = DRIFT_EVERY * self.clusterer.count_far(stack.project(some))
            some = some[~np.isnan(some[:, 0])]
            feature_sums = np.append(some.sum(axis=0, dtype=np.float64), len(some))
        return Classified(labels, shares, n_far, feature_sums)
