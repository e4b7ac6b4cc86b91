"""Whether anybody can see the tiles: one image segmented in several ways that must not matter."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from fallow.collection import How
from fallow.raster import Source
from fallow.run import make_runner
from fallow.tiles import Work
from fallow.tiles.grid import BLOCK

TILES = ((256, 256), (BLOCK, BLOCK), (1000, 700))


@dataclass(frozen=True)
class Checked:
    """One way, and whether its files are those of the first.

    Attributes
    ----------
    way : str
    is_equal : bool
    seconds : float
    """

    name: str
    way: str
    is_equal: bool
    seconds: float


def check_tiles(how: How, source: Source, work: Work) -> Iterator[Checked]:
    """Segment an image whole by one thread, then by tiles of several sizes, threads and processes; compare all bytes.

    The runner of `work` is tried as well, if it is another one.
    """
    rows, cols = source.shape
    whole = replace(work, tile=(rows, cols), workers=1, runner="serial", progress=None)
    ways = [(f"the whole image of {rows} x {cols}, one thread", whole)]
    ways += [(f"tiles of {a} x {b}, one thread", replace(whole, tile=(a, b))) for a, b in TILES]
    ways += [("tiles of 512 x 512, two threads", replace(whole, tile=TILES[1], workers=2, runner="threads"))]
    first = ""
    with closing(make_runner("processes", workers=2)) as processes:
        ways += [("tiles of 512 x 512, two processes", replace(whole, tile=TILES[1], workers=2, runner=processes))]
        if work.runner.travels:
            name = type(work.runner).__name__
            ways += [(f"tiles of 512 x 512, {name}", replace(whole, tile=TILES[1], workers=None, runner=work.runner))]
        for way, each in ways:
            start = time.perf_counter()
            found = _digest(how, source, each)
            first = first or found
            yield Checked(source.name, way, found == first, time.perf_counter() - start)


def _digest(how: How, source: Source, work: Work) -> str:
    """Return a checksum of all files of a result."""
    with tempfile.TemporaryDirectory(prefix="fallow-") as temporary:
        painting, folder = Path(temporary) / "painting", Path(temporary) / "result"
        painting.mkdir()
        how(source, work, painting).save(folder)
        digest = hashlib.sha256()
        for file in sorted(folder.rglob("*")):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
