"""A self-organizing map: many small classes laid out on a grid by likeness, then grouped into the classes wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from fallow.cluster.base import Clusterer, OnPass
from fallow.cluster.chunks import chunks, in_threads
from fallow.cluster.nearest import nearest_groups, two_nearest
from fallow.cluster.options import check_count, check_positive
from fallow.cluster.rows import check_rows, class_means
from fallow.cluster.seeding import farthest_rows
from fallow.cluster.som_grid import auto_shape, check_grid, grid_distances, neighbours
from fallow.cluster.som_groups import group_units
from fallow.cluster.som_train import flat_codebook, main_plane, train
from fallow.errors import InputError

FIRST_RADIUS = 1 / 8
"""Where the neighbourhood starts, as a part of the map's longer side: the flat start has ordered the map already."""


class Som(Clusterer):
    """Train a batch self-organizing map and group its units into classes by Ward's method along the map.

    Choose it when classes are drawn out or bent, which k-means would cut and a map follows unit by unit; or when the
    map itself is wanted, as a picture of how the data hang together.

    Parameters
    ----------
    n_classes
        How many classes to find, at least 2.
    shape
        Rows and columns of the map; ``"auto"`` fits them to the data.
    topology
        ``"rectangular"`` (8 neighbours) or ``"hexagonal"`` (6).
    toroidal
        Join opposite edges, so that no unit stands at a border.
    epochs
        Passes over the rows; of more than 100,000 (or 1,000 a unit), only the last quarter of the passes sees all.
    last_radius
        Where the shrinking neighbourhood ends, in grid steps. Small follows the data closely (low quantization error);
        0.5 to 1 leaves a smoother map (low topographic error), better to look at.
    warm_start
        Let `fit` go on from the map already trained, with the last and narrowest neighbourhood, instead of anew.
    random_state
        Kept for the manners of the other clusterers: nothing here is random.

    Attributes
    ----------
    shape_ : tuple of int
        Rows and columns of the map.
    codebook_ : ndarray of float32, shape (units, features)
        The units, row by row.
    hits_ : ndarray of int64, shape (units,)
        Fitted rows that each unit won.
    unit_class_ : ndarray of int32, shape (units,)
        Class of each unit, from 1.
    n_epochs_ : int
        Passes made since the map was started.
    quantization_error_ : float
        Mean distance of the fitted rows to their best matching units.
    topographic_error_ : float
        Share of the fitted rows whose two best matching units do not touch on the map; low when it is well unfolded.

    Notes
    -----
    The confidence is 1 - d1 / d2, with d1 the distance to the best matching unit and d2 that to the nearest unit of
    another class. Time: epochs x rows x units x features, in threads. Memory: units².

    References
    ----------
    Kohonen 2013, doi:10.1016/j.neunet.2012.09.018 (batch map). Vesanto, Alhoniemi 2000, doi:10.1109/72.846731 (groups
    of units). Kiviluoto 1996, doi:10.1109/ICNN.1996.548907 (topographic error). Ultsch, Siemon 1990, Kohonen's
    self-organizing feature maps for exploratory data analysis (U-matrix).

    Examples
    --------
    >>> model = Som(2, shape=(1, 4)).fit(np.float32([[0], [1], [2], [8], [9]]))
    >>> model.predict(np.float32([[7], [1], [np.nan]]))
    array([2, 1, 0], dtype=int32)
    """

    shape_: tuple[int, int]
    codebook_: np.ndarray
    hits_: np.ndarray
    unit_class_: np.ndarray
    n_epochs_: int
    quantization_error_: float
    topographic_error_: float

    def __init__(
        self,
        n_classes: int,
        *,
        shape: tuple[int, int] | str = (10, 10),
        topology: str = "rectangular",
        toroidal: bool = False,
        epochs: int = 20,
        last_radius: float = 0.2,
        warm_start: bool = False,
        random_state: int = 0,
    ):
        super().__init__(n_classes, random_state=random_state)
        self.shape = shape
        self.topology = topology
        self.toroidal = toroidal
        self.epochs = epochs
        self.last_radius = last_radius
        self.warm_start = warm_start

    def best_units(self, rows: np.ndarray) -> np.ndarray:
        """Return the index of the best matching unit of each row, int32 ``(n,)``; -1 where the row is no data."""
        units, _, _ = nearest_groups(self._checked(rows), self.codebook_, np.arange(len(self.codebook_) + 1))
        return units - 1

    def u_matrix(self) -> np.ndarray:
        """Return each unit's mean distance in the features to its neighbours, ``(rows, cols)``: ridges part classes."""
        touches = neighbours(self._distances())
        book = self.codebook_.astype(np.float64)
        means = [np.linalg.norm(book[near] - unit, axis=1).mean() for near, unit in zip(touches, book, strict=True)]
        return np.reshape(means, self.shape_)

    def component_planes(self) -> np.ndarray:
        """Return the codebook as an image ``(rows, cols, features)``: one picture a feature."""
        return self.codebook_.reshape(*self.shape_, -1)

    def _learn(self, rows: np.ndarray, on_pass: OnPass) -> None:
        check_count("epochs", self.epochs, least=1)
        check_positive("last_radius", self.last_radius)
        if self.warm_start and hasattr(self, "codebook_"):
            self._check_resumable(rows)
            radii = np.full(self.epochs, self.last_radius)
        else:
            self._start(rows)
            first_radius = max(FIRST_RADIUS * max(self.shape_), 2 * self.last_radius)
            radii = np.geomspace(first_radius, self.last_radius, self.epochs)
        distances = self._distances()
        self.codebook_ = train(rows, self.codebook_, distances, radii, on_pass)
        self.n_epochs_ += self.epochs
        best = self._judge(rows, neighbours(distances))
        self.unit_class_ = 1 + group_units(self.codebook_, self.hits_, neighbours(distances), self.n_classes)
        self.centers_ = class_means(rows, self.unit_class_[best], self.n_classes).astype(np.float32)

    def fit_ladder(self, rows: np.ndarray, numbers: Sequence[int]) -> list[Self]:
        """Return a clusterer for each number of classes, all from one map, whose units are grouped again for each."""
        rows = check_rows(rows, max(numbers))
        largest = self._with_classes(max(numbers)).fit(rows)
        best, touches = largest.best_units(rows), neighbours(largest._distances())
        rungs = []
        for n_classes in numbers:
            rung = largest._with_classes(n_classes)
            rung.unit_class_ = 1 + group_units(rung.codebook_, rung.hits_, touches, n_classes)
            rung.centers_ = class_means(rows, rung.unit_class_[best], n_classes).astype(np.float32)
            rungs.append(rung._settle(rows))
        return rungs

    def _start(self, rows: np.ndarray) -> None:
        """Lay out a new map."""
        center, directions, spread = main_plane(rows)
        shape = auto_shape(len(rows), spread) if isinstance(self.shape, str) and self.shape == "auto" else self.shape
        check_grid(shape, self.topology, self.toroidal, self.n_classes)
        self.shape_ = (int(shape[0]), int(shape[1]))
        self.codebook_ = flat_codebook(self.shape_, center, directions, spread)
        self.n_epochs_ = 0

    def _check_resumable(self, rows: np.ndarray) -> None:
        """Raise an `InputError` unless the trained map fits the rows and the options as they are now."""
        check_grid(self.shape_, self.topology, self.toroidal, self.n_classes)
        if self.codebook_.shape[1] != rows.shape[1]:
            raise InputError(
                f"the map was trained on {self.codebook_.shape[1]} features and cannot go on with {rows.shape[1]}: "
                "set warm_start=False to train a new one"
            )

    def _judge(self, rows: np.ndarray, touches: np.ndarray) -> np.ndarray:
        """Set the hits and the two errors, and return the best matching unit of each row.

        Few distinct rows may share fewer units than classes; units without rows then move to the rows farthest off.
        """
        while True:
            pieces = in_threads(lambda chunk: two_nearest(rows[chunk], self.codebook_), chunks(len(rows)))
            best, second = np.concatenate([units for units, _ in pieces], axis=1)
            self.hits_ = np.bincount(best, minlength=len(self.codebook_))
            idle = np.flatnonzero(self.hits_ == 0)
            if len(self.codebook_) - len(idle) >= self.n_classes:
                break
            self.codebook_[idle[0]] = farthest_rows(rows, self.codebook_[self.hits_ > 0], 1)[0]
        self.quantization_error_ = float(np.mean(np.concatenate([error for _, error in pieces]), dtype=np.float64))
        self.topographic_error_ = float(np.mean(~touches[best, second]))
        return best

    def _distances(self) -> np.ndarray:
        return grid_distances(self.shape_, self.topology, self.toroidal)

    def _compare(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        order = np.argsort(self.unit_class_, kind="stable")
        starts = np.searchsorted(self.unit_class_[order], np.arange(1, self.n_classes + 2))
        return nearest_groups(rows, self.codebook_[order], starts)

    def _reorder(self, index: np.ndarray) -> None:
        self.unit_class_ = (1 + np.argsort(index))[self.unit_class_ - 1].astype(np.int32)
