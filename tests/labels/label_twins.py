"""Slow and obvious versions of the kernels, and random label maps to compare them on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays


def label_maps(n_labels: int = 3, max_side: int = 12) -> st.SearchStrategy[np.ndarray]:
    """Draw maps of few labels, so that equal ones often touch."""
    shapes = array_shapes(min_dims=2, max_dims=2, max_side=max_side)
    return arrays(np.int32, shapes, elements=st.integers(0, n_labels), fill=st.nothing())


def around(position: tuple[int, int], shape: tuple[int, int], corners: bool = False) -> Iterator[tuple[int, int]]:
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            row, col = position[0] + down, position[1] + right
            is_neighbour = (down, right) != (0, 0) and (corners or 0 in (down, right))
            if is_neighbour and 0 <= row < shape[0] and 0 <= col < shape[1]:
                yield row, col


def slow_components(labels: np.ndarray, corners: bool = False) -> np.ndarray:
    ids, n = np.zeros(labels.shape, np.int32), 0
    for start in np.ndindex(labels.shape):
        if labels[start] and not ids[start]:
            n += 1
            ids[start] = n
            open_ends = [start]
            while open_ends:
                here = open_ends.pop()
                for there in around(here, labels.shape, corners):
                    if labels[there] == labels[here] and not ids[there]:
                        ids[there] = n
                        open_ends.append(there)
    return ids


def slow_borders(ids: np.ndarray) -> dict[tuple[int, int], int]:
    """Count the pixel sides between each two components."""
    borders: dict[tuple[int, int], int] = {}
    for here in np.ndindex(ids.shape):
        for there in around(here, ids.shape):
            if 0 < ids[here] < ids[there]:
                pair = int(ids[here]), int(ids[there])
                borders[pair] = borders.get(pair, 0) + 1
    return borders


def slow_sieve(labels: np.ndarray, min_area: int, protect: bool) -> np.ndarray:
    """Follow the definition word by word: after each step, look at the whole map anew."""
    labels = labels.copy()
    kept = []
    if protect:
        ids = slow_components(labels)
        area = np.bincount(ids.ravel())
        for label in np.unique(labels[labels > 0]):
            largest = min(np.unique(ids[labels == label]), key=lambda i: (-area[i], i))
            kept.append(np.unravel_index(np.argmax(ids == largest), ids.shape))
    while True:
        ids = slow_components(labels)
        area, borders = np.bincount(ids.ravel()), slow_borders(ids)
        candidates = set(range(1, len(area))) - {int(ids[pixel]) for pixel in kept}
        for small in sorted((i for i in candidates if area[i] < min_area), key=lambda i: (area[i], i)):
            shared = {a + b - small: length for (a, b), length in borders.items() if small in (a, b)}
            if shared:
                by_label: Counter[int] = Counter()
                for other, length in shared.items():
                    by_label[int(labels[ids == other][0])] += length
                labels[ids == small] = min(by_label, key=lambda label: (-by_label[label], label))
                break
        else:
            return labels
