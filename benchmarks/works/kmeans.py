"""Twelve classes of pixels, whole command, against the k-means of other systems with their import and export."""

from bench import N_CLASSES, PIXEL, Bench, Row, Table, faster, in_turn, measure
from peers import peer

OWN = "fallow segment --unit pixel"
BARS = {"SAGA, defaults (hill climbing, 10 iterations)": 5.0, "GRASS i.cluster, i.maxlik": 1.5}


def kmeans(bench: Bench) -> Table:
    """5 times as fast as SAGA, 1.5 times as fast as GRASS; the scikit-learn script beside them."""
    (side,) = bench.sides(2048)
    image = bench.raster(side)
    own = bench.segment(image, *PIXEL)
    measure(own)  # loads the compiled kernels

    def other(script: str, *options: object) -> list[str] | None:
        return peer(script, image, bench.results / "peer.tif", N_CLASSES, *options)

    commands = {
        OWN: own,
        "SAGA, defaults (hill climbing, 10 iterations)": other("saga_kmeans.sh"),
        "SAGA, minimum distance until it converges": other("saga_kmeans.sh", 0, 0),
        "GRASS i.cluster, i.maxlik": other("grass_kmeans.sh"),
        "scikit-learn script, n_init=1": other("sklearn_kmeans.py", 1),
    }
    spent = in_turn(commands, bench.runs)
    spent |= in_turn({"scikit-learn script, n_init=10, once": other("sklearn_kmeans.py", 10)}, runs=1)
    rows = [Row(OWN, spent.pop(OWN))]
    rows += [Row(name, each, **faster(rows[0].spent, each, BARS.get(name))) for name, each in spent.items()]
    return Table(f"k-means, {N_CLASSES} classes, {side} x {side} x 4 uint16, whole command", rows)
