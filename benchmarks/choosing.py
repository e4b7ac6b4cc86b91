"""How far rules that choose the number of classes are off, and print Markdown tables of the mean error.

    python benchmarks/choosing.py                                # made-up rows and images, the seeds that are reported
    python benchmarks/choosing.py --first-seed 0                 # the seeds the rule was tuned on
    python benchmarks/choosing.py --judge PATH/judge.py          # and the class sets of the judge, see quality.py

Made up are clouds of rows (`make_clouds`) and images (`make_image`, judged by both units with what is automatic), of 2
to 12 classes whose shares go down to 1 %. Each cell is the mean of |chosen - true|, then the mean of chosen - true.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from quality import load_judge

from fallow import Segmenter
from fallow.cluster import Choice, choose_n_classes, make_clusterer

REPORTED, NUMBER = 1000, 60
CLASSES, LEAST_SHARE = (2, 12), 0.01
SIDE = 256


# ------------------------------------------------------------------ made up
def make_shares(n_classes: int, rng: np.random.Generator) -> np.ndarray:
    """Return shares of classes: nearly equal, unequal, or so unequal that the smallest has about 1 %."""
    ratio = rng.choice([1.5, 6.0, 40.0])
    weights = np.exp(rng.uniform(0, np.log(ratio), n_classes))
    return LEAST_SHARE + (1 - n_classes * LEAST_SHARE) * weights / weights.sum()


def make_clouds(seed: int, n_rows: int = 6000) -> tuple[np.ndarray, int]:
    """Return rows of 2 to 24 features and how many clouds they are of.

    Ellipsoids of unequal size, turned at random; half of the sets have heavy tails (Student's t of five degrees of
    freedom). Between the centers of any two lie 2 to 3.5 times the sum of their deviations along the line that joins
    them: at 2 and with equal shares, one row in forty lies nearer to the wrong cloud.
    """
    rng = np.random.default_rng([1, seed])
    n, d = int(rng.integers(CLASSES[0], CLASSES[1] + 1)), int(rng.choice([2, 3, 6, 12, 24]))
    apart = rng.uniform(2.0, 3.5)
    spread = np.exp(rng.uniform(np.log(0.6), np.log(1.6), (n, 1)) + rng.uniform(np.log(0.7), np.log(1.4), (n, d)))
    turn = np.linalg.qr(rng.normal(size=(n, d, d)))[0]
    centers = _place(lambda side: rng.uniform(-side, side, (n, d)), spread, turn, apart)
    shares = make_shares(n, rng)
    label = np.concatenate([np.arange(n), rng.choice(n, n_rows - n, p=shares)])
    offset = rng.normal(size=(n_rows, d))
    if rng.random() < 0.5:
        offset *= np.sqrt(3 / rng.chisquare(5, (n_rows, 1)))
    rows = centers[label] + np.einsum("nij,nj->ni", turn[label], offset * spread[label])
    return rows.astype(np.float32), n


def _place(draw: Callable[[float], np.ndarray], spread: np.ndarray, turn: np.ndarray, apart: float) -> np.ndarray:
    """Draw centers from a growing box until all are far enough apart for their spread."""
    side = 2.0
    while True:
        centers = draw(side)
        if all(_gap(centers, spread, turn, one, other) >= apart for one in range(len(centers)) for other in range(one)):
            return centers
        side *= 1.02


def _gap(centers: np.ndarray, spread: np.ndarray, turn: np.ndarray, one: int, other: int) -> float:
    """Return the distance of two centers in sums of the clouds' deviations along it."""
    way = centers[one] - centers[other]
    length = np.linalg.norm(way)
    deviations = [np.linalg.norm((way / length) @ turn[each] * spread[each]) for each in (one, other)]
    return float(length / sum(deviations))


def make_image(seed: int) -> tuple[np.ndarray, int]:
    """Return a colour image (256, 256, 3) uint8 and how many classes it shows.

    Patches with wavy borders, four to ten a class. A class has a colour in CIE Lab, 18 to 35 from the next where there
    is room, and a grain of its own in lightness; camera noise, uneven light and a little blur lie over all.
    """
    rng = np.random.default_rng([2, seed])
    n = int(rng.integers(CLASSES[0], CLASSES[1] + 1))
    label = _make_patches(n, int(rng.integers(4 * n, 10 * n)), rng)
    colors = _make_colors(n, rng)
    image = colors[label]
    grain, width = rng.uniform(1, 5, n), rng.uniform(0.7, 2.5, n)
    for each in range(n):
        noise = cv2.GaussianBlur(rng.normal(size=(SIDE, SIDE)), (0, 0), width[each])
        image[..., 0] += np.where(label == each, grain[each] * noise / noise.std(), 0)
    image += rng.normal(0, 1, image.shape) * rng.uniform(1, 3)
    image[..., 0] += _make_waves(rng, rng.uniform(0, 3), 4)
    rgb = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 0.7).astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.clip(rgb * 255, 0, 255).astype(np.uint8), n


