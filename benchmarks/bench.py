"""What every work shares: the generated rasters, the commands, the clock and a row of the table.

The process that measures stays small: rasters are made, and libraries called, in processes of their own. Linux counts
the memory of the process that starts a command into the peak of that command, because for a moment the two share it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
N_CLASSES = 12
MIN_AREA = 50
PIXEL = ("--unit", "pixel", "--classes", N_CLASSES)
REGION = ("--unit", "region", "--effort", "fast", "--min-area", MIN_AREA, "--classes", N_CLASSES)
UNITS = {"pixel": PIXEL, "region, fast": REGION}


@dataclass(frozen=True)
class Spent:
    """What a command took: wall time, and peak memory in MB of 10^6 bytes where it was measured."""

    seconds: float
    megabytes: float | None = None


@dataclass(frozen=True)
class Row:
    """One line of a table; `met` is None where there is no bar."""

    what: str
    spent: Spent | None = None
    figure: str = ""
    bar: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Table:
    """What a work gives back."""

    title: str
    rows: list[Row]


class CommandFailedError(RuntimeError):
    """A command ended with an error; the message is what it said last."""


@dataclass(frozen=True)
class Bench:
    """Where rasters are kept and results go, and how much is run.

    `largest` replaces the largest side of every work, for a trial; smaller sides shrink with it.
    """

    rasters: Path
    results: Path
    runs: int
    workers: int
    largest: int | None = None

    def sides(self, *usual: int) -> list[int]:
        """Return the sides of a work, the largest last."""
        largest = self.largest or usual[-1]
        return [largest * side // usual[-1] for side in usual]

    def raster(self, side: int) -> Path:
        """Return the farmland raster of this side: four bands, uint16, deflate. It is made once."""
        return self._made(f"farmland-{side}.tif", "farmland", side)

    def crop(self, raster: Path, side: int) -> Path:
        """Return the upper left corner of a raster as a raster of its own."""
        return self._made(f"{raster.stem}-crop-{side}.tif", "crop", raster, side)

    def photos(self, raster: Path, number: int) -> Path:
        """Return a folder with so many pieces of 256 x 256 x 3 uint8."""
        return self._made(f"{raster.stem}-photos-{number}", "photos", raster, number)

    def _made(self, name: str, what: str, *arguments: object) -> Path:
        path = self.rasters / name
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=self.rasters) as unfinished:
                made = Path(unfinished) / name
                command = [sys.executable, HERE / "generate.py", what, made, *arguments]
                subprocess.run([str(part) for part in command], check=True)
                made.rename(path)
        return path

    def segment(self, image: Path, *options: object, into: str = "fallow") -> list[str]:
        """Return the command that segments an image into a folder of the results."""
        return self.fallow("segment", image, *options, "-o", self.results / into, "--overwrite", "--quiet")

    def fallow(self, *arguments: object) -> list[str]:
        """Return a fallow command of the environment that runs the benchmark."""
        return [str(part) for part in (Path(sys.executable).with_name("fallow"), *arguments)]


def measure(command: Sequence[str]) -> Spent:
    """Run a command to its end; peak memory is that of its largest process."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            last = said.read().decode(errors="replace").strip()[-500:]
            raise CommandFailedError(f"{' '.join(command)} ended with {process.returncode}: {last}")
    n_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Spent(seconds, n_bytes / 1e6)


def in_turn(commands: dict[str, list[str] | None], runs: int) -> dict[str, Spent]:
    """Run the commands in turn, so that a slow moment of the machine meets all of them; return medians.

    What is None (a peer that is not installed) is left out.
    """
    present = {name: command for name, command in commands.items() if command}
    found: dict[str, list[Spent]] = {name: [] for name in present}
    for _ in range(runs):
        for name, command in present.items():
            found[name].append(measure(command))
    return {
        name: Spent(statistics.median(s.seconds for s in each), statistics.median(s.megabytes for s in each))
        for name, each in found.items()
    }


def faster(own: Spent, peer: Spent, bar: float | None = None) -> dict[str, object]:
    """Return figure, bar and met of a peer's row: how many times as fast the own command is."""
    ratio = peer.seconds / own.seconds
    figure = f"Fallow is faster by {ratio:.1f}"
    return {"figure": figure} if bar is None else {"figure": figure, "bar": f"at least {bar:g}", "met": ratio >= bar}
