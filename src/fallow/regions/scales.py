"""Which scales of a merge tree stand out: regions alike inside, and unlike their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fallow.labels.statistics import RegionStatistics
from fallow.labels.tree import MergeTree

MOST_REGIONS = 5_000
PER_DOUBLING = 4  # cuts
SURROUNDINGS = 6  # cuts on either side that a scale stands out from
LEAST_DOUBLINGS = 1  # of the number of regions between two that are named
N_NAMED = 3
NAMES = {1: ("medium",), 2: ("coarse", "fine"), 3: ("coarse", "medium", "fine")}


@dataclass(frozen=True)
class Scale:
    """A scale that stands out.

    Attributes
    ----------
    name : str
        "coarse", "medium" or "fine"; of two "coarse" and "fine".
    n_regions : int
    height : float
        To cut the tree at.
    score : float
        0..1, see `Scales`.
    """

    name: str
    n_regions: int
    height: float
    score: float


@dataclass(frozen=True, eq=False)
class Scales:
    """How good each scale of a tree is, and the three that stand out.

    Attributes
    ----------
    n_regions : (s,) int64
        Of the cuts that were judged, rising.
    height : (s,) float64
        Of each cut.
    variance : (s,) float64
        Within the regions, as a share of the variance of the whole image, mean of the bands. Low where regions are
        alike inside.
    autocorrelation : (s,) float64
        Moran's I of the regions' means, mean of the bands: 1 where those that touch are alike, about 0 where they are
        as any two. Low where regions are unlike their neighbours.
    score : (s,) float64
        Harmonic mean of both, each turned round and stretched to 0..1.
    named : tuple of Scale
        From coarse to fine, up to three: the best score, and those that rise most above the scores around them.
    """

    n_regions: NDArray[np.int64]
    height: NDArray[np.float64]
    variance: NDArray[np.float64]
    autocorrelation: NDArray[np.float64]
    score: NDArray[np.float64]
    named: tuple[Scale, ...]


def judge_scales(tree: MergeTree, leaves: RegionStatistics, *, min_area: int = 0) -> Scales:
    """Judge the scales of a tree by what its regions look like, without any truth.

    Parameters
    ----------
    tree : MergeTree
    leaves : RegionStatistics
        Of its leaves.
    min_area : int, pixels
        Of each cut, see `MergeTree.cut`.

    Returns
    -------
    Scales
        Of cuts with 2 to 5,000 regions, four for each doubling; none where the tree has but one region.

    Notes
    -----
    Each cut is measured from the next finer one: O(leaves x bands) once, and O(leaves) for each cut. The sum of both
    measures, as published first, gives two regions, whose autocorrelation is -1 by arithmetic alone, half of all
    points; the harmonic mean is 0 there.

    References
    ----------
    Espindola et al. 2006, doi:10.1080/01431160600617194 (variance within against autocorrelation between). Johnson et
    al. 2015, doi:10.3390/ijgi4042292 (harmonic mean). Moran 1950, doi:10.2307/2332142.
    """
    n, height, variance, autocorrelation = np.array(_cuts(tree, leaves, min_area)).reshape(-1, 4).T
    alike, apart = _turned(variance), _turned(autocorrelation)
    total = alike + apart
    score = np.divide(2 * alike * apart, total, out=np.zeros_like(total), where=total > 0)
    return Scales(n.astype(np.int64), height, variance, autocorrelation, score, _named(n, height, score))


def _cuts(tree: MergeTree, leaves: RegionStatistics, min_area: int) -> list[tuple[int, float, float, float]]:
    """Cut and measure from fine to coarse, return from coarse to fine: regions, height, variance, autocorrelation."""
    most = min(MOST_REGIONS, tree.n_leaves)
    n_steps = max(2, round(np.log2(max(most, 2) / 2) * PER_DOUBLING) + 1)
    whole = leaves.merged(np.ones(len(leaves), np.int32)).deviation[0].astype(np.float64) ** 2
    found: list[tuple[int, float, float, float]] = []
    regions, first = leaves, np.arange(len(leaves))
    for n in np.unique(np.geomspace(2, max(most, 2), n_steps).round().astype(int))[::-1]:
        height = tree.height_of(int(n))
        region = tree.cut(height, min_area=min_area)
        regions = regions.merged(region[first])
        first = np.unique(region, return_index=True)[1]
        if len(regions) > 1 and (not found or len(regions) < found[-1][0]):
            found.append((len(regions), height, _variance(regions, whole), morans_i(regions)))
    return found[::-1]


def _variance(regions: RegionStatistics, whole: NDArray[np.float64]) -> float:
    """Return the mean variance within regions, weighted by area, over that of the whole image, mean of the bands."""
    within = regions.area @ regions.deviation.astype(np.float64) ** 2 / regions.area.sum()
    return float(np.mean(within[whole > 0] / whole[whole > 0])) if (whole > 0).any() else 0.0


def morans_i(regions: RegionStatistics) -> float:
    """Return Moran's I of the regions' means, mean of the bands: whether those that touch are alike.

    Pairs count the same, however long their border. 0 where nothing touches, or all are equal.

    References
    ----------
    Moran 1950, doi:10.2307/2332142
    """
    apart = regions.mean - regions.mean.mean(axis=0, dtype=np.float64)
    squares = (apart**2).sum(axis=0)
    if not len(regions.pairs) or not squares.any():
        return 0.0
    products = (apart[regions.pairs[:, 0]] * apart[regions.pairs[:, 1]]).sum(axis=0)
    each = products[squares > 0] / squares[squares > 0]
    return float(len(regions) / len(regions.pairs) * each.mean())


def _turned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn values round and stretch them: the lowest is 1, the highest 0."""
    if not len(values) or np.ptp(values) == 0:
        return np.zeros_like(values)
    return (values.max() - values) / np.ptp(values)


def _named(n: NDArray, height: NDArray[np.float64], score: NDArray[np.float64]) -> tuple[Scale, ...]:
    """Choose the best scale and those that rise most above their surroundings, none near another."""
    if not len(score):
        return ()
    around = [score[max(0, i - SURROUNDINGS) : i + SURROUNDINGS + 1].mean() for i in range(len(score))]
    rise = score - around
    chosen = [int(np.argmax(score))]
    inner = [i for i in range(1, len(score) - 1) if rise[i] >= max(rise[i - 1], rise[i + 1])]
    for i in sorted(inner, key=lambda i: -rise[i]):
        is_apart = all(abs(np.log2(n[i] / n[other])) >= LEAST_DOUBLINGS for other in chosen)
        if is_apart and len(chosen) < N_NAMED:
            chosen.append(i)
    chosen.sort()
    names = NAMES[len(chosen)]
    return tuple(
        Scale(name, int(n[i]), float(height[i]), float(score[i])) for name, i in zip(names, chosen, strict=True)
    )
