"""What the pixels of each superpixel look like, and who touches whom: enough to measure every cut of a tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.labels.pairs import sum_pairs

ARRAYS = ("area", "mean", "deviation", "pairs", "border")


@dataclass(frozen=True, eq=False)
class RegionStatistics:
    """Measures of n regions.

    Attributes
    ----------
    area : (n,) int64
        Valid pixels.
    mean, deviation : (n, bands) float32
        Of the stored values.
    pairs : (m, 2) int32
        Regions that touch, numbered from 0, the lower first.
    border : (m,) int64
        Length of the border they share, in pixel sides.
    """

    area: NDArray[np.int64]
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    pairs: NDArray[np.int32]
    border: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.area)

    def merged(self, region: NDArray[np.int32]) -> RegionStatistics:
        """Return the statistics of unions of these regions.

        Parameters
        ----------
        region : (n,) int32
            The union each region goes to, from 1, as `MergeTree.cut` returns; none may be left out.

        Examples
        --------
        >>> three = RegionStatistics(
        ...     np.array([1, 1, 2]), np.float32([[0], [4], [9]]), np.zeros((3, 1), np.float32),
        ...     np.int32([[0, 1], [1, 2]]), np.array([5, 7]),
        ... )
        >>> two = three.merged(np.int32([1, 1, 2]))
        >>> two.mean.tolist(), two.deviation.tolist(), two.border.tolist()
        ([[2.0], [9.0]], [[2.0], [0.0]], [7])
        """
        at = region.astype(np.int64) - 1
        n = int(at.max(initial=-1)) + 1
        area = np.bincount(at, self.area, n).astype(np.int64)
        mean, deviation = np.empty((2, n, self.mean.shape[1]), np.float32)
        for band in range(self.mean.shape[1]):  # band by band: of a large cube, squares of all at once would not fit
            own = self.mean[:, band].astype(np.float64)
            center = np.bincount(at, self.area * own, n) / area
            squares = self.deviation[:, band].astype(np.float64) ** 2 + (own - center[at]) ** 2
            mean[:, band], deviation[:, band] = center, np.sqrt(np.bincount(at, self.area * squares, n) / area)
        one, other = (np.ascontiguousarray(at[self.pairs[:, side]], np.int32) for side in range(2))
        is_apart = one != other
        pairs, border = sum_pairs(one[is_apart], other[is_apart], self.border[is_apart], n)
        return RegionStatistics(area, mean, deviation, pairs, border)

    def to_state(self) -> dict[str, NDArray]:
        """Return it as plain data; area and border take 32 bits where they fit."""
        state = {name: getattr(self, name) for name in ARRAYS}
        for name in ("area", "border"):
            if state[name].max(initial=0) <= np.iinfo(np.int32).max:
                state[name] = state[name].astype(np.int32)
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> RegionStatistics:
        """Rebuild what `to_state` returned.

        Raises
        ------
        InputError
            If that is damaged.
        """
        found = {name: state[name] for name in ARRAYS if isinstance(state.get(name), np.ndarray)}
        n = len(found.get("area", ()))
        shapes = [found[name].shape for name in ARRAYS] if len(found) == len(ARRAYS) else []
        is_right = bool(shapes) and len(shapes[0]) == 1 and len(shapes[1]) == 2 and shapes[1] == shapes[2]
        is_right = is_right and shapes[1][0] == n and shapes[3] == (len(found["border"]), 2) and len(shapes[4]) == 1
        if not is_right or not 0 <= found["pairs"].min(initial=0) <= found["pairs"].max(initial=0) < max(n, 1):
            raise InputError("the saved statistics of superpixels are damaged")
        found["area"], found["border"] = (found[name].astype(np.int64) for name in ("area", "border"))
        return cls(**found)


@njit(cache=True, nogil=True)
def sum_regions(pixels: np.ndarray, regions: np.ndarray, n: int) -> np.ndarray:
    """Sum values and squares of pixels by region.

    Parameters
    ----------
    pixels : (rows, cols, bands) float32
        No data where a pixel's first band is NaN.
    regions : (rows, cols) integers
        From 0; negative is nowhere.

    Returns
    -------
    (n, bands, 2) float64
    """
    sums = np.zeros((n, pixels.shape[2], 2))
    for row in range(pixels.shape[0]):
        for col in range(pixels.shape[1]):
            region = regions[row, col]
            if region >= 0 and not np.isnan(pixels[row, col, 0]):
                for band in range(pixels.shape[2]):
                    value = np.float64(pixels[row, col, band])
                    sums[region, band, 0] += value
                    sums[region, band, 1] += value * value
    return sums
