"""The merge tree: every scale of a segmentation at once, and the cuts that take one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError
from fallow.labels.ancestors import AncestorPaths, ancestor_paths, meeting_heights
from fallow.labels.merges import (
    as_areas,
    as_heights,
    as_merges,
    label_regions,
    raise_heights,
    renumber,
    spread_down,
    sum_areas,
)


@dataclass(frozen=True, eq=False)
class MergeTree:
    """A binary forest over leaves 0..n-1; merge i joins two nodes and makes node ``n + i``.

    Make one by `from_merges` or `from_state`, which check what they are given; the constructor only stores.

    Attributes
    ----------
    area : (n,) int64
        Pixels of each leaf, at least 1.
    merges : (m, 2) int64, m < n
        Children, each a leaf or an earlier merge. No node is a child twice; one that is nobody's child is a root, of
        which holes in the image can leave several.
    heights : (m,) float64, at least 0, ascending
        How unlike the two sides of each merge were; so a parent is never below its children.

    Notes
    -----
    Each cut is O(n) and gives regions that nest: those of a coarser cut are unions of those of a finer one (also where
    only `min_area` grows). It takes 8 bytes a leaf beside its result, a cut with `min_area` 32 once for all cuts.

    Examples
    --------
    >>> tree = MergeTree.from_merges([5, 1, 4], [[0, 1], [2, 3]], [0.2, 0.7])
    >>> tree.cut(0.5).tolist(), tree.cut_into(3).tolist(), tree.cut(0.0, min_area=2).tolist()
    ([1, 1, 2], [1, 2, 3], [1, 1, 2])
    """

    area: NDArray[np.int64]
    merges: NDArray[np.int64]
    heights: NDArray[np.float64]

    @classmethod
    def from_merges(cls, area: ArrayLike, merges: ArrayLike, heights: ArrayLike) -> MergeTree:
        """Build the tree of merges in the order in which they were made, whatever their heights.

        A merge below one of its children is raised to it; then merges are sorted by height, equal ones as they came,
        and renumbered.

        Parameters
        ----------
        area : (n,) integers, at least 1
        merges : (m, 2) integers
        heights : (m,) finite, at least 0

        Raises
        ------
        InputError
            If these are not the merges of a forest.
        """
        area = as_areas(area)
        merges = as_merges(merges, len(area))
        raised = raise_heights(merges, as_heights(heights, len(merges)), len(area))
        order = np.argsort(raised, kind="stable")  # children come first: they are neither higher nor later
        return cls(area, renumber(merges, order, len(area)), raised[order])

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return len(self.area)

    @property
    def n_roots(self) -> int:
        """Number of regions that are left when all merges are done."""
        return len(self.area) - len(self.merges)

    @cached_property
    def node_area(self) -> NDArray[np.int64]:
        """Pixels of each node, (n + m,)."""
        return sum_areas(self.area, self.merges)

    @cached_property
    def paths(self) -> AncestorPaths:
        """What finds common ancestors quickly; `contour_map` and `heights_between` share it."""
        return ancestor_paths(self.merges, self.node_area)

    def cut(self, height: float, *, min_area: int = 0) -> NDArray[np.int32]:
        """Do the merges up to a height.

        Parameters
        ----------
        height : at least 0
            Infinity does all merges.
        min_area : int, pixels
            Do each merge, too, of which one side is smaller: no smaller region is left but whole roots.

        Returns
        -------
        (n,) int32
            Region of each leaf, numbered from 1 in the order of their first leaves.

        Raises
        ------
        InputError
            If `height` is not a number or `min_area` is negative.
        """
        if np.isnan(height):
            raise InputError("the height of a cut must be a number, got nan")
        return self.cut_nodes((self.heights <= height) | self._is_small(min_area))

    def cut_into(self, n_regions: int, *, min_area: int = 0) -> NDArray[np.int32]:
        """Undo the topmost merges until so many regions are there; see `cut` for `min_area` and the result.

        There are exactly `n_regions` unless the tree has more roots or fewer leaves, or `min_area` allows fewer; then
        there are the nearest possible number. Of merges of equal height the later is undone first.

        Raises
        ------
        InputError
            If `n_regions` is below 1 or `min_area` negative.
        """
        if n_regions < 1:
            raise InputError(f"n_regions must be at least 1, got {n_regions}")
        is_done = spread_down(self.merges, self._is_small(min_area), len(self.area))
        optional = np.flatnonzero(~is_done)
        n_undone = min(max(n_regions - self.n_roots, 0), len(optional))
        is_done[optional[: len(optional) - n_undone]] = True
        return self.cut_nodes(is_done)

    def cut_nodes(self, keep: ArrayLike) -> NDArray[np.int32]:
        """Choose node by node: a merge is done when it is kept or is below one that is.

        Parameters
        ----------
        keep : (m,) bool

        Returns
        -------
        (n,) int32
            As `cut`.

        Raises
        ------
        InputError
            If `keep` has another shape or type.
        """
        keep = np.asarray(keep)
        if keep.shape != (len(self.merges),) or keep.dtype != np.bool_:
            raise InputError(f"keep must be {len(self.merges)} booleans, got {keep.dtype} of shape {keep.shape}")
        return label_regions(self.merges, keep, len(self.area))

    def height_of(self, n_regions: int) -> float:
        """Return the least height whose cut leaves at most so many regions (or the roots, if there are more)."""
        if n_regions < 1:
            raise InputError(f"n_regions must be at least 1, got {n_regions}")
        n_done = len(self.area) - max(n_regions, self.n_roots)
        return float(self.heights[n_done - 1]) if n_done > 0 else 0.0

    def heights_between(self, pairs: ArrayLike) -> NDArray[np.float64]:
        """Return the height at which two leaves become one region: their ultrametric distance.

        Parameters
        ----------
        pairs : (k, 2) integers
            Leaves, as in `RegionGraph.pairs`.

        Returns
        -------
        (k,) float64
            0 between a leaf and itself, infinity between leaves that no merge brings together.

        Raises
        ------
        InputError
            If one is no leaf of the tree.

        Notes
        -----
        O(k log(pixels)), in practice a few steps a pair.
        """
        pairs = np.asarray(pairs).reshape(-1, 2)
        if pairs.size and (pairs.dtype.kind not in "iu" or pairs.min() < 0 or pairs.max() >= len(self.area)):
            raise InputError(f"pairs must be leaves 0..{len(self.area) - 1}, got {pairs.min()}..{pairs.max()}")
        return meeting_heights(np.ascontiguousarray(pairs, np.int64), self.heights, *self.paths)

    def to_state(self) -> dict[str, NDArray]:
        """Return the tree as plain data, which `fallow.archive.write_archive` can save; merges take 32 bits."""
        return {"area": self.area, "merges": self.merges.astype(np.int32), "heights": self.heights}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> MergeTree:
        """Rebuild the tree that `to_state` returned.

        Raises
        ------
        InputError
            If that is damaged: no forest, or one whose heights do not ascend.
        """
        missing = [name for name in ("area", "merges", "heights") if name not in state]
        if missing:
            raise InputError(f"the saved merge tree is damaged: it has no {' and no '.join(missing)}")
        area = as_areas(state["area"])
        merges = as_merges(state["merges"], len(area))
        heights = as_heights(state["heights"], len(merges))
        if (np.diff(heights) < 0).any():
            raise InputError("the saved merge tree is damaged: its heights do not ascend")
        return cls(area, merges, heights)

    def _is_small(self, min_area: int) -> NDArray[np.bool_]:
        """Mark the merges of which one side is smaller than `min_area`."""
        if min_area < 0:
            raise InputError(f"min_area must be at least 0 pixels, got {min_area}")
        if min_area <= 1:
            return np.zeros(len(self.merges), np.bool_)
        small = (self.node_area < min_area)[self.merges]
        return small[:, 0] | small[:, 1]
