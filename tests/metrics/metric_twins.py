"""Slow and obvious versions of the measures, pixel by pixel and pair by pair, and random maps to compare them on."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations, permutations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

Pixels = list[tuple[int, int]]


@st.composite
def two_maps(draw, n_labels: int = 4, max_side: int = 5):
    """Draw labels and truth of one shape, of few values, so that they often agree."""
    shape = draw(st.tuples(st.integers(1, max_side), st.integers(1, max_side)))
    each = arrays(np.int32, shape, elements=st.integers(0, n_labels), fill=st.nothing())
    return draw(each), draw(each)


def judged(labels: np.ndarray, truth: np.ndarray, ignore: int | None) -> Pixels:
    """List the pixels that are judged, as pairs of label and truth."""
    return [(label, true) for label, true in zip(labels.flat, truth.flat, strict=True) if true != ignore]


def slow_best_ious(labels: np.ndarray, truth: np.ndarray, ignore: int | None, unlabelled: int | None) -> dict:
    best = {}
    for true in set(truth.flat) - {ignore}:
        ious = [0.0]
        for label in set(labels.flat) - {unlabelled}:
            ious.append(((labels == label) & (truth == true)).sum() / ((labels == label) | (truth == true)).sum())
        best[true] = (float(max(ious)), int((truth == true).sum()))
    return best


def slow_rand_index(pixels: Pixels) -> float:
    agree = [(a == c) == (b == d) for (a, b), (c, d) in combinations(pixels, 2)]
    return sum(agree) / len(agree) if agree else 1.0


def slow_adjusted_rand_index(pixels: Pixels) -> float:
    """By Hubert and Arabie's formula, pairs counted one by one."""
    pairs = list(combinations(pixels, 2))
    both = sum(a == c and b == d for (a, b), (c, d) in pairs)
    one, other = sum(a == c for (a, _), (c, _) in pairs), sum(b == d for (_, b), (_, d) in pairs)
    if not pairs or (one + other) / 2 == one * other / len(pairs):
        return 1.0
    expected = one * other / len(pairs)
    return (both - expected) / ((one + other) / 2 - expected)


def slow_open_bits(pixels: Pixels, of: int, given: int) -> float:
    """Return H(of | given): the mean over pixels of what is not known of one side once the other is."""
    both, known = Counter(pixels), Counter(pixel[given] for pixel in pixels)
    return sum(-math.log2(both[pixel] / known[pixel[given]]) for pixel in pixels) / len(pixels) if of != given else 0.0


def slow_mutual_bits(pixels: Pixels) -> float:
    both, one, other = Counter(pixels), Counter(a for a, _ in pixels), Counter(b for _, b in pixels)
    n = len(pixels)
    return sum(math.log2(both[a, b] * n / (one[a] * other[b])) for a, b in pixels) / n


def slow_entropy(values: list[int]) -> float:
    counts = Counter(values)
    return -sum(math.log2(counts[value] / len(values)) for value in values) / len(values)


def slow_assignments(pixels: Pixels, unlabelled: int | None) -> list[dict]:
    """List every way to give each true class one label of its own, or none."""
    labels = sorted({label for label, _ in pixels} - {unlabelled})
    truths = sorted({true for _, true in pixels})
    return [
        dict(zip(truths, order, strict=True)) for order in set(permutations(labels + [None] * len(truths), len(truths)))
    ]


def slow_accuracy(pixels: Pixels, label_of: dict) -> float:
    return sum(label == label_of[true] for label, true in pixels) / len(pixels)


def slow_mean_iou(pixels: Pixels, labels_of: dict) -> float:
    """With a set of labels for each true class."""
    ious = []
    for true, mine in labels_of.items():
        shared = sum(label in mine and other == true for label, other in pixels)
        ious.append(shared / sum(label in mine or other == true for label, other in pixels))
    return sum(ious) / len(ious)


def slow_largest_matching(targets: list[list[int]]) -> int:
    """Return the size of a largest matching, by Kuhn's paths from one node after the other."""
    owner: dict[int, int] = {}

    def place(node: int, tried: set[int]) -> bool:
        for target in targets[node]:
            if target not in tried:
                tried.add(target)
                if target not in owner or place(owner[target], tried):
                    owner[target] = node
                    return True
        return False

    return sum(place(node, set()) for node in range(len(targets)))


def slow_within_reach(found: np.ndarray, true: np.ndarray, tolerance: float) -> list[list[int]]:
    """List for each found pixel the true ones that are near enough."""
    there = np.argwhere(true)
    return [
        [k for k, (r, c) in enumerate(there) if math.hypot(r - row, c - col) <= tolerance]
        for row, col in np.argwhere(found)
    ]
