"""Regions of at least 50 pixels, whole command, against the mean shift of Orfeo ToolBox on a corner of the raster."""

from bench import MIN_AREA, REGION, Bench, Row, Table, in_turn, measure
from peers import peer

OWN = "fallow segment --effort fast --min-area 50"
BAR_MEGAPIXELS, BAR_PEER = 1.5, 20.0
CORNER = 1024
RANGE_RADIUS = 240  # the noise of the raster, 60 in each of four bands, is 120 long; twice that keeps fields whole


def regions(bench: Bench) -> Table:
    """1.5 megapixels a second and core; 20 times as fast a pixel as mean shift, too slow for the whole raster."""
    (side,) = bench.sides(8192)
    image = bench.raster(side)
    corner_side = min(CORNER, side)
    corner = bench.crop(image, corner_side)
    own = bench.segment(image, *REGION, "--workers", bench.workers)
    on_corner = bench.segment(corner, *REGION, "--workers", bench.workers)
    theirs = peer("otb_mean_shift.sh", corner, bench.results / "peer.tif", RANGE_RADIUS, MIN_AREA)
    measure(own)  # loads the compiled kernels
    spent = in_turn({"own": own, "own on corner": on_corner, "theirs": theirs}, bench.runs)
    per_core = side**2 / 1e6 / spent["own"].seconds / bench.workers
    rows = [
        Row(
            f"{OWN}, {side} x {side}",
            spent["own"],
            f"{per_core:.2f} megapixels a second and core",
            f"at least {BAR_MEGAPIXELS:g}",
            per_core >= BAR_MEGAPIXELS,
        ),
        Row(f"{OWN}, {corner_side} x {corner_side}", spent["own on corner"]),
    ]
    if "theirs" in spent:
        ratio = (spent["theirs"].seconds / corner_side**2) / (spent["own"].seconds / side**2)
        on_same = spent["theirs"].seconds / spent["own on corner"].seconds
        rows.append(
            Row(
                f"otbcli_LargeScaleMeanShift, {corner_side} x {corner_side}",
                spent["theirs"],
                f"Fallow is faster a pixel by {ratio:.1f}; on the same corner by {on_same:.1f}",
                f"at least {BAR_PEER:g} a pixel",
                ratio >= BAR_PEER,
            )
        )
    return Table(f"Regions, {side} x {side} x 4 uint16, whole command, {bench.workers} threads", rows)
