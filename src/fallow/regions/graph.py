"""The region graph: what is known of each superpixel and of each border between two, added up over blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fallow.regions.cells import CELL
from fallow.regions.contours import COS, N_CONTOURS, SIN, Contours
from fallow.regions.cost import CostWeights
from fallow.regions.jumps import N_JUMPS, jumps
from fallow.regions.spectral import spectral_strength

BLOCK_POSITION = tuple[int, int]
"""Row and column of a block among the blocks."""

SIDES = ("top", "left", "bottom", "right")
GRAPH = ("area", "sums", "edge", "pairs", "length", "cues")
N_CUES = N_CONTOURS + N_JUMPS + 1


@dataclass(frozen=True, eq=False)
class Rim:
    """The outermost line of cells on one side of a block.

    Attributes
    ----------
    label : (cells,) int32
        Superpixels, -1 where there is no data.
    cues : (cells, cues) float32
        Strength of the change straight across the side.
    """

    label: NDArray[np.int32]
    cues: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """Superpixels and the borders between them; all sums, so that graphs add.

    Attributes
    ----------
    area : (n,) int64
        Valid pixels.
    sums : (n, values) float32
        Of the histograms and the network's features over the pixels.
    edge : (n,) int64
        Cell sides that face no data or the end of the image.
    pairs : (m, 2) int64
        Superpixels that touch, the lower first, sorted.
    length : (m,) int64
        Cell sides they share.
    cues : (m, cues) float32
        Mean strength of each contour channel and of the network's jumps along the border, and its spectral strength.
    """

    area: NDArray[np.int64]
    sums: NDArray[np.float32]
    edge: NDArray[np.int64]
    pairs: NDArray[np.int64]
    length: NDArray[np.int64]
    cues: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.area)


@dataclass(frozen=True, eq=False)
class BlockGraph(RegionGraph):
    """The graph of one block, and the rims along which it meets its neighbours."""

    rims: Mapping[str, Rim] = field(default_factory=dict)

    def to_state(self) -> dict[str, Any]:
        """Return the graph as plain data."""
        return {name: getattr(self, name) for name in GRAPH} | {
            "rims": {side: (rim.label, rim.cues) for side, rim in self.rims.items()}
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> BlockGraph:
        """Rebuild the graph that `to_state` returned."""
        rims = {side: Rim(*rim) for side, rim in state["rims"].items()}
        return cls(**{name: state[name] for name in GRAPH}, rims=rims)


def block_graph(
    labels: NDArray[np.int32],
    n: int,
    weight: NDArray[np.int32],
    sums: NDArray[np.float32],
    contours: Contours,
    network: tuple[NDArray[np.float32], ...],
    margin: tuple[int, int],
    weights: CostWeights,
) -> BlockGraph:
    """Build the graph of one block.

    Parameters
    ----------
    labels : (rows, cols) int32
        Superpixels of the block's cells, from 0; -1 where there is no data.
    n : int
        How many.
    weight : (rows, cols) int32
        Valid pixels in each cell.
    sums : (n, values) float32
        What was summed over the pixels of each superpixel.
    contours : Contours
        Of the block with its halo.
    network : tuple of (rows, cols, features) float32
        What `blur_for_jumps` gave for the block with its halo; empty without a network.
    margin : (row, col)
        Where in the halo the block begins.
    weights : CostWeights
        Of the cues in a border's own strength, from which the spectral one follows.

    Notes
    -----
    A border has one orientation, the mean normal of its cell sides, and its cues are read in that direction.

    References
    ----------
    The oriented watershed transform: Arbelaez et al. 2011, doi:10.1109/TPAMI.2010.161.
    """
    area = np.bincount(labels.ravel() + 1, weight.ravel(), n + 1)[1:].astype(np.int64)
    row, col, is_down = _sides(labels)
    first, second = labels[row, col].astype(np.int64), labels[row + is_down, col + ~is_down].astype(np.int64)
    key = np.minimum(first, second) * n + np.maximum(first, second)
    sign = np.where(first < second, 1.0, -1.0)
    order = np.argsort(key, kind="stable")
    keys, start = np.unique(key[order], return_index=True)
    length = np.diff(np.append(start, len(key)))
    arc = np.empty(len(key), np.int64)
    arc[order] = np.repeat(np.arange(len(keys)), length)
    normal_across = np.bincount(arc, sign * ~is_down, len(keys))
    normal_down = np.bincount(arc, sign * is_down, len(keys))
    direction = np.rint(np.arctan2(normal_down, normal_across) / (np.pi / len(COS))).astype(np.int64) % len(COS)
    cues = np.zeros((len(keys), N_CUES), np.float32)
    _gather(cues, arc, direction, row + margin[0], col + margin[1], is_down, contours.down, contours.across, COS, SIN)
    if network:
        jumps(cues[:, N_CONTOURS:-1], arc, direction, row + margin[0], col + margin[1], is_down, network)
    cues /= np.maximum(length, 1).astype(np.float32)[:, None]
    pairs = np.stack((keys // max(n, 1), keys % max(n, 1)), 1)
    own = weights.affinity_strength(cues)
    cues[:, -1] = spectral_strength(pairs, length * CELL, own, area) if weights.spectral else own
    rims = {side: _rim(side, labels, contours, network, margin, weights) for side in SIDES}
    return BlockGraph(area, sums, _count_edges(labels, n), pairs, length, cues, rims)


def join_blocks(blocks: Mapping[BLOCK_POSITION, BlockGraph]) -> tuple[RegionGraph, dict[BLOCK_POSITION, int]]:
    """Make one graph of the blocks of an image.

    Superpixels are numbered through, block after block in reading order; the outcome depends on nothing else.

    Returns
    -------
    graph : RegionGraph
    offset : dict
        The number of each block's first superpixel.
    """
    places = sorted(blocks)
    starts = np.cumsum([0, *(len(blocks[place]) for place in places)], dtype=np.int64)
    offset = dict(zip(places, starts.tolist(), strict=False))
    parts = [blocks[place] for place in places]
    pairs = [part.pairs + offset[place] for place, part in zip(places, parts, strict=True)]
    length, cues = [part.length for part in parts], [part.cues for part in parts]
    edge = np.concatenate([part.edge for part in parts])
    for row, col in places:
        for here, there, beside in (("bottom", "top", (row + 1, col)), ("right", "left", (row, col + 1))):
            if beside not in blocks:
                continue
            one, other = blocks[row, col].rims[here], blocks[beside].rims[there]
            met = _meet(one, other, offset[row, col], offset[beside])
            pairs.append(met[0])
            length.append(met[1])
            cues.append(met[2])
            both = (one.label >= 0) & (other.label >= 0)
            np.subtract.at(edge, one.label[both] + offset[row, col], 1)
            np.subtract.at(edge, other.label[both] + offset[beside], 1)
    all_pairs = np.concatenate(pairs)
    order = np.lexsort((all_pairs[:, 1], all_pairs[:, 0]))
    graph = RegionGraph(
        np.concatenate([part.area for part in parts]),
        np.concatenate([part.sums for part in parts]),
        edge,
        all_pairs[order],
        np.concatenate(length)[order],
        np.concatenate(cues)[order],
    )
    return graph, offset


def _meet(one: Rim, other: Rim, first: int, second: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Borders across a seam: pairs, lengths and mean cues of both sides."""
    both = (one.label >= 0) & (other.label >= 0)
    ends = np.stack((one.label[both] + np.int64(first), other.label[both] + np.int64(second)), 1)
    pairs, arc, length = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    cues = np.zeros((len(pairs), N_CUES), np.float32)
    np.add.at(cues, arc.ravel(), 0.5 * (one.cues[both] + other.cues[both]))
    return pairs.reshape(-1, 2), length.astype(np.int64), cues / np.maximum(length, 1).astype(np.float32)[:, None]


