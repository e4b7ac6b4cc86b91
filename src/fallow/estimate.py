"""What a run will take, before it starts: memory from the plan, time and disk from a piece of the image."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from fallow.collection import How, check_disk
from fallow.errors import InputError
from fallow.raster import Source
from fallow.raster.view import CropView
from fallow.staging import existing_part
from fallow.tiles import Work
from fallow.tiles.grid import BLOCK
from fallow.tiles.plan import Plan, follow, make_plan

PROBE_BLOCKS = 2  # a side, in the middle of the image
KEPT_BYTES = 3  # a pixel: what the journal holds until the result is whole


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    Attributes
    ----------
    n_pixels, n_tiles : int
    plan : Plan
    seconds : float, optional
        None where the middle of the image holds no data to try the work on.
    disk : int
        Bytes, the journal included, which goes when the result is whole.
    free : int
        Bytes that are free where the result goes.
    """

    name: str
    n_pixels: int
    n_tiles: int
    plan: Plan
    seconds: float | None
    disk: int
    free: int

    def __str__(self) -> str:
        rows, cols = self.plan.tile
        return (
            f"{self.name}: {self.n_pixels / 1e6:,.1f} megapixels in {self.n_tiles:,} tiles of {rows} x {cols}; "
            f"{self.plan.workers} at once, about {self.plan.memory / 1e6:,.0f} MB of memory, "
            f"{self.disk / 1e6:,.0f} MB of disk ({self.free / 1e6:,.0f} MB free), {_duration(self.seconds)}"
        )


def estimate(how: How, source: Source, folder: Path, work: Work) -> Estimate:
    """Do a small piece of the work and tell what all of it will take.

    Raises
    ------
    InputError
        If memory or disk will not do.
    """
    plan = make_plan(source, how.appetite(source), work)
    rows, cols = source.shape
    probe = follow(plan, replace(work, progress=None, journal=None, faults=[]))
    seconds, painted = _probe(how, _middle(source), probe)
    n_pixels = rows * cols
    bytes_per_pixel = painted + KEPT_BYTES + how.appetite(source).graph_bytes
    check_disk(source, folder, bytes_per_pixel)
    n_tiles = len(replace(work, tile=plan.tile, journal=None).tiles(source))
    free = shutil.disk_usage(existing_part(folder)).free
    disk = int(bytes_per_pixel * n_pixels)
    return Estimate(source.name, n_pixels, n_tiles, plan, seconds and seconds * n_pixels, disk, free)


def _probe(how: How, piece: Source, work: Work) -> tuple[float | None, float]:
    """Segment a piece; return seconds and bytes of the result, each for a pixel; no seconds where it holds no data."""
    try:
        segmenter = how.fitted(piece, work)
    except InputError:
        return None, 0.0
    with tempfile.TemporaryDirectory(prefix="fallow-") as temporary:
        for name in ("first", "second"):  # the first time loads kernels and starts workers
            into = Path(temporary) / name
            into.mkdir()
            start = time.perf_counter()
            segmenter.predict(piece, work=work, into=into)
            seconds = time.perf_counter() - start
        n_bytes = sum(file.stat().st_size for file in into.iterdir())
    n_pixels = piece.shape[0] * piece.shape[1]
    return seconds / n_pixels, n_bytes / n_pixels


def _middle(source: Source) -> Source:
    """Return a piece from the middle of an image, along its blocks."""
    window = []
    for side in source.shape:
        first = max(0, (side // 2 // BLOCK - PROBE_BLOCKS // 2) * BLOCK)
        window += [first, min(side, first + PROBE_BLOCKS * BLOCK)]
    return CropView(source, tuple(window))


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "for an unknown time: its middle is nothing to try it on"
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    return f"about {seconds / 60:.0f} min" if seconds < 90 * 60 else f"about {seconds / 3600:.1f} h"
