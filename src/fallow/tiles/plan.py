"""How large a tile, and how many at once: what the memory allows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fallow.errors import InputError
from fallow.raster import Source
from fallow.run import available_memory
from fallow.tiles.engine import Work
from fallow.tiles.grid import BLOCK, default_tile

SHARE = 0.8  # of the memory that can be had, where nobody has said how much
BASE_BYTES = 345 << 20  # interpreter, libraries, compiled kernels, sample, GDAL's cache
UNDER_WAY = 2  # tiles a worker: one at work, one waiting to be taken
LABEL_BYTES = 24  # a pixel of a tile: classes, confidence, components and what is made of them


@dataclass(frozen=True)
class Appetite:
    """The memory that a unit takes.

    Attributes
    ----------
    block_bytes : int
        Of a worker at a block, beside the pixels.
    graph_bytes : float
        A pixel of the image, of what is kept of it in memory to the end.
    """

    block_bytes: int
    graph_bytes: float


@dataclass(frozen=True)
class Plan:
    """How the work will be cut.

    Attributes
    ----------
    tile : (rows, cols)
    workers : int
    memory : int
        Bytes that it takes, about.
    """

    tile: tuple[int, int]
    workers: int
    memory: int


def make_plan(source: Source, appetite: Appetite, work: Work) -> Plan:
    """Choose the largest tile and the most workers that the memory allows: first as many workers as there are.

    Raises
    ------
    InputError
        If not even one worker at the smallest tile fits.
    """
    budget = work.memory if isinstance(work.memory, int) else int(SHARE * (available_memory() or 1 << 62))
    n_pixels = source.shape[0] * source.shape[1]
    fixed = BASE_BYTES + int(appetite.graph_bytes * n_pixels)
    tiles = [work.tile_shape(source)]
    if work.tile is None and work.journal is None:
        rows, cols = default_tile(source.n_bands)
        tiles = [(rows, width) for width in range(cols, 0, -BLOCK)]
    for workers in range(work.runner.workers, 0, -1):
        for tile in tiles:
            n_bytes = fixed + workers * _worker_bytes(source, tile, appetite)
            if n_bytes <= budget:
                return Plan(tile, workers, n_bytes)
    raise InputError(
        f"{source.name} takes about {_text(n_bytes)} of memory, {_text(fixed - BASE_BYTES)} of it for what is kept of "
        f"the whole image, and there are {_text(budget)}; give it more with memory, or try unit pixel or effort fast"
    )


def follow(plan: Plan, work: Work) -> Work:
    """Return the work with the tile and the workers of a plan."""
    work.runner.limit(plan.workers)
    return work if work.journal else replace(work, tile=plan.tile)


def _worker_bytes(source: Source, tile: tuple[int, int], appetite: Appetite) -> int:
    rows, cols = (max(1, -(-side // BLOCK)) * BLOCK for side in tile)
    n_pixels = min(rows, source.shape[0]) * min(cols, source.shape[1])
    return n_pixels * (4 * source.n_bands + UNDER_WAY * LABEL_BYTES) + appetite.block_bytes


def _text(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