def _rim(
    side: str,
    labels: NDArray[np.int32],
    contours: Contours,
    network: tuple[NDArray[np.float32], ...],
    margin: tuple[int, int],
    weights: CostWeights,
) -> Rim:
    """Read one side's labels and the cues straight across it."""
    rows, cols = labels.shape
    if side in ("top", "bottom"):
        at = 0 if side == "top" else rows - 1
        row, col, is_down = np.full(cols, at, np.int64), np.arange(cols), np.ones(cols, np.bool_)
    else:
        at = 0 if side == "left" else cols - 1
        row, col, is_down = np.arange(rows), np.full(rows, at, np.int64), np.zeros(rows, np.bool_)
    cues = np.zeros((len(row), N_CUES), np.float32)
    at_row, at_col = row + margin[0], col + margin[1]
    direction = np.where(is_down, len(COS) // 2, 0)
    change = contours.across[:, at_row, at_col] * COS[direction] + contours.down[:, at_row, at_col] * SIN[direction]
    change *= change
    cues[:, :N_CONTOURS] = np.sqrt(change / (1 + change)).T
    if network:
        # The side lies before the first row or column of a block, and after its last.
        before = side in ("top", "left")
        jumps(
            cues[:, N_CONTOURS:],
            np.arange(len(row)),
            direction,
            at_row - (before & is_down),
            at_col - (before & ~is_down),
            is_down,
            network,
        )
    cues[:, -1] = weights.affinity_strength(cues)  # no eigenvector reaches across
    return Rim(labels[row, col], cues)


def _sides(labels: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """List the cell sides between two superpixels: row and column of the first cell, and whether the other is below."""
    is_side = np.zeros((*labels.shape, 2), np.bool_)
    for axis, first, second in ((0, labels[:, :-1], labels[:, 1:]), (1, labels[:-1], labels[1:])):
        is_side[: first.shape[0], : first.shape[1], axis] = (first != second) & (first >= 0) & (second >= 0)
    row, col, down = np.nonzero(is_side)
    return row, col, down.astype(np.bool_)


@njit(cache=True, nogil=True)
def _gather(
    cues: np.ndarray,
    arc: np.ndarray,
    direction: np.ndarray,
    row: np.ndarray,
    col: np.ndarray,
    is_down: np.ndarray,
    down: np.ndarray,
    across: np.ndarray,
    cos: np.ndarray,
    sin: np.ndarray,
) -> None:
    """Add the squashed response of the two cells beside each cell side to its border."""
    half, one = np.float32(0.5), np.float32(1)
    for k in range(len(arc)):
        c, s = cos[direction[arc[k]]], sin[direction[arc[k]]]
        r0, c0 = row[k], col[k]
        r1, c1 = r0 + is_down[k], c0 + (not is_down[k])
        for f in range(len(down)):
            x = across[f, r0, c0] * c + down[f, r0, c0] * s
            y = across[f, r1, c1] * c + down[f, r1, c1] * s
            x *= x
            y *= y
            cues[arc[k], f] += half * (np.sqrt(x / (one + x)) + np.sqrt(y / (one + y)))


def _count_edges(labels: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    """Count each superpixel's cell sides towards no data or out of the block."""
    is_void = np.pad(labels < 0, 1, constant_values=True).astype(np.int64)
    void_sides = is_void[:-2, 1:-1] + is_void[2:, 1:-1] + is_void[1:-1, :-2] + is_void[1:-1, 2:]
    return np.bincount(labels.ravel() + 1, void_sides.ravel(), n + 1)[1:].astype(np.int64)
