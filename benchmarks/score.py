"""Compare `fallow score` with the judge, and human with human, and print Markdown tables.

    python benchmarks/score.py --judge PATH/judge.py
    python benchmarks/score.py --judge PATH/judge.py --limit 10 --humans val

The judge and its data are not part of this repository: the licences of the images forbid it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
from quality import load_judge

from fallow import cli, metrics
from fallow.raster import GeoTiffSink, smallest_dtype

PUBLISHED = {"covering": 0.72, "rand_index": 0.88, "variation_of_information": 1.17}
"""Of humans on BSDS500: Arbelaez et al. 2011, doi:10.1109/TPAMI.2010.161, table 3."""


def scored(*said: str) -> dict[str, float]:
    """Run the command line and return its figures."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = cli.run(["score", *said, "--json", "--no-boundaries"])
    assert code == 0, said
    return json.loads(printed.getvalue())[0]["figures"]


def write(path: Path, labels: np.ndarray) -> Path:
    """Write a label map."""
    with GeoTiffSink(path, labels.shape, dtype=smallest_dtype(int(labels.max()))) as sink:
        sink.write((0, labels.shape[0], 0, labels.shape[1]), labels)
    return path


def compare(judge: ModuleType, limit: int, folder: Path) -> Iterator[tuple[str, str, float, float]]:
    """Yield image, figure, the judge's value and ours: regions and classes, several annotators, ignored pixels."""
    truth_files = judge.DATA / "bsds500/groundTruth/val"
    for index, (name, image, truths, ignore) in enumerate(judge.photos("val")):
        if index == limit:
            break
        found = judge.felzenszwalb(image, "regions", 0) + 1
        ours = scored(str(write(folder / "found.tif", found)), str(truth_files / f"{name}.mat"), "--as", "regions")
        theirs = [judge.region_scores(found, truth, ignore) for truth in truths]
        yield from rows(name, theirs, ours, {"covering": "covering", "pri": "rand_index"})
        yield from rows(name, theirs, ours, {"voi": "variation_of_information"})
    for task, kind in (
        ("fields", "regions"),
        ("landcover", "classes"),
        ("salinas", "classes"),
        ("cropweed", "classes"),
    ):
        for index, (name, image, truths, ignore) in enumerate(judge.TASKS[task].samples()):
            if index == min(limit, 3):
                break
            system = judge.felzenszwalb if kind == "regions" else judge.seed_kmeans
            found = np.asarray(system(image, kind, len(np.unique(truths[0])))) + 1
            truth = truths[0] + (ignore is None)  # 0 is no data of the file that is written here
            said = [] if ignore is None else ["--ignore", str(ignore)]
            files = str(write(folder / "found.tif", found)), str(write(folder / "truth.tif", truth))
            ours = scored(*files, "--as", kind, *said)
            score = judge.region_scores if kind == "regions" else judge.class_scores
            same = {"covering": "covering", "mean_best_iou": "mean_best_iou", "pri": "rand_index"}
            same = (
                same | {"voi": "variation_of_information"}
                if kind == "regions"
                else {"accuracy": "accuracy", "miou": "mean_iou"}
            )
            yield from rows(f"{task} {name}", [score(found, truths[0], ignore)], ours, same)


def rows(name: str, theirs: list[dict], ours: dict, same: dict[str, str]) -> Iterator[tuple[str, str, float, float]]:
    for key, figure in same.items():
        yield name, figure, float(np.mean([each[key] for each in theirs])), ours[figure]


def humans(judge: ModuleType, split: str) -> dict[str, float]:
    """Return what each annotator is worth by the others of the same image, averaged over images."""
    images, borders = [], metrics.BoundaryScores()
    for _, _, truths, _ in judge.photos(split):
        pairs = [
            metrics.contingency(one, other, unlabelled=None)
            for i, one in enumerate(truths)
            for j, other in enumerate(truths)
            if i != j
        ]
        images.append([np.mean([getattr(metrics, name)(pair) for pair in pairs]) for name in PUBLISHED])
        for i, one in enumerate(truths):
            borders += metrics.boundary_scores(one, [*truths[:i], *truths[i + 1 :]])
    means = dict(zip(PUBLISHED, np.mean(images, axis=0).tolist(), strict=True))
    return means | {"boundary F": borders.f, "images": len(images)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=10, help="first N images")
    parser.add_argument("--humans", choices=["train", "val", "test"], help="also human against human, of this split")
    args = parser.parse_args()
    judge = load_judge(args.judge)
    print("| image | figure | judge | fallow score |\n|---|---|---|---|")
    largest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, figure, theirs, ours in compare(judge, args.limit, Path(folder)):
            print(f"| {name} | {figure} | {theirs:.4f} | {ours:.4f} |", flush=True)
            largest = max(largest, abs(theirs - ours))
    print(f"\nlargest difference {largest:.1e}")
    if args.humans:
        for name, value in humans(judge, args.humans).items():
            print(f"human by human, {name}: {value:.4f}, published {PUBLISHED.get(name, '')}")


if __name__ == "__main__":
    main()
