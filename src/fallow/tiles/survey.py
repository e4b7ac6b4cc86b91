"""First pass of the region unit: superpixels and their graph, block by block."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from fallow.features import FeatureStack
from fallow.features.backbone import N_FEATURES
from fallow.features.block import Block
from fallow.features.picture import Picture
from fallow.raster import Source, Window
from fallow.regions.cells import CELL
from fallow.regions.cut import cut_block
from fallow.regions.effort import Effort
from fallow.regions.graph import BlockGraph, RegionGraph, join_blocks
from fallow.regions.tally import sum_features
from fallow.tiles.engine import Tile, Work, block_origin, sweep
from fallow.tiles.grid import BLOCK
from fallow.tiles.scratch import Scratch

DRAWN = 4_096  # pixels, about


@dataclass(frozen=True, eq=False)
class Survey:
    """Superpixels of one image.

    Attributes
    ----------
    graph : RegionGraph
    described : (n, features) float32
        Mean of each feature.
    drawn, leaf : (p, features) float32 and (p,) int64
        Features of single pixels, some thousands or all there are, and the superpixel of each.
    first : dict
        Block -> the number of its first superpixel, from 0.
    scratch : Scratch
        Block -> the superpixels of its cells, from 0; -1 is no data.
    """

    graph: RegionGraph
    described: np.ndarray
    drawn: np.ndarray
    leaf: np.ndarray
    first: dict[Window, int]
    scratch: Scratch

    def close(self) -> None:
        """Forget which pixel is in which superpixel."""
        self.scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def superpixels(self, block: Window, pixels: np.ndarray) -> np.ndarray:
        """Return the superpixel (rows, cols) int32 of each pixel of a block, from 1; 0 is no data."""
        cells = self.scratch.get(block)
        labels = (cells + np.int32(self.first[block] + 1)).astype(np.int32)
        labels[cells < 0] = 0
        wide = labels.repeat(CELL, axis=0).repeat(CELL, axis=1)[: block[1] - block[0], : block[3] - block[2]]
        return np.where(np.isnan(pixels[..., 0]), np.int32(0), wide)


def survey(source: Source, picture: Picture, effort: Effort, stack: FeatureStack, halo: int, work: Work) -> Survey:
    """Find the superpixels of an image, build their graph and describe them.

    Parameters
    ----------
    picture : Picture
        Fitted.
    effort : Effort
    stack : FeatureStack
        Fitted on pixels; its features are averaged over each superpixel.
    halo : int
        Pixels of context around each block that all of these need; a multiple of 4.

    Notes
    -----
    Every block of 512 x 512 pixels is computed on its own, with a halo that ends at the image's edge; superpixels end
    at a block's edge, and the borders along it take the mean of what both blocks see there.
    """
    rows, cols = source.shape
    every = int(min(16, max(1.0, (rows * cols / DRAWN) ** 0.5)))
    scratch = Scratch(rows * cols)  # an int32 for four pixels
    graphs: dict[tuple[int, int], BlockGraph] = {}
    described: dict[tuple[int, int], tuple[np.ndarray, ...]] = {}

    def look(tile: Tile) -> list[tuple[Window, BlockGraph, tuple[np.ndarray, ...]]]:
        found = []
        for block, pixels in tile.blocks():
            labels, graph = _cut(block, pixels, halo, source.shape, picture, effort)
            scratch.put(block, labels)
            features = stack.extract(pixels, block_origin(block, halo), source.shape)
            inside = features[halo : halo + block[1] - block[0], halo : halo + block[3] - block[2]]
            told: tuple[np.ndarray, ...] = (
                sum_features(inside, labels, CELL, len(graph)),
                *_draw(inside, labels, every),
            )
            found.append((block, graph, told))
        return found

    with ExitStack() as failing:
        failing.enter_context(scratch)
        for _, found in sweep(source, look, stage="finding superpixels", work=work, halo=halo):
            for block, graph, told in found:
                place = block[0] // BLOCK, block[2] // BLOCK
                graphs[place], described[place] = graph, told
        failing.pop_all()
    joined, offset = join_blocks(graphs)
    first = {
        (r * BLOCK, min(rows, (r + 1) * BLOCK), c * BLOCK, min(cols, (c + 1) * BLOCK)): number
        for (r, c), number in offset.items()
    }
    total, drawn = (np.concatenate([described[place][number] for place in sorted(described)]) for number in range(2))
    leaf = np.concatenate([described[place][2] + offset[place] for place in sorted(described)])
    means = (total / np.maximum(joined.area, 1)[:, None]).astype(np.float32)
    return Survey(joined, means, drawn, leaf, first, scratch)


def _draw(features: np.ndarray, labels: np.ndarray, every: int) -> tuple[np.ndarray, np.ndarray]:
    """Take one pixel in `every` x `every`: its features and its superpixel."""
    row, col = (np.arange(every // 2, side, every) for side in features.shape[:2])
    some = features[np.ix_(row, col)]
    leaf = labels[np.ix_(row // CELL, col // CELL)].astype(np.int64)
    is_valid = ~np.isnan(some[..., 0])
    return some[is_valid], leaf[is_valid]


def _cut(
    block: Window,
    pixels: np.ndarray,
    halo: int,
    shape: tuple[int, int],
    picture: Picture,
    effort: Effort,
) -> tuple[np.ndarray, BlockGraph]:
    """Cut one block; its halo is what of it lies inside the image."""
    row0, col0 = max(0, block[0] - halo), max(0, block[2] - halo)
    row1, col1 = min(shape[0], block[1] + halo), min(shape[1], block[3] + halo)
    above, left = block_origin(block, halo)
    seen = Block(pixels[row0 - above : row1 - above, col0 - left : col1 - left])
    part = block[0] - row0, block[1] - row0, block[2] - col0, block[3] - col0
    shown = np.zeros((*seen.size, 3), np.float32) if seen.is_empty else picture.show(seen.fill(seen.image))
    network = effort.network()
    features = None if network is None or seen.is_empty else network(shown)
    return cut_block(shown, seen.valid, part, effort.weights, features, n_features=N_FEATURES if network else 0)
