"""First pass of the region unit: superpixels and their graph, block by block."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from fallow.features import Feature, FeatureStack
from fallow.features.block import Block
from fallow.features.picture import Picture
from fallow.features.shared import SharedFeatures
from fallow.raster import Source, Window
from fallow.raster.window import clip
from fallow.regions.cells import CELL
from fallow.regions.coarsen import coarsen
from fallow.regions.cut import cut_block
from fallow.regions.effort import Effort
from fallow.regions.graph import BlockGraph, RegionGraph, join_blocks
from fallow.regions.tally import sum_features
from fallow.run import give_back_memory
from fallow.tiles.engine import Tile, Work, block_origin, sweep
from fallow.tiles.grid import BLOCK, blocks_of, without_halo
from fallow.tiles.records import Record, Records

DRAWN, MOST_DRAWN = 4_096, 65_536  # pixels, about


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
    blocks : dict
        Block -> its superpixels, (first, end), from 0.
    records : Records
        Tile -> ``cells``, the superpixels of each block's cells, from 0 in each block; -1 is no data.
    """

    graph: RegionGraph
    described: np.ndarray
    drawn: np.ndarray
    leaf: np.ndarray
    blocks: dict[Window, tuple[int, int]]
    records: Records

    def close(self) -> None:
        """Forget which pixel is in which superpixel."""
        self.records.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def cells(self, tile: Window) -> list[np.ndarray]:
        """Return the superpixels of each block's cells in a tile, numbered from 0 in each block; -1 is no data."""
        return self.records.get(tile)["cells"]


def to_pixels(cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Enlarge an array of cells to the pixels (rows, cols) of their block."""
    return cells.repeat(CELL, axis=0).repeat(CELL, axis=1)[: shape[0], : shape[1]]


@dataclass(frozen=True)
class SurveyTile:
    """Find the superpixels of one tile's blocks, build their graphs and describe them.

    Attributes
    ----------
    network : Feature, optional
        What sees the picture beside the contours.
    shape : (rows, cols) of the whole image
    every : int
        One pixel in so many, down and across, is drawn with its features.
    """

    picture: Picture
    network: Feature | None
    effort: Effort
    stack: FeatureStack | SharedFeatures
    halo: int
    shape: tuple[int, int]
    every: int

    def __call__(self, tile: Tile) -> Record:
        cells, graphs, told = [], [], []
        for block, pixels in tile.blocks():
            labels, graph = _cut(block, pixels, self.halo, self.shape, self.picture, self.network, self.effort)
            if height := self.effort.inner_height(self.shape[0] * self.shape[1]):
                weights = self.effort.weights.for_colour(self.picture.colour_)
                labels, graph = coarsen(labels, graph, weights, height, _seams(block, self.shape))
            features = self.stack.extract(pixels, block_origin(block, self.halo), self.shape)
            inside = without_halo(features, self.halo)
            cells.append(labels)
            graphs.append(graph.to_state())
            told.append((sum_features(inside, labels, CELL, len(graph)), *_draw(inside, labels, self.every)))
        return {"cells": cells, "graphs": graphs, "told": told}


def _seams(block: Window, shape: tuple[int, int]) -> list[str]:
    """List the sides of a block behind which the image goes on."""
    row0, row1, col0, col1 = block
    goes_on = {"top": row0 > 0, "left": col0 > 0, "bottom": row1 < shape[0], "right": col1 < shape[1]}
    return [side for side, is_seam in goes_on.items() if is_seam]


def survey(
    source: Source,
    picture: Picture,
    network: Feature | None,
    effort: Effort,
    stack: FeatureStack | SharedFeatures,
    halo: int,
    work: Work,
) -> Survey:
    """Find the superpixels of an image, build their graph and describe them.

    Parameters
    ----------
    picture : Picture
        Fitted.
    network : Feature, optional
        Fitted; its features are averaged over each superpixel, and compared along the borders.
    effort : Effort
    stack : FeatureStack or SharedFeatures
        Fitted on pixels; its features are averaged over each superpixel.
    halo : int
        Pixels of context around each block that all of these need; a multiple of 4.

    Notes
    -----
    Every block of 512 x 512 pixels is computed on its own, with a halo that ends at the image's edge; superpixels end
    at a block's edge, and the borders along it take the mean of what both blocks see there.
    """
    rows, cols = source.shape
    every = max(1, int(min(16, (rows * cols / DRAWN) ** 0.5)), int((rows * cols / MOST_DRAWN) ** 0.5))
    graphs: dict[tuple[int, int], BlockGraph] = {}
    described: dict[tuple[int, int], tuple[np.ndarray, ...]] = {}
    stage = "finding superpixels"
    with ExitStack() as failing:
        records = failing.enter_context(work.records(stage, rows * cols // 4, ("cells",)))
        look = SurveyTile(picture, network, effort, stack, halo, source.shape, every)
        for tile, found in sweep(source, look, stage=stage, work=work, halo=halo, keep=records):
            for block, graph, told in zip(blocks_of(tile), found["graphs"], found["told"], strict=True):
                place = block[0] // BLOCK, block[2] // BLOCK
                graphs[place], described[place] = BlockGraph.from_state(graph), told
        failing.pop_all()
    joined, offset = join_blocks(graphs)
    blocks = {}
    for (row, col), first in offset.items():
        block = clip((row * BLOCK, (row + 1) * BLOCK, col * BLOCK, (col + 1) * BLOCK), source.shape)
        blocks[block] = first, first + len(graphs[row, col])
    total, drawn = (np.concatenate([described[place][number] for place in sorted(described)]) for number in range(2))
    leaf = np.concatenate([described[place][2] + offset[place] for place in sorted(described)])
    means = (total / np.maximum(joined.area, 1)[:, None]).astype(np.float32)
    del graphs, described, total
    give_back_memory()
    return Survey(joined, means, drawn, leaf, blocks, records)


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
    network: Feature | None,
    effort: Effort,
) -> tuple[np.ndarray, BlockGraph]:
    """Cut one block; its halo is what of it lies inside the image."""
    row0, col0 = max(0, block[0] - halo), max(0, block[2] - halo)
    row1, col1 = min(shape[0], block[1] + halo), min(shape[1], block[3] + halo)
    above, left = block_origin(block, halo)
    seen = Block(pixels[row0 - above : row1 - above, col0 - left : col1 - left], (row0, col0), shape)
    part = block[0] - row0, block[1] - row0, block[2] - col0, block[3] - col0
    shown = np.zeros((*seen.size, 3), np.float32) if seen.is_empty else picture.show(seen.fill(seen.image))
    features = None if network is None or seen.is_empty else np.ascontiguousarray(network.cells(seen), np.float32)
    n_features = 0 if network is None else len(network.names)
    return cut_block(shown, seen.valid, part, effort.weights, features, n_features=n_features)
