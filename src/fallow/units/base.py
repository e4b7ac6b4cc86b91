"""What a unit does for the segmenter: give rows to fit on, and paint an image with what was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from fallow.cluster import Clusterer, Panel
from fallow.errors import InputError
from fallow.features import Bands, FeatureStack
from fallow.features.block import Block
from fallow.features.registry import LITE0
from fallow.features.shared import SharedFeatures
from fallow.labels.statistics import RegionStatistics
from fallow.labels.tree import MergeTree
from fallow.raster import Source, Window
from fallow.tiles import Work
from fallow.tiles.cache import BlockCache
from fallow.tiles.canvas import Canvas
from fallow.tiles.engine import Tile, block_origin, sweep
from fallow.tiles.grid import BLOCK, without_halo
from fallow.tiles.paint import Painting
from fallow.tiles.plan import Appetite
from fallow.tiles.sample import draw, rank_blocks

PIXEL_SAMPLE = 100_000  # rows from which features learn ranges and bins
VIEW_BYTES = 1 << 28  # of blocks that features look at when they learn: fewer where there are many bands
DRIFT_EVERY = 61  # one row in so many tells how far an image lies from the fitted sample


@dataclass(frozen=True)
class Wish:
    """What a unit is asked for; see the parameters of `Segmenter`."""

    features: Any = "auto"
    scaling: str = "auto"
    reduce: str | None = "auto"
    majority: int = 0
    min_area: int | str = 16
    sample: int = 1_000_000
    random_state: int = 0
    scene: str = "auto"
    scale: float = 1.0
    effort: str = "balanced"
    network: str = LITE0

    def stack(self) -> FeatureStack:
        """Return the features asked for, not fitted."""
        return FeatureStack(self.features, scaling=self.scaling, reduce=self.reduce)


@dataclass(frozen=True)
class Painted:
    """What a unit painted, beside the pixels themselves.

    Attributes
    ----------
    painting : Painting
    tree : MergeTree, optional
        Of the regions, and the height it was cut at.
    leaves : RegionStatistics, optional
        Of the tree's superpixels.
    region : (superpixels,) int32, optional
        Region of each.
    rows : (superpixels, features) float16, optional
        What was classified.
    aerial : float
        0..1, how much the scene was taken as one from above.
    """

    painting: Painting
    tree: MergeTree | None = None
    leaves: RegionStatistics | None = None
    region: np.ndarray | None = None
    rows: np.ndarray | None = None
    height: float = 0.0
    aerial: float = 0.0


class Unit(Protocol):
    """What is classified."""

    wish: Wish
    stack_: FeatureStack

    @property
    def halo(self) -> int:
        """Pixels of context around a block."""

    @property
    def row_names(self) -> tuple[str, ...]:
        """One name a feature of the clusterer's rows."""

    def appetite(self, bands: Bands, n_pixels: int) -> Appetite:
        """Return the memory that an image of so many pixels takes; needs nothing fitted, uses what is."""

    def fit(self, sources: Sequence[Source], bands: Bands, work: Work, *, keep: bool) -> np.ndarray:
        """Learn the features and return the clusterer's rows; `keep` what was computed for `paint` of one image."""

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
        """Classify and paint one image."""

    def prove(self, clusterer: Clusterer, bands: Bands) -> None:
        """Classify something made up; raises what a damaged model raises."""

    def get_state(self) -> dict[str, Any]:
        """Return what was learned as plain data."""

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take back what `get_state` gave."""


@dataclass(frozen=True)
class DrawFeatures:
    """Extract a stack's features of a block, given with its halo, and keep them for later if there is a cache."""

    stack: FeatureStack | SharedFeatures
    halo: int
    cache: BlockCache | None = None

    def __call__(self, block: Window, pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        features = self.stack.extract(pixels, block_origin(block, self.halo), shape)
        if self.cache:
            self.cache.put(block, features)
        return without_halo(features, self.halo)


def draw_pixels(sources: Sequence[Source], n: int, wish: Wish, work: Work) -> np.ndarray:
    """Draw rows of pixels from all images.

    Raises
    ------
    InputError
        If there is no valid pixel.
    """
    rows = draw(sources, pixels_alone, n, seed=wish.random_state, work=work).rows
    if not len(rows):
        raise InputError(f"{sources[0].name}: every pixel is no data; nothing is left to segment")
    return rows


def draw_views(sources: Sequence[Source], n: int, halo: int, wish: Wish, work: Work) -> list[Block]:
    """Read blocks that hold data, with their halo, for the families that learn from them.

    Parameters
    ----------
    n
        How many are wanted. There are fewer where the images have fewer, or where more would exceed 256 MiB; one at
        least.

    Returns
    -------
    list of Block
        Chosen by a hash of image and position: of as many images as there are before a second one of any.
    """
    views: list[Block] = []
    if not n:
        return views
    n = min(n, max(1, VIEW_BYTES // (4 * sources[0].n_bands * (BLOCK + 2 * halo) ** 2)))
    for number, block in rank_blocks(sources, wish.random_state):
        source = sources[number]
        for _, pixels in sweep(source, whole_tile, stage="looking", work=work, halo=halo, tiles=[block]):
            view = Block(pixels, block_origin(block, halo), source.shape)
        if len(sources) > 1:
            source.close()
        if not view.is_empty:
            views.append(view)
        if len(views) == n:
            break
    return views


def stack_for(unit: Unit, bands: Bands) -> FeatureStack:
    """Return the features of a unit: fitted, which needs no file of theirs to tell its halo, or else as asked for."""
    return getattr(unit, "stack_", None) or unit.wish.stack().resolve(bands)


def whole_tile(tile: Tile) -> np.ndarray:
    """Take the pixels of a tile of one block, halo and all, or what of them could be read."""
    return next(tile.blocks())[1]


def pixels_alone(block: Window, pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:  # noqa: ARG001
    """Extract the pixels themselves."""
    return pixels
