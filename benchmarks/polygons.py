"""Polygons of a large class map: seconds and memory, whether their areas are those of the pixels, whether any overlap.

    python benchmarks/polygons.py                    # makes 8192 x 8192 pixels and segments them first
    python benchmarks/polygons.py RESULT             # the folder of a result
    python benchmarks/polygons.py --side 2048        # a trial

Each line is a process of its own; peak memory is in MB of 10^6 bytes. GDAL's polygonize stands beside (rasterio's
`shapes`, counted and thrown away): it gives each neighbour a copy of the border, which cannot be made simple together.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

WORKS = {
    "regions, steps gone (default)": {"by": "region"},
    "regions, pixels exact": {"by": "region", "simplify": 0},
    "regions, round": {"by": "region", "smooth": True},
    "regions of 20 pixels and more": {"by": "region", "min_area": 20},
    "classes, steps gone": {"by": "class"},
    "GDAL polygonize of the regions": None,
}


def export(folder: Path, target: Path, options: dict) -> dict:
    """Write a GeoPackage and say what it took."""
    import fallow

    result = fallow.open_result(folder)
    began = time.perf_counter()
    result.export("gpkg", target, **options)
    return {"seconds": time.perf_counter() - began}


def polygonize(folder: Path) -> dict:
    """Have GDAL trace the regions."""
    import rasterio
    from rasterio.features import shapes

    began = time.perf_counter()
    with rasterio.open(folder / "regions.tif") as dataset:
        regions = dataset.read(1).astype(np.int32)
    n = sum(1 for _ in shapes(regions, regions != 0))
    return {"seconds": time.perf_counter() - began, "polygons": n}


def judge(target: Path) -> dict:
    """Compare a file's polygons with the pixels they are made of, and with each other."""
    import pyogrio
    import shapely

    meta, _, geometry, values = pyogrio.raw.read(target, layer=0)
    told = dict(zip(meta["fields"], values, strict=True))
    polygons = shapely.from_wkb(geometry)
    parts = shapely.get_parts(polygons)
    pixels = told["area_m2"] if "area_m2" in told else told["area_px"].astype(float)
    one, other = shapely.STRtree(parts).query(parts, predicate="intersects")
    one, other = one[one < other], other[one < other]
    overlap = shapely.area(shapely.intersection(parts[one], parts[other]))
    each = np.abs(shapely.area(polygons) / pixels - 1).max()
    return {
        "polygons": len(parts),
        "points": int(shapely.get_num_coordinates(parts).sum()),
        "sum": abs(shapely.area(parts).sum() / pixels.sum() - 1),
        "each": float(each),
        "overlap": float(overlap.sum()),
        "invalid": int((~shapely.is_valid(parts)).sum()),
    }


def peak_megabytes() -> float:
    """Return the most memory that this process has held."""
    return int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6


def run(folder: Path, name: str, scratch: Path) -> dict:
    """Do one work in a process of its own."""
    command = [sys.executable, __file__, str(folder), "--work", name, "--scratch", str(scratch)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=Path, nargs="?")
    parser.add_argument("--side", type=int, default=8192)
    parser.add_argument("--work", choices=WORKS, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        options = WORKS[args.work]
        target = args.scratch / "a.gpkg"
        found = (
            polygonize(args.result) if options is None else export(args.result, target, options | {"overwrite": True})
        )
        found["megabytes"] = peak_megabytes()
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory(prefix="fallow-bench-") as scratch:
        folder = args.result or segmented(Path(scratch), args.side)
        run(folder, next(iter(WORKS)), Path(scratch))  # kernels are compiled
        print("| polygons of | seconds | peak memory, MB | polygons | points | sum of areas off by | each area off by "
              "at most | overlap | invalid |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
        for name, options in WORKS.items():
            found = run(folder, name, Path(scratch))
            if options is not None:
                found |= judge(Path(scratch) / "a.gpkg")
            told = [f"{found['seconds']:.1f}", f"{found['megabytes']:.0f}", f"{found['polygons']:,}"]
            if options is not None:
                told += [f"{found['points']:,}", *(f"{found[what]:.1g}" for what in ("sum", "each", "overlap"))]
                told.append(str(found["invalid"]))
            print(f"| {name} | {' | '.join(told)} |", flush=True)


def segmented(folder: Path, side: int) -> Path:
    """Make a raster and classify its pixels."""
    here = Path(__file__).parent
    subprocess.run([sys.executable, here / "generate.py", "farmland", folder / "field.tif", str(side)], check=True)
    said = ["--unit", "pixel", "-k", "8", "--min-area", "5", "-q", "-o", folder / "out"]
    subprocess.run([sys.executable, "-m", "fallow", "segment", folder / "field.tif", *said], check=True)
    return folder / "out"


if __name__ == "__main__":
    main()
