"""One block from picture to superpixels and graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fallow.features.picture import opponent
from fallow.regions.cells import CELL, mean_cells
from fallow.regions.contours import HALO_CELLS, find_contours
from fallow.regions.cost import CostWeights
from fallow.regions.graph import BlockGraph, block_graph
from fallow.regions.jumps import GRID, blur_for_jumps
from fallow.regions.superpixels import superpixels
from fallow.regions.tally import histograms, sum_planes
from fallow.regions.texture import texture_planes

Part = tuple[int, int, int, int]
"""(row0, row1, col0, col1) in pixels of a block read with its halo: the block itself. The first two of each multiple
of `CELL` * `GRID`."""

HALO = HALO_CELLS * CELL


def cut_block(
    picture: NDArray[np.float32],
    valid: NDArray[np.bool_] | None,
    part: Part,
    weights: CostWeights,
    network: NDArray[np.float32] | None = None,
    *,
    n_features: int = 0,
) -> tuple[NDArray[np.int32], BlockGraph]:
    """Cut a block into superpixels and build their graph.

    Parameters
    ----------
    picture : (rows, cols, 3) float32
        0..255, finite everywhere; the block with its halo.
    valid : (rows, cols) bool, optional
        Where there is data; None is everywhere.
    part : (row0, row1, col0, col1)
        Where the block itself lies.
    weights : CostWeights
    network : (rows / 4, cols / 4, features) float32, optional
        The network's features of the picture, rounded up.
    n_features : int
        How many features are summed where `network` is None because the block is empty.

    Returns
    -------
    labels : (cell rows, cell cols) int32
        Superpixels of the block's cells of 2 x 2 pixels, from 0; -1 where no pixel has data.
    graph : BlockGraph
    """
    row0, _, col0, _ = part
    cells = mean_cells(picture)
    weight = count_valid(picture.shape[:2], valid, part)
    rows, cols = weight.shape
    margin = row0 // CELL, col0 // CELL
    core = slice(margin[0], margin[0] + rows), slice(margin[1], margin[1] + cols)
    view = opponent(cells)
    contours = find_contours(view)
    labels, n = superpixels(np.ascontiguousarray(contours.strength[core]), weight > 0)
    planes = np.dstack((view, texture_planes(opponent(picture)[..., 0], view[..., 0])))
    sums = histograms(np.ascontiguousarray(planes[core]), labels, weight, n)
    blurred: tuple[NDArray[np.float32], ...] = ()
    if network is not None:
        sums = np.concatenate((sums, sum_planes(network, GRID, margin, labels, weight, n)), axis=1)
        blurred = blur_for_jumps(network)
    else:
        sums = np.concatenate((sums, np.zeros((n, n_features), np.float32)), axis=1)
    return labels, block_graph(labels, n, weight, sums, contours, blurred, margin, weights)


def count_valid(shape: tuple[int, int], valid: NDArray[np.bool_] | None, part: Part) -> NDArray[np.int32]:
    """Count the valid pixels in each cell of the block."""
    row0, row1, col0, col1 = part
    inside = np.ones(shape, np.bool_)[row0:row1, col0:col1] if valid is None else valid[row0:row1, col0:col1]
    padded = np.pad(inside, ((0, inside.shape[0] % CELL), (0, inside.shape[1] % CELL)))
    return padded.reshape(padded.shape[0] // CELL, CELL, -1, CELL).sum(axis=(1, 3), dtype=np.int32)
