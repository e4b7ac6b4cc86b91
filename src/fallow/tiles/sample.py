"""Draw pixels by a hash of their position, so that neither tiles nor the order of work can change the sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fallow.raster import Source, Window
from fallow.tiles.engine import Tile, Work, sweep
from fallow.tiles.grid import blocks_of, tiles_of

Extract = Callable[[int, Window, np.ndarray], np.ndarray]
"""``extract(source number, block, pixels with halo) -> (rows, cols, features)`` of the block, NaN where no data."""

MAX_BLOCKS = 128  # 33 megapixels: a larger image is sampled in this many blocks, spread by hash


@dataclass(frozen=True)
class Sample:
    """Rows drawn from one or more images.

    Attributes
    ----------
    rows : (n, features) float32
    differences : (m, features) float32
        Each drawn pixel's right neighbour minus itself, where both are valid: what a noise estimate needs.
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
) -> Sample:
    """Draw at most `n` valid pixels from all images together, each pixel with the same chance.

    Images of more than 128 blocks of 512 x 512 share that many between them (at least one each), chosen by hash. Rows
    come in the order of image, block and position. Where no data leaves less than half of what was wanted, the blocks
    are read once more with a higher chance.
    """
    windows = _chosen_blocks(sources, seed)
    n_looked_at = sum(_area(w) for each in windows for w in each)
    chance = min(1.0, n / max(1, n_looked_at))
    sample, hashes = _draw(sources, windows, extract, chance, seed, halo, work, stage)
    if len(sample.rows) < min(n / 2, 0.8 * sample.n_valid):
        chance = min(1.0, n / sample.n_valid)
        sample, hashes = _draw(sources, windows, extract, chance, seed, halo, work, stage)
    if len(sample.rows) > n:
        kept = np.sort(np.argpartition(hashes, n)[:n])
        sample = Sample(sample.rows[kept], sample.differences, sample.n_valid)
    return sample


def position_hash(window: Window, n_cols: int, seed: int) -> np.ndarray:
    """Hash each global position of a window to 64 bits (the finalizer of splitmix64, doi:10.1145/2714064.2660195).

    Returns
    -------
    (rows, cols) uint64
    """
    row0, row1, col0, col1 = window
    flat = np.arange(row0, row1, dtype=np.uint64)[:, None] * np.uint64(n_cols) + np.arange(col0, col1, dtype=np.uint64)
    return _mix(flat + _mix(np.array(seed, np.uint64)))


def _mix(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


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
        rank = [
            position_hash((b[0], b[0] + 1, b[2], b[2] + 1), source.shape[1], seed + 7919 * (number + 1))[0, 0]
            for b in blocks
        ]
        chosen.append([blocks[i] for i in sorted(np.argsort(rank, kind="stable")[:share])])
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
) -> tuple[Sample, np.ndarray]:
    limit = np.uint64(min(int(chance * 2**64), 2**64 - 1))
    drawn: dict[tuple[int, int, int], tuple[np.ndarray, np.ndarray, np.ndarray, int]] = {}
    for number, (source, blocks) in enumerate(zip(sources, windows, strict=True)):

        def look(tile: Tile, number: int = number, source: Source = source) -> list:
            return [
                (block, _pick(extract(number, block, pixels), block, source.shape[1], limit, seed + number))
                for block, pixels in tile.blocks()
            ]

        whole = tiles_of(source.shape, (1, 1)) == blocks
        for _, picked in sweep(source, look, stage=stage, work=work, halo=halo, tiles=None if whole else blocks):
            for block, each in picked:
                drawn[number, block[0], block[2]] = each
    rows, differences, hashes, counts = zip(*(drawn[key] for key in sorted(drawn)), strict=True)
    return Sample(np.concatenate(rows), np.concatenate(differences), sum(counts)), np.concatenate(hashes)


def _pick(
    features: np.ndarray, block: Window, n_cols: int, limit: np.uint64, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Pick rows, differences to the right neighbour and hashes of one block; count its valid pixels."""
    valid = ~np.isnan(features[..., 0])
    hashes = position_hash(block, n_cols, seed)
    picked = valid & (hashes <= limit)
    paired = picked[:, :-1] & valid[:, 1:]
    differences = features[:, 1:][paired] - features[:, :-1][paired]
    return features[picked], differences, hashes[picked], int(valid.sum())
