"""What is told of each polygon."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.export.outlines import Outlines
from fallow.labels.statistics import RegionStatistics

if TYPE_CHECKING:
    from fallow.result import Segmentation

SHORT = 10  # characters that the name of a column may have in a Shapefile


@dataclass(frozen=True, eq=False)
class Column:
    """One column: its name, one of at most ten characters for formats that know no more, and n values."""

    name: str
    short: str
    values: NDArray


def columns_of(result: Segmentation, by: str, outlines: Outlines) -> list[Column]:
    """Return what is told of each outline, in the order of the labels."""
    labels, n = outlines.labels, int(outlines.labels.max()) + 1
    if by == "region":
        classes, confidence = _tally(result, outlines, n)
        told = [Column("region", "region", labels)]
        statistics = _region_statistics(result)
        rows = labels - 1
    else:
        confidence = _mean_confidence(result, outlines, n)
        classes, told = np.arange(n, dtype=np.int32), []
        mean, deviation = (np.array([getattr(row, what) for row in result.table]) for what in ("mean", "deviation"))
        statistics = mean, deviation
        place = {row.label: number for number, row in enumerate(result.table)}
        rows = np.array([place[label] for label in labels.tolist()])
    known = {row.label: row for row in result.table}
    own = classes[labels]
    told.append(Column("class", "class", own))
    for what in ("name", "color"):
        values = [getattr(known[label], what) if label in known else "" for label in own.tolist()]
        told.append(Column(what, what, np.array(values, object)))
    told.append(Column("area_px", "area_px", outlines.area))
    unit = "px"
    if result.pixel_area_m2 is not None:
        area_m2, unit = outlines.area * result.pixel_area_m2, "m"
        told += [Column("area_m2", "area_m2", area_m2), Column("hectares", "hectares", area_m2 / 1e4)]
    told.append(Column(f"perimeter_{unit}", "perimeter", outlines.perimeter))
    told.append(Column("confidence", "confidence", np.round(confidence[labels], 4)))
    if statistics is None:
        return told
    for what, of_bands in zip(("mean", "deviation"), statistics, strict=True):
        bands = zip(result.table.band_names, of_bands.T, strict=True)
        told += [Column(f"{what}_{band}", f"{what[0]}_{band}", each[rows].astype(np.float32)) for band, each in bands]
    return _named(told)


def _named(columns: list[Column]) -> list[Column]:
    """Return the columns with names that databases take: letters, digits and ``_``, no two alike but for case."""
    names = _distinct((column.name for column in columns), 60)
    shorts = _distinct((column.short for column in columns), SHORT)
    return [Column(name, short, each.values) for name, short, each in zip(names, shorts, columns, strict=True)]


def _distinct(names: Iterable[str], longest: int) -> list[str]:
    """Return names of at most so many characters; of those that would be alike the later ones end in a number."""
    taken: list[str] = []
    used = set()
    for name in names:
        plain = re.sub(r"\W+", "_", name)[:longest]
        number = 1
        while plain.lower() in used:
            number += 1
            plain = f"{plain[: longest - 1 - len(str(number))]}_{number}"
        used.add(plain.lower())
        taken.append(plain)
    return taken


def _region_statistics(result: Segmentation) -> tuple[NDArray, NDArray] | None:
    """Return mean and deviation of each region 1.., (regions, bands); None where nobody kept them."""
    if result.leaves is None or result.region is None:
        return None
    leaves, is_there = result.leaves, result.region > 0
    nobody = np.empty((0, 2), np.int32), np.empty(0, np.int64)
    kept = RegionStatistics(leaves.area[is_there], leaves.mean[is_there], leaves.deviation[is_there], *nobody)
    with np.errstate(invalid="ignore"):  # numbers of regions may have gaps
        merged = kept.merged(result.region[is_there])
    return merged.mean, merged.deviation


def _tally(result: Segmentation, outlines: Outlines, n: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the class that most pixels of each label 0.. have, of equal ones the lower, and the mean confidence."""
    counts = np.zeros((n, max(result.table.colors) + 1), np.int32)
    sums = np.zeros(n, np.int64)
    row = 0
    for labels in outlines.strips():
        window = (row, row + len(labels), 0, labels.shape[1])
        _count(labels, result.read("classes", window), result.read("confidence", window), counts, sums)
        row += len(labels)
    counts[:, 0] = 0
    return counts.argmax(axis=1).astype(np.int32), sums / np.maximum(counts.sum(axis=1), 1) / 100


def _mean_confidence(result: Segmentation, outlines: Outlines, n: int) -> NDArray[np.float64]:
    """Return the mean confidence of each label 0.. ."""
    counts, sums = np.zeros((n, 2), np.int32), np.zeros(n, np.int64)
    row = 0
    for labels in outlines.strips():
        confidence = result.read("confidence", (row, row + len(labels), 0, labels.shape[1]))
        _count(labels, np.ones_like(confidence), confidence, counts, sums)
        row += len(labels)
    return sums / np.maximum(counts[:, 1], 1) / 100


@njit(cache=True, nogil=True)
def _count(
    labels: np.ndarray, classes: np.ndarray, confidence: np.ndarray, counts: np.ndarray, sums: np.ndarray
) -> None:
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            label = labels[row, col]
            counts[label, classes[row, col]] += 1
            sums[label] += confidence[row, col]
