"""Time Fallow against what people use today, in one run on the same generated raster.

    python benchmarks/speed.py                  # all works, prints a Markdown table
    python benchmarks/speed.py --works kmeans   # one of them
    python benchmarks/speed.py --side 4096 --runs 5

Whole commands are run in turn, so that a slow moment of the machine meets both; the table gives medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from generate import write

PEERS = Path(__file__).parent / "peers"
N_CLASSES = 12


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; return its wall time in seconds and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def in_turn(commands: dict[str, list[str]], runs: int) -> dict[str, tuple[float, float]]:
    """Run the commands in turn after one warm-up each; return medians of seconds and MB."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            if (measured := measure(command)) and run:
                found[name].append(measured)
    return {name: tuple(map(statistics.median, zip(*each, strict=True))) for name, each in found.items()}  # type: ignore[misc]


def kmeans(folder: Path, side: int, runs: int) -> None:
    """Twelve classes from four bands: the whole command against the scikit-learn script."""
    image = str(write(folder / f"farmland-{side}.tif", side))
    fallow = str(Path(sys.executable).with_name("fallow"))
    segment = [fallow, "segment", image, "--quiet", "--unit", "pixel", "--classes", str(N_CLASSES)]
    script = [sys.executable, str(PEERS / "sklearn_kmeans.py"), image, str(folder / "sklearn.tif"), str(N_CLASSES)]
    found = in_turn(
        {
            "fallow segment --unit pixel": [*segment, "-o", str(folder / "fallow"), "--overwrite"],
            "scikit-learn script, n_init=1": [*script, "1"],
        },
        runs,
    )
    found["scikit-learn script, n_init=10, once"] = measure([*script, "10"])
    own = next(iter(found.values()))[0]
    print(f"\nk-means, {N_CLASSES} classes, {side} x {side} x 4 uint16, whole command, median of {runs}\n")
    print("| command | seconds | peak memory, MB | Fallow is faster by |\n|---|---|---|---|")
    for name, (seconds, megabytes) in found.items():
        print(f"| {name} | {seconds:.2f} | {megabytes:.0f} | {seconds / own:.1f} |")


def som(folder: Path, side: int, runs: int) -> None:
    """A 10 x 10 map against MiniSom: trained on the same sample and epochs, then the winner of every pixel."""
    import rasterio
    from minisom import MiniSom

    from fallow.cluster.som import Som

    n_sample, epochs = 100_000, 10
    with rasterio.open(write(folder / f"farmland-{side}.tif", side)) as source:
        pixels = np.moveaxis(source.read(), 0, -1).reshape(-1, 4).astype(np.float32)
    pixels = (pixels - pixels.mean(0)) / pixels.std(0)
    sample = pixels[np.random.default_rng(0).choice(len(pixels), n_sample, replace=False)]

    def own() -> float:
        model = Som(N_CLASSES, shape=(10, 10), epochs=epochs).fit(sample)
        model.assign(pixels)
        return model.quantization_error_

    def theirs() -> float:
        model = MiniSom(10, 10, 4, sigma=1.0, learning_rate=0.5, random_seed=0)
        model.pca_weights_init(sample)
        model.train(sample, epochs, use_epochs=True, random_order=True)
        for pixel in pixels:
            model.winner(pixel)
        return model.quantization_error(sample)

    def theirs_vectorised() -> float:
        model = MiniSom(10, 10, 4, sigma=1.0, learning_rate=0.5, random_seed=0)
        model.pca_weights_init(sample)
        model.train(sample, epochs, use_epochs=True, random_order=True)
        for start in range(0, len(pixels), 100_000):
            model.quantization(pixels[start : start + 100_000])
        return model.quantization_error(sample)

    own()  # loads the compiled kernels
    rows: list[tuple[str, Callable[[], float], int]] = [
        ("fallow Som", own, runs),
        ("MiniSom, winner() of each pixel", theirs, 1),
        ("MiniSom, quantization() by 100,000", theirs_vectorised, 1),
    ]
    print(f"\nSOM 10 x 10, {n_sample:,} rows, {epochs} epochs, then every pixel of {side} x {side} x 4\n")
    print("| system | seconds | quantization error | Fallow is faster by |\n|---|---|---|---|")
    first = 0.0
    for name, function, times in rows:
        seconds, error = [], 0.0
        for _ in range(times):
            start = time.perf_counter()
            error = function()
            seconds.append(time.perf_counter() - start)
        median = statistics.median(seconds)
        first = first or median
        print(f"| {name} | {median:.2f} | {error:.4f} | {median / first:.1f} |", flush=True)


WORKS = {"kmeans": kmeans, "som": som}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", nargs="*", choices=WORKS, default=list(WORKS))
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fallow-bench-") as folder:
        for name in args.works:
            WORKS[name](Path(folder), args.side, args.runs)


if __name__ == "__main__":
    main()
