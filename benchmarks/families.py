"""Judge feature families on sets with human truth: plain k-means on the features of single pixels, nothing else.

    python benchmarks/families.py --judge PATH/judge.py
    python benchmarks/families.py --judge PATH/judge.py --features color farm.fallow --sets fields --unit region

Of sets of classes the number of classes is told, and accuracy and mean intersection over union are of a one-to-one
matching; of sets of regions it is not, five classes are made, and their connected areas are judged: covering, and the
mean of the best intersection over union or the probabilistic Rand index. One Markdown table, and in the folder of
`--pictures` the first three components of each family's features as colours. The judge and its data are not part of
this repository.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from quality import load_judge

import fallow
from fallow.features import Bands, FeatureStack
from fallow.features.block import Block
from fallow.features.reduce import PCA

FAMILIES = ["spectral", "color", "histogram", "gradient", "moments", "lbp", "gabor", "color,texture", "network"]
"""``spectral`` is the raw bands, scaled: what most people begin with."""

SETS = ["landcover", "fields", "cropweed", "outex", "salinas", "photos"]
UNTOLD = 5  # classes, where none are given
SHOWN = 512  # pixels a side of a picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--features", nargs="*", default=FAMILIES)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--limit", type=int, help="first N images of each set")
    parser.add_argument("--unit", default="pixel")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the features")
    args = parser.parse_args()
    judge = load_judge(args.judge)
    print("| features | " + " | ".join(args.sets) + " |\n|---" + "|---" * len(args.sets) + "|")
    for features in args.features:
        cells = [judge_one(judge, judge.TASKS[name], features, args) for name in args.sets]
        print(f"| {features} | " + " | ".join(cells) + " |", flush=True)


def judge_one(judge, task, features: str, args: argparse.Namespace) -> str:
    """Return the two figures of a family on a set, or a dash where it cannot work with such bands."""
    figures = []
    for name, image, truths, ignored in islice(task.samples(), args.limit):
        told = len(np.setdiff1d(np.unique(truths[0]), [] if ignored is None else [ignored]))
        n_classes = told if task.kind == "classes" else UNTOLD
        try:
            result = fallow.segment(image, classes=n_classes, features=features, unit=args.unit)
        except fallow.InputError:
            return "-"
        found = np.asarray(result.classes if task.kind == "classes" else result.regions)
        score = judge.class_scores if task.kind == "classes" else judge.region_scores
        each = [list(score(found, truth, ignored).values())[:2] for truth in truths]
        if args.pictures and not figures:
            draw(image, features, args.pictures / f"{name}-{features.split('/')[-1].split(',')[0]}.png")
        figures.append(np.mean(each, axis=0))
    first, second = np.mean(figures, axis=0)
    return f"{first:.3f} / {second:.3f}"


def draw(image: np.ndarray, features: str, path: Path) -> None:
    """Draw the first three principal components of a family's features as red, green and blue."""
    part = np.atleast_3d(image)[:SHOWN, :SHOWN].astype(np.float32)
    bands = Bands(part.shape[2], dtype=str(image.dtype))
    stack = FeatureStack(features)
    pixels = part.reshape(-1, part.shape[2])
    stack.fit_pixels(pixels[::7], bands, [Block(part)])
    found = stack.extract(part)
    rows = found.reshape(-1, found.shape[2])
    rows = stack.fit_features(rows[::7]).project(rows)
    shown = (rows - rows.mean(axis=0)) @ PCA(min(3, rows.shape[1])).fit(rows[::7]).matrix_
    shown = np.pad(shown, ((0, 0), (0, 3 - shown.shape[1])))
    spread = np.maximum(shown.std(axis=0), 1e-9)
    colours = np.clip(128 + 50 * shown / spread, 0, 255).astype(np.uint8).reshape(*part.shape[:2], 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), colours[..., ::-1])


if __name__ == "__main__":
    main()
