"""Time Fallow against what people use today, in one run on the same generated rasters.

    python benchmarks/speed.py                              # all works, a Markdown table each
    python benchmarks/speed.py --works floor kmeans         # some of them
    python benchmarks/speed.py --works regions --side 2048  # a trial on a smaller raster
    python benchmarks/speed.py --folder DIR --runs 5        # keep the rasters for the next time

The works, each a file of `works/`: floor, kmeans, som, minisom, regions, memory, growth, dask, apply. The peers, each a
script of `peers/` that also runs by itself; one that is not installed is skipped, with a line that says so.

Whole commands are run in turn, so that a slow moment of the machine meets all of them. The tables give medians, the bar
that was set before measuring, and whether it is met. Peak memory is in MB of 10^6 bytes. The largest raster, of memory
and growth, has 16384 x 16384 pixels: count on 4 GB of memory to make it, and on 10 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from bench import Bench, CommandFailedError, Row, Table
from works import WORKS


def print_table(name: str, table: Table, runs: int) -> None:
    """Print what a work found as Markdown."""
    print(f"\n### {name}: {table.title}\n\nMedian of {runs} unless said otherwise.\n")
    print("| command | seconds | peak memory, MB | figure | bar | met |\n|---|---|---|---|---|---|")
    for row in table.rows:
        print(as_line(row), flush=True)


def as_line(row: Row) -> str:
    """Return a row as a line of Markdown."""
    seconds = f"{row.spent.seconds:.2f}" if row.spent else ""
    megabytes = f"{row.spent.megabytes:.0f}" if row.spent and row.spent.megabytes is not None else ""
    met = {None: "", True: "yes", False: "**no**"}[row.met]
    return f"| {row.what} | {seconds} | {megabytes} | {row.figure} | {row.bar} | {met} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", nargs="+", choices=WORKS, default=list(WORKS), metavar="NAME")
    parser.add_argument("--folder", type=Path, help="where generated rasters are kept (a temporary folder)")
    parser.add_argument("--side", type=int, help="largest side of each work, for a trial")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="threads where a work counts them")
    args = parser.parse_args()
    if args.folder:
        args.folder.mkdir(parents=True, exist_ok=True)
    print(f"Fallow {version('fallow')}, Python {platform.python_version()}, {os.cpu_count()} processors", flush=True)
    failed = False
    with tempfile.TemporaryDirectory(prefix="fallow-bench-", dir=args.folder) as results:
        rasters = args.folder or Path(results)
        bench = Bench(rasters.resolve(), Path(results).resolve(), args.runs, args.workers, args.side)
        for name in args.works:
            try:
                table = WORKS[name](bench)
            except (CommandFailedError, subprocess.CalledProcessError) as error:
                print(f"\n### {name}\n\nFailed: {error}", flush=True)
                failed = True
            else:
                if table:
                    print_table(name, table, args.runs)
    sys.exit(failed)


if __name__ == "__main__":
    main()
