"""Judge features by themselves: the regions of plain k-means maps against human segmentations of photographs.

    python benchmarks/features.py --judge PATH/judge.py
    python benchmarks/features.py --judge PATH/judge.py --features network "network,color,weight=0.5" --min-area 100

Every picture is segmented into k classes for each k from 2 to 12, pixel by pixel; the table gives, for each text of
features, the k at which the mean covering of all pictures is best. No tree, no superpixels: what is judged is how well
equal features mean equal things. The judge and its data are not part of this repository.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import numpy as np
from quality import load_judge

import fallow

CLASSES = range(2, 13)
FIGURES = ("covering", "pri", "voi")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--features", nargs="*", default=["network", "color"])
    parser.add_argument("--limit", type=int, default=40, help="first N pictures of the validation set")
    parser.add_argument("--min-area", type=int, default=fallow.Segmenter().min_area)
    args = parser.parse_args()
    judge = load_judge(args.judge)
    print("| features | k | covering | Rand | VoI (bits) | covering at each k |\n|---|---|---|---|---|---|")
    for features in args.features:
        found = np.zeros((args.limit, len(CLASSES), len(FIGURES)))
        for number, (_, image, truths, ignored) in enumerate(islice(judge.photos("val"), args.limit)):
            for at, k in enumerate(CLASSES):
                result = fallow.segment(image, classes=k, features=features, unit="pixel", min_area=args.min_area)
                scores = [judge.region_scores(np.asarray(result.regions), truth, ignored) for truth in truths]
                found[number, at] = [np.mean([score[figure] for score in scores]) for figure in FIGURES]
        mean = found.mean(axis=0)
        best = int(mean[:, 0].argmax())
        each = " ".join(f"{covering:.3f}" for covering in mean[:, 0])
        covering, rand, voi = mean[best]
        print(f"| {features} | {CLASSES[best]} | {covering:.3f} | {rand:.3f} | {voi:.2f} | {each} |", flush=True)


if __name__ == "__main__":
    main()
