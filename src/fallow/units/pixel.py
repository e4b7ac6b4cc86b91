"""The pixel unit: every pixel is classified by itself, then cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from fallow.cluster import Clusterer
from fallow.features import Bands, FeatureStack
from fallow.labels import majority as majority_filter
from fallow.raster import Source, Window
from fallow.render.stretch import choose_rgb
from fallow.tiles import Work
from fallow.tiles.cache import BlockCache
from fallow.tiles.canvas import Canvas
from fallow.tiles.engine import block_origin
from fallow.tiles.mapping_unit import min_area_pixels
from fallow.tiles.paint import paint
from fallow.tiles.sample import Sample, draw
from fallow.units.base import DRIFT_EVERY, PIXEL_SAMPLE, Painted, Wish, draw_pixels, without_halo


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

    # ------------------------------------------------------------------ fit
    def fit(self, sources: Sequence[Source], bands: Bands, work: Work, *, keep: bool) -> np.ndarray:
        """Fit the features and return the clusterer's rows (n, features)."""
        wish = self.wish
        self.stack_ = FeatureStack(wish.features, scaling=wish.scaling, reduce=wish.reduce)
        self._cache = BlockCache() if keep else None
        stack = self.stack_.resolve(bands)
        needs_blocks = stack.needs_differences or not stack.is_pointwise
        n_pixels = min(wish.sample, PIXEL_SAMPLE) if needs_blocks else wish.sample
        pixels = draw_pixels(sources, n_pixels, wish, work)
        stack.fit_pixels(pixels, bands)
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
        stack, halo, cache = self.stack_, self.halo, self._cache

        def extract(number: int, block: Window, image: np.ndarray) -> np.ndarray:
            features = stack.extract(image, block_origin(block, halo), sources[number].shape)
            if cache:
                cache.put(block, features)
            return without_halo(features, halo)

        return draw(
            sources,
            extract,
            self.wish.sample,
            seed=self.wish.random_state,
            work=work,
            halo=halo,
            stage="computing features",
            with_differences=stack.needs_differences,
        )

    # ------------------------------------------------------------------ paint
    def paint(self, source: Source, canvas: Canvas, clusterer: Clusterer, work: Work, *, by_area: bool) -> Painted:
        """Classify, clean and paint one image."""
        halo, stack, cache, radius = self.halo, self.stack_, self._cache, self.wish.majority

        def classify(image: np.ndarray, block: Window) -> tuple[np.ndarray, np.ndarray, int]:
            features = cache.take(block) if cache else None
            if features is None:
                features = stack.extract(image, block_origin(block, halo), source.shape)
            features = stack.project(without_halo(features, stack.halo))
            rows = features.reshape(-1, features.shape[-1])
            labels, confidence = (each.reshape(features.shape[:2]) for each in clusterer.assign(rows))
            if radius:
                labels = without_halo(majority_filter(labels, radius), radius)
            n_far = 0 if by_area else DRIFT_EVERY * clusterer.count_far(rows[::DRIFT_EVERY])
            return labels, without_halo(confidence, radius), n_far

        painting = paint(
            source,
            classify,
            canvas,
            n_classes=clusterer.n_classes,
            halo=halo,
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
        wish = self.wish
        self.stack_ = FeatureStack(wish.features, scaling=wish.scaling, reduce=wish.reduce).set_state(state["stack"])
        return self
