"""Draw pixels by a hash of their position, so that neither tiles nor the order of work can change the sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fallow.raster import Source, Window
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.grid import blocks_of, tiles_of
from fallow.tiles.hashing import pick_valid, position_hash
from fallow.tiles.records import Record

Extract = Callable[[Window, np.ndarray, tuple[int, int]], np.ndarray]
"""``extract(block, pixels with halo, shape of the image) -> (rows, cols, features)`` of the block, NaN if no data."""

MAX_BLOCKS = 64  # 17 megapixels: a larger image is sampled in this many blocks, spread by hash
SALT = 7919  # between the hash of a block and those of its pixels


@dataclass(frozen=True)
class Sample:
    """Rows drawn from one or more images.

    Attributes
    ----------
    rows : (n, features) float32
    differences : (m, features) float32
        Each drawn pixel's right neighbour in its block minus itself, where both are valid: what a noise estimate needs.
        Empty unless asked for.
    n_valid : int
        Valid pixels in the blocks that were looked at.
    """

    rows: np.ndarray
    differences: np.ndarray
    n_valid: int


def draw(
    sources: Sequence[Source],
    extract: Extract,
    n: int,
    *,
    seed: int,
    work: Work,
    halo: int = 0,
    stage: str = "sampling",
    with_differences: bool = False,
) -> Sample:
    """Draw at most `n` valid pixels from all images together, each pixel with the same chance.

    Images of more than 128 blocks of 512 x 512 share that many between them (at least one each), chosen by hash. Rows
    come in the order of image, block and position. Where no data leaves less than half of what was wanted, the blocks
    are read once more with a higher chance.
    """
    windows = _chosen_blocks(sources, seed)
    n_looked_at = sum(_area(w) for each in windows for w in each)
    chance = min(1.0, n / max(1, n_looked_at))
    sample, hashes = _draw(sources, windows, extract, chance, seed, halo, work, stage, with_differences)
    if len(sample.rows) < min(n / 2, 0.8 * sample.n_valid):
        chance = min(1.0, n / sample.n_valid)
        sample, hashes = _draw(sources, windows, extract, chance, seed, halo, work, stage, with_differences)
    if len(sample.rows) > n:
        kept = hashes <= np.partition(hashes, n - 1)[n - 1]
        sample = Sample(sample.rows[kept], sample.differences, sample.n_valid)
    return sample


def share_of_images(sources: Sequence[Source], most_pixels: int, *, seed: int) -> list[Source]:
    """Choose images by hash until they hold `most_pixels`; at least one, in their order."""
    chosen: list[int] = []
    total = 0
    for number in _images_by_hash(len(sources), seed):
        if chosen and total >= most_pixels:
            break
        chosen.append(number)
        total += sources[number].shape[0] * sources[number].shape[1]
    return [sources[number] for number in sorted(chosen)]


def rank_blocks(sources: Sequence[Source], seed: int) -> Iterator[tuple[int, Window]]:
    """Yield every block with the number of its image, in an order that hashes of image and position decide.

    Each round takes one block of every image that has any left, so that the first few are of different images.
    """
    ranked = {number: _by_hash(sources[number], number, seed) for number in _images_by_hash(len(sources), seed)}
    for turn in range(max(map(len, ranked.values()))):
        for number, blocks in ranked.items():
            if turn < len(blocks):
                yield number, blocks[turn]


def _images_by_hash(n: int, seed: int) -> list[int]:
    rank = [position_hash(number, 0, 1, seed + SALT) for number in range(n)]
    return [int(number) for number in np.argsort(rank, kind="stable")]


def _by_hash(source: Source, number: int, seed: int) -> list[Window]:
    """List the blocks of an image in the order of their hash."""
    rows, cols = source.shape
    blocks = blocks_of((0, rows, 0, cols))
    rank = [position_hash(block[0], block[2], cols, seed + SALT * (number + 1)) for block in blocks]
    return [blocks[i] for i in np.argsort(rank, kind="stable")]


def _area(window: Window) -> int:
    return (window[1] - window[0]) * (window[3] - window[2])


def _chosen_blocks(sources: Sequence[Source], seed: int) -> list[list[Window]]:
    """List per image the blocks to look at, all of them where there are few."""
    everything = [blocks_of((0, s.shape[0], 0, s.shape[1])) for s in sources]
    total = sum(map(len, everything))
    if total <= MAX_BLOCKS:
        return everything
    chosen = []
    for number, (source, blocks) in enumerate(zip(sources, everything, strict=True)):
        share = max(1, round(MAX_BLOCKS * len(blocks) / total))
        chosen.append(sorted(_by_hash(source, number, seed)[:share]))
    return chosen


def _draw(
    sources: Sequence[Source],
    windows: list[list[Window]],
    extract: Extract,
    chance: float,
    seed: int,
    halo: int,
    work: Work,
    stage: str,
    with_differences: bool,
) -> tuple[Sample, np.ndarray]:
    limit = np.uint64(min(int(chance * 2**64), 2**64 - 1))
    drawn: dict[tuple[int, int, int], tuple[np.ndarray, np.ndarray, np.ndarray, int]] = {}
    for number, (source, blocks) in enumerate(zip(sources, windows, strict=True)):
        whole = tiles_of(source.shape, (1, 1)) == blocks
        tiles = work.tiles(source) if whole else blocks
        look = DrawTile(extract, int(limit), seed + number, source.shape, with_differences)
        # Of many images no journal is kept: each sweep is short.
        keep = work.journal.records(f"{stage} {int(limit):x}") if work.journal and len(sources) == 1 else None
        for window, found in sweep(source, look, stage=stage, work=work, halo=halo, tiles=tiles, keep=keep):
            for block, each in zip(blocks_of(window), found["drawn"], strict=True):
                drawn[number, block[0], block[2]] = each
        if len(sources) > 1:
            source.close()  # among many images, none keeps its file open or its pixels decoded
    rows, differences, hashes, counts = zip(*(drawn[key] for key in sorted(drawn)), strict=True)
    return Sample(np.concatenate(rows), np.concatenate(differences), sum(counts)), np.concatenate(hashes)


@dataclass(frozen=True)
class DrawTile:
    """Draw the pixels of one tile whose hash is at most `limit`."""

    extract: Extract
    limit: int
    seed: int
    shape: tuple[int, int]
    with_differences: bool

    def __call__(self, tile: Tile) -> Record:
        limit = np.uint64(self.limit)
        drawn = [
            _pick(
                self.extract(block, pixels, self.shape), block, self.shape[1], limit, self.seed, self.with_differences
            )
            for block, pixels in tile.blocks()
        ]
        return {"drawn": drawn}


def _pick(
    features: np.ndarray, block: Window, n_cols: int, limit: np.uint64, seed: int, with_differences: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Pick rows, differences to the right neighbour and hashes of one block; count its valid pixels."""
    rows, cols, hashes, n_valid = pick_valid(features[..., 0], block[0], block[2], n_cols, seed, limit)
    picked = features[rows, cols]
    differences = picked[:0]
    if with_differences:
        inside = cols < features.shape[1] - 1
        differences = features[rows[inside], cols[inside] + 1] - picked[inside]
        differences = differences[~np.isnan(differences[:, 0])]
    return picked, differences, hashes, n_valid
