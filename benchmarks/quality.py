"""Judge systems on sets of images with human truth, and print one Markdown table.

    python benchmarks/quality.py --judge PATH/judge.py
    python benchmarks/quality.py --judge PATH/judge.py --systems fallow seed_kmeans --sets outex salinas --limit 4

The judge and its data are not part of this repository: the licences of the images forbid it.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load_judge(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("judge", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["judge"] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--systems", nargs="*", default=["fallow", "seed_kmeans"])
    parser.add_argument("--sets", nargs="*")
    parser.add_argument("--limit", type=int, help="first N images of each set")
    args = parser.parse_args()
    judge = load_judge(args.judge)
    print("| set | images | system | figures | seconds a megapixel |\n|---|---|---|---|---|")
    for name in args.sets or judge.TASKS:
        for system in args.systems:
            found = judge.judge(judge.SYSTEMS[system], judge.TASKS[name], args.limit)
            figures = ", ".join(
                f"{k} {v:.3f}" for k, v in found.items() if k not in ("images", "seconds_per_megapixel")
            )
            print(
                f"| {name} | {found['images']} | {system} | {figures} | {found['seconds_per_megapixel']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
