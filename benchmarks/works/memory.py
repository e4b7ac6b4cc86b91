"""Peak memory of the whole command when it may take 1 GB, for a raster and one of four times the pixels."""

from bench import UNITS, Bench, Row, Table, measure

LIMIT_MB = 1000.0
SPREAD = 0.10


def memory(bench: Bench) -> Table:
    """Below 1 GB (10^9 bytes) each; with classes of pixels the two sides lie within 10 % of each other."""
    sides = bench.sides(8192, 16384)
    rows = []
    for unit, options in UNITS.items():
        peaks = []
        for side in sides:
            spent = measure(bench.segment(bench.raster(side), *options, "--memory", "1GB"))
            peaks.append(spent.megabytes)
            within = spent.megabytes < LIMIT_MB
            rows.append(Row(f"--memory 1GB, {unit}, {side} x {side}", spent, bar="below 1000 MB", met=within))
        spread = max(peaks) / min(peaks) - 1
        bar = {"bar": f"at most {SPREAD:.0%}", "met": spread <= SPREAD} if unit == "pixel" else {}
        rows.append(Row(f"{unit}: the larger peak above the smaller", figure=f"{spread:.0%}", **bar))
    return Table("Peak memory with --memory 1GB, once each", rows)
