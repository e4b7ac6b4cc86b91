"""Two workers of Dask against two threads, whole command: the same bytes, and how much longer they take."""

from pathlib import Path

from bench import PIXEL, Bench, Row, Table, in_turn, measure
from peers import is_importable

BAR = 1.3
SAME = ("classes.tif", "regions.tif", "confidence.tif")


def dask(bench: Bench) -> Table | None:
    """At most 1.3 times the time, with identical rasters."""
    if not is_importable("dask"):
        print("Skipped dask: it is not installed.", flush=True)
        return None
    (side,) = bench.sides(8192)
    options = (bench.raster(side), *PIXEL, "--workers", 2)
    local = bench.segment(*options, into="local")
    measure(local)  # loads the compiled kernels
    spent = in_turn({"local": local, "dask": bench.segment(*options, "--runner", "dask", into="dask")}, bench.runs)
    ratio = spent["dask"].seconds / spent["local"].seconds
    differing = [name for name in SAME if not _are_same(bench.results / "local" / name, bench.results / "dask" / name)]
    rows = [
        Row("--workers 2", spent["local"]),
        Row("--runner dask --workers 2", spent["dask"], f"{ratio:.2f} of local", f"at most {BAR:g}", ratio <= BAR),
        Row(
            "the same bytes",
            figure=f"{', '.join(differing)} differ" if differing else "identical",
            bar=", ".join(SAME),
            met=not differing,
        ),
    ]
    return Table(f"Dask, pixels, {side} x {side} x 4 uint16, whole command", rows)


def _are_same(one: Path, other: Path, *, chunk_bytes: int = 1 << 20) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(chunk_bytes):
            if piece != second.read(chunk_bytes):
                return False
    return True
