"""Two workers of Dask against two threads, whole command: the same bytes, and how much longer they take.

The cluster takes two seconds to start, which a longer work hides.
"""

from pathlib import Path

from bench import UNITS, Bench, Row, Table, in_turn, measure
from peers import is_importable

BAR = 1.3
SAME = ("classes.tif", "regions.tif", "confidence.tif")


def dask(bench: Bench) -> Table | None:
    """At most 1.3 times the time, with identical rasters."""
    if not is_importable("dask"):
        print("Skipped dask: it is not installed.", flush=True)
        return None
    (side,) = bench.sides(8192)
    rows = []
    for unit, options in UNITS.items():
        said = (bench.raster(side), *options, "--workers", 2)
        local = bench.segment(*said, into="local")
        measure(local)  # loads the compiled kernels
        spent = in_turn({"local": local, "dask": bench.segment(*said, "--runner", "dask", into="dask")}, bench.runs)
        ratio = spent["dask"].seconds / spent["local"].seconds
        here, there = bench.results / "local", bench.results / "dask"
        differing = [name for name in SAME if not _are_same(here / name, there / name)]
        found = f"{', '.join(differing)} differ" if differing else "identical"
        rows += [
            Row(f"{unit}, --workers 2", spent["local"]),
            Row(
                f"{unit}, with --runner dask", spent["dask"], f"{ratio:.2f} of local", f"at most {BAR:g}", ratio <= BAR
            ),
            Row(f"{unit}, the same bytes", figure=found, bar=", ".join(SAME), met=not differing),
        ]
    return Table(f"Dask, {side} x {side} x 4 uint16, whole command", rows)


def _are_same(one: Path, other: Path, *, chunk_bytes: int = 1 << 20) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(chunk_bytes):
            if piece != second.read(chunk_bytes):
                return False
    return True
