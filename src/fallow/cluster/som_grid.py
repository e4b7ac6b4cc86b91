"""The grid of a map: where its units stand, how far they are from each other, and which are neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from fallow.errors import InputError, check_choice

TOPOLOGIES = ("rectangular", "hexagonal")
MOST_UNITS = 5_000  # the distances between all units are held in memory
MOST_AUTO_UNITS = 400
"""`auto_shape` stops here: past it training slows down and the map says no more about an image."""


def check_grid(shape: Any, topology: str, toroidal: bool, n_classes: int) -> None:
    """Raise an `InputError` unless the grid can be built and has a unit for each of `n_classes` classes."""
    check_choice("topology", topology, TOPOLOGIES)
    if (
        not isinstance(shape, tuple | list)
        or len(shape) != 2
        or not all(isinstance(side, int) and side > 0 for side in shape)
    ):
        raise InputError(f'shape must be two whole numbers of at least 1, (rows, cols), or "auto", got {shape!r}')
    if shape[0] * shape[1] < n_classes:
        raise InputError(
            f"a map of {shape[0]} x {shape[1]} has {shape[0] * shape[1]} units, too few for {n_classes} classes: "
            "ask for a larger shape or fewer classes"
        )
    if shape[0] * shape[1] > MOST_UNITS:
        raise InputError(
            f"a map may have up to {MOST_UNITS} units, got {shape[0]} x {shape[1]} = {shape[0] * shape[1]}"
        )
    if not isinstance(toroidal, bool):
        raise InputError(f"toroidal must be true or false, got {toroidal!r}")
    if topology == "hexagonal" and toroidal and shape[0] % 2:
        raise InputError(f"a toroidal hexagonal map needs an even number of rows to close, got {shape[0]}")


def unit_positions(shape: tuple[int, int], topology: str) -> np.ndarray:
    """Return where the units stand, ``(units, 2)`` as row and column, one apart from their neighbours.

    On a hexagonal grid every second row is shifted by half a unit, and rows are closer than columns.

    >>> unit_positions((2, 2), "hexagonal").round(2).tolist()
    [[0.0, 0.0], [0.0, 1.0], [0.87, 0.5], [0.87, 1.5]]
    """
    row, col = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    if topology == "hexagonal":
        return np.stack([row * np.sqrt(0.75), col + 0.5 * (row % 2)], axis=1)
    return np.stack([row, col], axis=1).astype(np.float64)


def grid_distances(shape: tuple[int, int], topology: str, toroidal: bool) -> np.ndarray:
    """Return the Euclidean distances ``(units, units)`` on the grid; on a torus the shorter way round."""
    position = unit_positions(shape, topology)
    offset = np.abs(position[:, None] - position[None])
    if toroidal:
        size = np.array([shape[0] * (np.sqrt(0.75) if topology == "hexagonal" else 1.0), shape[1]])
        offset = np.minimum(offset, size - offset)
    return np.hypot(offset[..., 0], offset[..., 1])


def neighbours(distances: np.ndarray) -> np.ndarray:
    """Return a boolean matrix of touching units: the 8 around a square, the 6 around a hexagon."""
    return (distances > 0) & (distances < 1.5)  # a diagonal is 1.41 away, the second ring of hexagons 1.73


def auto_shape(n_rows: int, spread: np.ndarray) -> tuple[int, int]:
    """Choose the sides of a map: 5 √n units, 400 at most, as long and wide as the data along their main directions.

    Parameters
    ----------
    n_rows
        Rows the map will learn from.
    spread
        Standard deviations along the two main directions, the larger first.

    References
    ----------
    Vesanto, Himberg, Alhoniemi, Parhankangas 2000, SOM Toolbox for Matlab 5 (report A57), which has no upper limit.
    """
    n_units = min(5 * np.sqrt(n_rows), MOST_AUTO_UNITS)
    ratio = spread[0] / spread[1] if 4 * spread[1] > spread[0] else 4.0  # a thinner map would be a line
    cols = max(2, round(np.sqrt(n_units * ratio)))
    rows = max(2, round(n_units / cols))
    return rows + rows % 2, cols  # even, so that any map can close to a torus
