"""Ask whether what `fallow compare` ranks by agrees with human truth, on sets of images with known classes.

    python benchmarks/comparing.py --judge PATH/judge.py
    python benchmarks/comparing.py --judge PATH/judge.py --unit pixel --sets outex --limit 4

For each image all combinations are compared without its truth; then Spearman's rank correlation of each criterion with
the adjusted Rand index of the small maps to the truth, and the index of what each criterion puts first, are printed as
means over the images of a set. The judge and its data are not part of this repository.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from quality import load_judge
from scipy.stats import spearmanr
from sklearn.metrics import adjusted_rand_score

import fallow
from fallow.tiles.lattice import lattice_step

CLASSES = (2, 3, 5, 9)
CRITERIA = ("score", "stability", "separation", "silhouette", "coherence", "fewest classes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--unit", default="region")
    parser.add_argument("--sets", nargs="*")
    parser.add_argument("--limit", type=int, help="first N images of each set")
    parser.add_argument("--keep", type=Path, help="write one line of JSON a combination to this file")
    args = parser.parse_args()
    judge = load_judge(args.judge)
    names = args.sets or [name for name, task in judge.TASKS.items() if task.kind == "classes"]
    print(f"| set, images | of | {' | '.join(CRITERIA)} | the best | the mean |\n|{'---|' * (len(CRITERIA) + 4)}")
    for name in names:
        everything = []
        for number, (image_name, image, truths, ignored) in enumerate(judge.TASKS[name].samples()):
            if number == args.limit:
                break
            records = judged(image, truths[0], ignored, args.unit)
            everything.append(records)
            if args.keep:
                with args.keep.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps({"set": name, "image": image_name, **each}) + "\n" for each in records)
        for of, some in (("all", everything), ("true number", [at_true_number(records) for records in everything])):
            print(f"| {name}, {len(everything)} | {of} | {summary(some)} |", flush=True)


def judged(image: np.ndarray, truth: np.ndarray, ignored: int | None, unit: str) -> list[dict[str, Any]]:
    """Compare without the truth, then measure each small map against it."""
    step = lattice_step(truth.shape)
    truth = truth[::step, ::step]
    is_known = np.ones(truth.shape, bool) if ignored is None else truth != ignored
    n_true = len(np.unique(truth[is_known]))
    records = []
    for each in fallow.compare(image, classes=sorted({*CLASSES, n_true}), unit=unit):
        inside = is_known & (each.classes > 0)
        index = adjusted_rand_score(truth[inside], each.classes[inside])
        fewest = -each.combination.classes
        records.append({**each.record(), "fewest classes": fewest, "index": index, "true number": n_true})
    return records


def at_true_number(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in records if each["classes"] == each["true number"]]


def summary(images: list[list[dict[str, Any]]]) -> str:
    """Write correlation and index of the first of each criterion; the best index there was, and the mean."""
    found = defaultdict(list)
    for records in images:
        index = np.array([each["index"] for each in records])
        for criterion in CRITERIA:
            values = np.array([each[criterion] for each in records], float)
            agreement = spearmanr(values, index)[0] if np.ptp(values) else 0.0
            found[criterion].append((agreement, index[np.argmax(values)]))
        found["range"].append((index.max(), index.mean()))
    means = {name: np.mean(values, axis=0) for name, values in found.items()}
    cells = [f"{agreement:.2f}, {first:.2f}" for agreement, first in (means[name] for name in CRITERIA)]
    return " | ".join([*cells, *(f"{value:.2f}" for value in means["range"])])


if __name__ == "__main__":
    main()
