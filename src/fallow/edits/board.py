"""What edits are made on: two tables, from superpixel to region and from superpixel and class to class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fallow.cluster import Clusterer
from fallow.errors import InputError
from fallow.labels.statistics import RegionStatistics
from fallow.labels.tree import MergeTree
from fallow.render.palette import as_hex, class_color
from fallow.table import default_name


@dataclass(frozen=True, eq=False)
class Ground:
    """What was there before any edit, of n superpixels and k classes.

    For the pixel unit the regions stand in for superpixels, and there is no tree.

    Attributes
    ----------
    tree : MergeTree or None
    leaves : RegionStatistics or None
    rows : (n, features) floating or None
        What the classes were made of.
    clusterer : Clusterer
        What made them.
    count : callable
        Returns `pixels`.
    """

    tree: MergeTree | None
    leaves: RegionStatistics | None
    rows: NDArray | None
    clusterer: Clusterer
    count: Callable[[], NDArray[np.int64]]

    @cached_property
    def pixels(self) -> NDArray[np.int64]:
        """Pixels of each superpixel 0..n in each class 0..k, (n + 1, k + 1)."""
        return self.count()


@dataclass(frozen=True, eq=False)
class Board:
    """Regions and classes as they are after some edits.

    Attributes
    ----------
    ground : Ground
    region_of : (n + 1,) int32
        Region of each superpixel; superpixel 0 is no data, region 0.
    class_of : (n + 1, k + 1) uint16
        Class of pixels in each superpixel that had class 0..k; 0 is no data.
    names, colors : dict
        Class -> name and "#rrggbb"; the classes there are.
    height, min_area : float and int
        Where the tree is cut.
    clusterer : Clusterer
        What made the classes.
    confidence_of : (n + 1,) uint8 or None
        1..100 where classes were made anew.
    """

    ground: Ground
    region_of: NDArray[np.int32]
    class_of: NDArray[np.uint16]
    names: dict[int, str]
    colors: dict[int, str]
    height: float
    min_area: int
    clusterer: Clusterer
    confidence_of: NDArray[np.uint8] | None = field(default=None)

    @cached_property
    def kept(self) -> NDArray[np.int64]:
        """Pixels of each superpixel 0..n that have a class, (n + 1,)."""
        return np.where(self.class_of > 0, self.ground.pixels, 0).sum(axis=1)

    @cached_property
    def region_area(self) -> NDArray[np.int64]:
        """Pixels of each region 0.., those with a class alone."""
        return np.bincount(self.region_of, self.kept).astype(np.int64)

    @cached_property
    def class_area(self) -> NDArray[np.int64]:
        """Pixels of each class 0.., as long as the largest number."""
        n = max(self.names, default=0) + 1
        return np.bincount(self.class_of.ravel(), self.ground.pixels.ravel(), n).astype(np.int64)

    @cached_property
    def region_class(self) -> NDArray[np.int32]:
        """The class that most pixels of each region 0.. have, of equal ones the lower; 0 where none has one."""
        n_classes = max(self.names, default=0) + 1
        at = self.region_of[:, None].astype(np.int64) * n_classes + self.class_of
        n = len(self.region_area)
        shared = np.bincount(at.ravel(), self.ground.pixels.ravel(), n * n_classes).reshape(n, n_classes)
        shared[:, 0] = 0
        return shared.argmax(axis=1).astype(np.int32)

    @property
    def n_regions(self) -> int:
        """Number of regions of which something is left."""
        return int((self.region_area[1:] > 0).sum())

    def check_class(self, label: int) -> int:
        """Return a class if there is one of that number.

        Raises
        ------
        InputError
            If not.
        """
        if label not in self.names:
            raise InputError(f"there is no class {label}; there are {_listed(sorted(self.names))}")
        return label

    def superpixels_of(self, regions: list[int]) -> NDArray[np.bool_]:
        """Mark the superpixels (n + 1,) of some regions.

        Raises
        ------
        InputError
            If there is no such region.
        """
        for region in regions:
            if region >= len(self.region_area) or not self.region_area[region]:
                raise InputError(f"there is no region {region}; there are {self.n_regions:,}")
        return np.isin(self.region_of, regions)

    def named(self, label: int) -> tuple[dict[int, str], dict[int, str]]:
        """Return names and colours with a class more, named by its number."""
        return self.names | {label: default_name(label)}, self.colors | {label: as_hex(class_color(label))}


def _listed(labels: list[int]) -> str:
    """List the numbers of classes, a range where none is missing."""
    if labels == list(range(1, len(labels) + 1)) and len(labels) > 2:
        return f"1 to {len(labels)}"
    return ", ".join(map(str, labels)) or "none"