def _make_waves(rng: np.random.Generator, height: float, n_waves: int) -> np.ndarray:
    return cv2.resize(rng.normal(0, height, (n_waves, n_waves)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def _make_patches(n: int, n_patches: int, rng: np.random.Generator) -> np.ndarray:
    """Return the class (SIDE, SIDE) of each pixel, from 0; a patch goes to the class that lacks most of its share."""
    points = rng.uniform(0, SIDE, (n_patches, 2))
    row, col = np.mgrid[:SIDE, :SIDE] + np.stack([_make_waves(rng, 6, 8) for _ in range(2)])
    patch = np.argmin(np.square(row[..., None] - points[:, 0]) + np.square(col[..., None] - points[:, 1]), axis=-1)
    area = np.bincount(patch.ravel(), minlength=n_patches) / SIDE**2
    lack, owner = make_shares(n, rng), np.zeros(n_patches, np.int64)
    for number, each in enumerate(rng.permutation(n_patches)):
        owner[each] = number if number < n else np.argmax(lack)
        lack[owner[each]] -= area[each]
    return owner[patch]


def _make_colors(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return colours (n, 3) in CIE Lab."""
    apart = rng.uniform(18, 35)
    while True:
        colors = np.stack([rng.uniform(*ends, n) for ends in ((25, 85), (-45, 45), (-45, 45))], axis=1)
        gaps = np.linalg.norm(colors[:, None] - colors[None], axis=2) + 1e3 * np.eye(n)
        if gaps.min() >= apart:
            return colors
        apart *= 0.995


# ------------------------------------------------------------------ rules
def _first_peak(scores: np.ndarray) -> int:
    """Return the index of the first peak that comes within 0.1 of the best, else of the best: the rule until 0010."""
    for index in range(1, len(scores) - 1):
        if scores[index - 1] < scores[index] > scores[index + 1] and scores[index] >= scores.max() - 0.1:
            return index
    return int(np.argmax(scores))


def _last(is_good: np.ndarray) -> int:
    return int(np.flatnonzero(is_good)[-1]) if is_good.any() else 0


def _rank(scores: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(scores))


Curves = dict[str, np.ndarray]
RULES: dict[str, Callable[[Curves], int]] = {
    "silhouette, first peak (until now)": lambda c: _first_peak(c["silhouette"]),
    "silhouette, best": lambda c: int(np.argmax(c["silhouette"])),
    "Calinski-Harabasz, best": lambda c: int(np.argmax(c["calinski_harabasz"])),
    "Davies-Bouldin, best": lambda c: int(np.argmin(c["davies_bouldin"])),
    "stability, best": lambda c: int(np.argmax(c["stability"])),
    "stability, most within a deviation of the best": lambda c: _last(
        c["stability"] >= (c["stability"] - c["stability_deviation"])[np.argmax(c["stability"])]
    ),
    "strength, most of 0.8 or more": lambda c: _last(c["strength"] >= 0.8),
    "strength, most of 0.9 or more": lambda c: _last(c["strength"] >= 0.9),
    "ranks of four, added": lambda c: int(
        np.argmax(
            _rank(c["silhouette"]) + _rank(c["calinski_harabasz"]) + _rank(-c["davies_bouldin"]) + _rank(c["stability"])
        )
    ),
}


# ------------------------------------------------------------------ sets
Case = tuple[Choice, int]


def clouds(seeds: range) -> Iterator[Case]:
    for seed in seeds:
        rows, n_classes = make_clouds(seed)
        yield choose_n_classes(rows, lambda n: make_clusterer("kmeans", n)), n_classes


def images(unit: str, seeds: range) -> Iterator[Case]:
    for seed in seeds:
        image, n_classes = make_image(seed)
        yield Segmenter(unit=unit).choose(image), n_classes


def judged(samples: Iterator[tuple], unit: str) -> Iterator[Case]:
    for _, image, truths, ignored in samples:
        true = np.setdiff1d(np.unique(truths[0]), [] if ignored is None else [ignored])
        yield Segmenter(unit=unit).choose(image), len(true)


def errors(cases: Iterator[Case]) -> dict[str, np.ndarray]:
    """Return chosen - true of each rule and case."""
    off: dict[str, list[int]] = {}
    for choice, n_true in cases:
        curves = {name: np.array(values) for name, values in choice.curves.items()}
        chosen = {name: choice.candidates[rule(curves)] for name, rule in RULES.items()}
        for name, number in ({"**evidence (what `auto` does)**": choice.n_classes} | chosen).items():
            off.setdefault(name, []).append(number - n_true)
    return {name: np.array(values) for name, values in off.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path)
    parser.add_argument("--first-seed", type=int, default=REPORTED)
    parser.add_argument("--number", type=int, default=NUMBER, help="of sets of rows, and of images")
    args = parser.parse_args()
    seeds = range(args.first_seed, args.first_seed + args.number)
    cases = {"rows": clouds(seeds)} | {f"images, {unit}": images(unit, seeds) for unit in ("region", "pixel")}
    if args.judge:
        judge = load_judge(args.judge)
        tasks = {name: task for name, task in judge.TASKS.items() if task.kind == "classes"}
        cases |= {
            f"{name}, {unit}": judged(task.samples(), unit)
            for name, task in tasks.items()
            for unit in ("region", "pixel")
        }
    found = {name: errors(each) for name, each in cases.items()}
    print("| rule |", *(f"{name} ({len(next(iter(off.values())))}) |" for name, off in found.items()))
    print("|---|" + "---|" * len(found))
    for rule in next(iter(found.values())):
        print(f"| {rule} |", *(f"{np.abs(off[rule]).mean():.2f}, {off[rule].mean():+.2f} |" for off in found.values()))


if __name__ == "__main__":
    main()
