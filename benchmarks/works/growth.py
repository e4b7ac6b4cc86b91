"""Seconds a megapixel as the raster grows from 16 to 67 to 268 megapixels, whole command."""

from bench import UNITS, Bench, Row, Table, in_turn, measure

SPREAD = 0.15


def growth(bench: Bench) -> Table:
    """The slowest of the three sides is at most 15 % above the fastest."""
    sides = bench.sides(4096, 8192, 16384)
    rows = []
    for unit, options in UNITS.items():
        commands = {str(side): bench.segment(bench.raster(side), *options) for side in sides}
        measure(commands[str(sides[0])])  # loads the compiled kernels
        spent = in_turn(commands, bench.runs)
        paces = []
        for side in sides:
            paces.append(spent[str(side)].seconds / (side**2 / 1e6))
            figure = f"{paces[-1]:.3f} s a megapixel"
            rows.append(Row(f"{unit}, {side} x {side}", spent[str(side)], figure))
        spread = max(paces) / min(paces) - 1
        bar = f"at most {SPREAD:.0%}"
        rows.append(Row(f"{unit}: the slowest above the fastest", None, f"{spread:.0%}", bar, spread <= SPREAD))
    return Table("Growth of time with the raster, whole command", rows)
