"""Slow and obvious versions of the region kernels, and random input to compare them on."""

from __future__ import annotations

import heapq
from collections import Counter

import cv2
import numpy as np

from fallow.regions.contours import N_CONTOURS
from fallow.regions.cost import REFERENCE_AREA, CostWeights
from fallow.regions.graph import N_CUES, RegionGraph
from fallow.regions.superpixels import LEVELS, SMOOTHING
from fallow.regions.tally import BINS, EDGES, N_BINS, RANGES

# Weights of the tests' own, so that those tuned may change: every term counts.
WEIGHTS = CostWeights(
    contours=tuple(np.linspace(0.5, 1.6, N_CONTOURS)),
    base=0.9,
    jumps=(0.8, 0.4),
    spectral=0.3,
    chi_square=(0.5, 0.3, 0.2, 0.1, 0.4, 0.2),
    earth_mover=(0.2, 0.1, 0.3, 0.1, 0.0, 0.05),
    noise=(2.0, 1.5, 1.0, 4.0, 3.0, 6.0),
    network=0.7,
    network_noise=0.4,
    network_power=0.8,
    geometric=0.3,
    area_power=0.2,
    area_saturation=5.0,
    containment_power=0.3,
)

Pair = tuple[int, int]


# ---------------------------------------------------------------------- random input
def random_labels(random: np.random.Generator, rows: int, cols: int, *, cell: int = 3, void: float = 0.1) -> np.ndarray:
    """Make ragged superpixels (rows, cols) int32 from 0, all of them in use; -1 is no data."""
    shape = (-(-rows // cell), -(-cols // cell))
    labels = random.permutation(shape[0] * shape[1]).reshape(shape).repeat(cell, 0).repeat(cell, 1)[:rows, :cols]
    moved = random.random((rows, cols)) < 0.2
    labels = np.where(moved, np.roll(labels, 1, axis=1), labels)
    labels[random.random((rows, cols)) < void] = -1
    values, dense = np.unique(labels, return_inverse=True)
    return (dense.reshape(rows, cols) - int(values[0] < 0)).astype(np.int32)


def random_graph(random: np.random.Generator, rows: int, cols: int, *, n_features: int = 3) -> RegionGraph:
    """Make the graph of a grid of superpixels, each with up to six neighbours."""
    place = np.arange(rows * cols).reshape(rows, cols)
    sides = ((place[:, :-1], place[:, 1:]), (place[:-1], place[1:]), (place[:-1, :-1], place[1:, 1:]))
    pairs = np.concatenate([np.stack((one.ravel(), other.ravel()), 1) for one, other in sides]).astype(np.int64)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    n = rows * cols
    area = random.integers(1, 300, n).astype(np.int64)
    bins = np.concatenate([random.dirichlet(np.full(size, 0.3), n) for size in BINS], axis=1)
    sums = np.concatenate((bins, random.normal(0, 1, (n, n_features))), axis=1) * area[:, None]
    return RegionGraph(
        area,
        sums.astype(np.float32),
        random.integers(0, 5, n).astype(np.int64),
        pairs,
        random.integers(1, 20, len(pairs)).astype(np.int64),
        random.random((len(pairs), N_CUES)).astype(np.float32),
    )


# ---------------------------------------------------------------------- pixels
def slow_mean_cells(picture: np.ndarray) -> np.ndarray:
    """Average 2 x 2 pixels one cell at a time; at an odd end, of what is there."""
    rows, cols, n = picture.shape
    out = np.empty((-(-rows // 2), -(-cols // 2), n))
    for row in range(out.shape[0]):
        for col in range(out.shape[1]):
            out[row, col] = picture[2 * row : 2 * row + 2, 2 * col : 2 * col + 2].mean(axis=(0, 1), dtype=np.float64)
    return out


def slow_strongest(down: np.ndarray, across: np.ndarray, weights: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return the largest weighted sum over the directions."""
    best = np.zeros(down.shape[1:])
    for angle in angles:
        response = squash(across * np.cos(angle) + down * np.sin(angle))
        best = np.maximum(best, np.tensordot(weights, response, 1))
    return best


def squash(response: np.ndarray) -> np.ndarray:
    """Return 0..1 of any response; 1 becomes the root of one half."""
    return np.sqrt(response**2 / (1 + response**2))


def slow_patterns(plane: np.ndarray, step: float) -> np.ndarray:
    """Walk once around each cell."""
    rows, cols = plane.shape
    around = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
    out = np.empty(plane.shape)
    for row in range(rows):
        for col in range(cols):
            near = [(np.clip(row + r, 0, rows - 1), np.clip(col + c, 0, cols - 1)) for r, c in around]
            lighter = [plane[at] > plane[row, col] + np.float32(step) for at in near]
            changes = sum(one != other for one, other in zip(lighter, lighter[1:] + lighter[:1], strict=True))
            out[row, col] = sum(lighter) if changes <= 2 else 9
    return out


# ---------------------------------------------------------------------- superpixels
def slow_watershed(strength: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Find plateaus of minima by growing them, flood with a heap of (level, age), and again where no flood came."""
    smooth = cv2.GaussianBlur(strength, (0, 0), SMOOTHING, borderType=cv2.BORDER_REFLECT)
    level = np.minimum(smooth * LEVELS, LEVELS - 1).astype(int)
    rows, cols = smooth.shape

    def near(row: int, col: int, *, corners: bool) -> list[Pair]:
        steps = [(-1, 0), (0, -1), (0, 1), (1, 0)] + [(-1, -1), (-1, 1), (1, -1), (1, 1)] * corners
        places = [(row + r, col + c) for r, c in steps]
        return [(r, c) for r, c in places if 0 <= r < rows and 0 <= c < cols and valid[r, c]]

    places = [(row, col) for row in range(rows) for col in range(cols) if valid[row, col]]
    labels = np.full(smooth.shape, -1)
    n = 0
    while left := [at for at in places if labels[at] < 0]:
        minima = {
            at for at in left if all(smooth[to] >= smooth[at] for to in near(*at, corners=True) if labels[to] < 0)
        }
        for at in left:
            if at in minima and labels[at] < 0:
                labels[at], front = n, [at]
                while front:
                    for to in near(*front.pop(), corners=True):
                        if to in minima and labels[to] < 0:
                            labels[to] = n
                            front.append(to)
                n += 1
        queue = [(level[at], age, at) for age, at in enumerate(places) if labels[at] >= 0]
        heapq.heapify(queue)
        age = len(places)
        while queue:
            now, _, at = heapq.heappop(queue)
            for to in near(*at, corners=False):
                if labels[to] < 0:
                    labels[to] = labels[at]
                    heapq.heappush(queue, (max(now, level[to]), age, to))
                    age += 1
    return labels


# ---------------------------------------------------------------------- sums
def slow_histograms(view: np.ndarray, labels: np.ndarray, weight: np.ndarray, n: int) -> np.ndarray:
    """Share each value between the two nearest bins."""
    out = np.zeros((n, N_BINS))
    for at in np.argwhere(labels >= 0):
        row, col = at
        for k, (bins, (low, high)) in enumerate(zip(BINS, RANGES, strict=True)):
            place = np.clip((view[row, col, k] - low) / (high - low) * (bins - 1), 0, bins - 1)
            for bin_ in range(bins):
                share = max(0.0, 1 - abs(place - bin_))
                out[labels[row, col], EDGES[k] + bin_] += weight[row, col] * share
    return out


def slow_borders(labels: np.ndarray) -> Counter[Pair]:
    """Count the cell sides between each two superpixels."""
    borders: Counter[Pair] = Counter()
    for one, other in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        for a, b in zip(one.ravel().tolist(), other.ravel().tolist(), strict=True):
            if a != b and a >= 0 and b >= 0:
                borders[min(a, b), max(a, b)] += 1
    return borders


def slow_edges(labels: np.ndarray) -> np.ndarray:
    """Count the cell sides of each superpixel that face no data or the end."""
    padded = np.pad(labels, 1, constant_values=-1)
    edge = np.zeros(labels.max() + 1, int)
    for row, col in np.argwhere(padded >= 0):
        beside = padded[row - 1, col], padded[row + 1, col], padded[row, col - 1], padded[row, col + 1]
        edge[padded[row, col]] += sum(each < 0 for each in beside)
    return edge


# ---------------------------------------------------------------------- merges
def slow_cost(a: int, b: int, length: float, strength: float, area, perimeter, values, w: CostWeights) -> float:
    """Follow the formula of `merge_cost` term by term."""
    small = min(area[a], area[b])
    difference = values[a].astype(np.float64) - values[b]
    both = values[a].astype(np.float64) + values[b]
    distance = 0.0
    for k in range(len(BINS)):
        bins = slice(EDGES[k], EDGES[k + 1])
        d, total = difference[bins], both[bins]
        chi = 0.5 * (d[d != 0] ** 2 / total[d != 0]).sum()
        distance += w.chi_square[k] * np.sqrt(max(0, chi - w.noise[k] / small))
        distance += w.earth_mover[k] * np.sqrt(np.abs(np.cumsum(d)).sum())
    d2 = (difference[N_BINS:] ** 2).sum()
    distance += w.network * max(0, d2 - w.network_noise / small) ** (w.network_power / 2)
    mix = (1 - w.geometric) * (strength + distance) + 2 * w.geometric * np.sqrt(strength * distance)
    m = small / REFERENCE_AREA
    common = min(1, length / min(perimeter[a], perimeter[b]))
    share = (m / (1 + w.area_saturation * m)) ** w.area_power
    return mix * share * (1 - 0.9 * common) ** w.containment_power


def slow_merge(graph: RegionGraph, strength: np.ndarray, w: CostWeights) -> tuple[list[list[int]], list[float]]:
    """Look at every border before each merge, and take the cheapest."""
    area = dict(enumerate(np.maximum(graph.area, 1).astype(float)))
    values = dict(enumerate((graph.sums / np.maximum(graph.area, 1)[:, None]).astype(np.float64)))
    perimeter = dict(enumerate(graph.edge.astype(float)))
    borders = {}
    for (a, b), length, s in zip(graph.pairs.tolist(), graph.length.tolist(), strength, strict=True):
        borders[a, b] = float(length), float(length) * s
        perimeter[a] += length
        perimeter[b] += length
    merges, heights = [], []
    while borders:
        price = {
            pair: slow_cost(*pair, length, total / length, area, perimeter, values, w)
            for pair, (length, total) in borders.items()
        }
        a, b = min(price, key=price.__getitem__)
        heights.append(price[a, b])
        merges.append([a, b])
        new = len(graph) + len(merges) - 1
        area[new] = area[a] + area[b]
        values[new] = (values[a] * area[a] + values[b] * area[b]) / area[new]
        perimeter[new] = perimeter[a] + perimeter[b] - 2 * borders.pop((a, b))[0]
        for pair in list(borders):
            if a in pair or b in pair:
                length, total = borders.pop(pair)
                other = next(each for each in pair if each not in (a, b))
                known = borders.get((other, new), (0.0, 0.0))
                borders[other, new] = known[0] + length, known[1] + total
    return merges, heights
