"""Twelve classes of pixels, whole command, against reading every block and writing a raster of classes."""

from bench import N_CLASSES, PIXEL, Bench, Row, Table, in_turn, measure
from peers import peer

BAR = 2.0


def floor(bench: Bench) -> Table:
    """At most twice the time of the floor, with as many threads."""
    (side,) = bench.sides(8192)
    image = bench.raster(side)
    own = bench.segment(image, *PIXEL, "--workers", bench.workers)
    measure(own)  # loads the compiled kernels, and the raster into the system's cache
    least = peer("floor.py", image, bench.results / "floor.tif", bench.workers)
    spent = in_turn({"fallow": own, "floor": least}, bench.runs)
    ratio = spent["fallow"].seconds / spent["floor"].seconds
    rows = [
        Row("read every block, write uint8", spent["floor"]),
        Row(
            "fallow segment --unit pixel",
            spent["fallow"],
            f"{ratio:.2f} of the floor",
            f"at most {BAR:g}",
            ratio <= BAR,
        ),
    ]
    return Table(f"k-means, {N_CLASSES} classes, {side} x {side} x 4 uint16, {bench.workers} threads", rows)
