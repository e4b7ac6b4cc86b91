"""A map of 10 x 10 units, library against library on the same arrays, without start, reading and writing."""

import subprocess

from bench import Bench, Row, Spent, Table, faster
from peers import peer

SYSTEMS = {
    "fallow Som": "fallow",
    "MiniSom, winner() of each pixel": "winner",
    "MiniSom, quantization() by 100,000": "quantization",
}


def minisom(bench: Bench) -> Table | None:
    """Trained on the same sample for as many epochs, then the winner of every pixel; MiniSom runs once."""
    (side,) = bench.sides(2048)
    image = bench.raster(side)
    rows: list[Row] = []
    for name, system in SYSTEMS.items():
        command = peer("minisom_som.py", image, system, bench.runs if system == "fallow" else 1)
        if command is None:
            return None
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds, error = map(float, said.split())
        spent = Spent(seconds)
        figure = f"quantization error {error:.4f}"
        if rows:
            figure += f"; {faster(rows[0].spent, spent)['figure']}"
        rows.append(Row(name, spent, figure))
    return Table(f"SOM 10 x 10, 100,000 rows, 10 epochs, then every pixel of {side} x {side} x 4", rows)
