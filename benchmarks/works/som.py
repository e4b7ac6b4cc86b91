"""A map of 4 x 3 units, one a class, whole command, against Orfeo ToolBox."""

from bench import N_CLASSES, PIXEL, Bench, Row, Table, faster, in_turn, measure
from peers import peer

OWN = "fallow segment --unit pixel --method som,shape=4x3"
OTB = "otbcli_SOMClassification -tp 0.1 -ni 5"
SAMPLED = f"{OTB}, -ts a tenth"
BAR = 30.0


def som(bench: Bench) -> Table | None:
    """30 times as fast; beside it Orfeo ToolBox trained on a tenth of the pixels, which -tp alone does not do."""
    (side,) = bench.sides(2048)
    image, out = bench.raster(side), bench.results / "peer.tif"
    theirs = peer("otb_som.sh", image, out, 4, 3)
    if theirs is None:
        return None
    own = bench.segment(image, *PIXEL, "--method", "som,shape=4x3")
    measure(own)  # loads the compiled kernels
    sampled = peer("otb_som.sh", image, out, 4, 3, "-ts", side * side // 10)
    spent = in_turn({OWN: own, OTB: theirs, SAMPLED: sampled}, bench.runs)
    rows = [
        Row(OWN, spent[OWN]),
        Row(OTB, spent[OTB], **faster(spent[OWN], spent[OTB], BAR)),
        Row(SAMPLED, spent[SAMPLED], **faster(spent[OWN], spent[SAMPLED])),
    ]
    return Table(f"SOM 4 x 3, {N_CLASSES} classes, {side} x {side} x 4 uint16, whole command", rows)
