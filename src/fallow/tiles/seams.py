"""Clean a class map and find its regions, tile by tile, as exactly as if the whole lay in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fallow.errors import InputError, RunError
from fallow.labels import (
    RegionGraph,
    Seam,
    components,
    join_graphs,
    region_graph,
    relabel,
    sequential,
    settle,
    sieve_graph,
)
from fallow.labels.maps import as_label_map
from fallow.raster import Window
from fallow.tiles.records import Record
from fallow.tiles.strips import Strips, edges_of

GRAPH = ("label", "area", "first", "pairs", "border", "is_grown")


def tile_part(window: Window, classes: ArrayLike, shape: tuple[int, int], min_area: int = 0) -> Record:
    """Settle what can be settled within one tile, and find what a `SeamJoiner` needs to know of it.

    Parameters
    ----------
    window, classes
        As `SeamJoiner.add` takes them.
    shape, min_area
        Those of the `SeamJoiner`.

    Returns
    -------
    dict of plain data
        ``classes`` (rows, cols), in which small regions have joined others where nothing outside the tile can matter;
        the ``graph`` of their components, and the ``edges``.
    """
    classes = as_label_map(classes)
    row0, row1, col0, col1 = window
    if not (0 <= row0 < row1 <= shape[0] and 0 <= col0 < col1 <= shape[1]):
        raise InputError(f"window {window} must lie within the raster of {shape[0]} x {shape[1]} pixels")
    if classes.shape != (row1 - row0, col1 - col0):
        raise InputError(f"classes of window {window} must be an array of its shape, got {classes.shape}")
    ids, n = components(classes)
    graph = region_graph(ids, classes, origin=(row0, col0), total_cols=shape[1], with_borders=min_area > 1)
    if min_area > 1:
        graph, node, label = settle(graph, _on_edge(ids, n, window, shape), min_area)
        classes = relabel(ids, np.concatenate((np.zeros(1, np.int32), label)))
        ids = relabel(ids, np.concatenate((np.zeros(1, np.int32), node + np.int32(1))))
    return {
        "classes": classes,
        "graph": {name: getattr(graph, name) for name in GRAPH},
        "edges": edges_of(ids, classes),
    }


def _on_edge(ids: NDArray[np.int32], n: int, window: Window, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Mark the components that touch an edge behind which the raster goes on."""
    is_on_edge = np.zeros(n + 1, np.bool_)
    for goes_on, edge in (
        (window[0] > 0, ids[0]),
        (window[1] < shape[0], ids[-1]),
        (window[2] > 0, ids[:, 0]),
        (window[3] < shape[1], ids[:, -1]),
    ):
        if goes_on:
            is_on_edge[edge] = True
    return is_on_edge[1:]


class SeamJoiner:
    """First pass: take the tiles of a class map in any order and keep nothing of them but their graph.

    Parameters
    ----------
    shape : (rows, cols) of the whole raster
    min_area : int, pixels
        Smallest region, see `fallow.labels.sieve`; with 0 or 1 all regions stay, and borders are not even looked for.

    Notes
    -----
    Memory: about 20 bytes for each component of a tile, 16 for each pair of components that share a border, and the
    edges of tiles that wait for their neighbours.

    Examples
    --------
    >>> joiner = SeamJoiner((1, 4), min_area=2)
    >>> settled = joiner.add((0, 1, 2, 4), [[8, 5]])
    >>> _ = joiner.add((0, 1, 0, 2), [[5, 5]])
    >>> joiner.finish().tile((0, 1, 2, 4), settled)[0].tolist()
    [[2, 2]]
    """

    def __init__(self, shape: tuple[int, int], min_area: int = 0) -> None:
        self.shape, self.min_area = shape, min_area
        self._strips = Strips(shape)
        self._nodes: dict[Window, slice] = {}
        self._graphs: list[RegionGraph] = []
        self._seams: list[Seam] = []
        self._n_nodes = 0

    def add(self, window: Window, classes: ArrayLike) -> NDArray[np.int32]:
        """Add one tile.

        Parameters
        ----------
        window : Window
            Where the tile lies; all tiles together cover the raster, each pixel once.
        classes : (rows, cols) integers
            0 = no data.

        Returns
        -------
        (rows, cols) int32
            The classes to paint from, see `tile_part`.

        Raises
        ------
        InputError
            If the window does not lie within the raster, has not the shape of the array, or came before.
        """
        part = tile_part(window, classes, self.shape, self.min_area)
        self.add_part(window, part)
        return part["classes"]

    def add_part(self, window: Window, part: Record) -> None:
        """Add what `tile_part` made of one tile, perhaps elsewhere."""
        if window in self._nodes:
            raise InputError(f"window {window} came twice")
        graph = RegionGraph(**part["graph"])
        self._nodes[window] = slice(self._n_nodes, self._n_nodes + len(graph))
        self._graphs.append(graph)
        self._seams += self._strips.add(window, part["edges"], self._n_nodes)
        self._n_nodes += len(graph)

    def finish(self) -> Joined:
        """Join the tiles' graphs, sieve them, and number the regions. To be called once, after the last tile.

        Raises
        ------
        RunError
            If the tiles do not cover the raster, each pixel once.
        """
        n_pixels = sum((row1 - row0) * (col1 - col0) for row0, row1, col0, col1 in self._nodes)
        if n_pixels != self.shape[0] * self.shape[1] or not self._strips.is_done:
            raise RunError(
                f"tiles must cover the raster of {self.shape[0]} x {self.shape[1]} pixels, each pixel once; "
                f"got {len(self._nodes)} tiles of {n_pixels} pixels"
            )
        graph, node = join_graphs(self._graphs, self._seams)
        self._graphs, self._seams = [], []
        target = sieve_graph(graph, self.min_area) if self.min_area > 1 else np.arange(len(graph), dtype=np.int32)
        region, counts = sequential(target + 1)
        region_class, region_area = np.zeros(len(counts), np.int32), np.zeros(len(counts), np.int64)
        region_class[region] = graph.label[target]
        np.add.at(region_area, region, graph.area)
        return Joined(region_class, region_area, region[node], self._nodes)


class Joined:
    """Second pass: the cleaned class map and its regions, painted tile by tile.

    Attributes
    ----------
    region_class : (n_regions + 1,) int32
        Class of each region; regions are 4-connected areas of one class, numbered from 1 in the order of their first
        pixels in the whole raster. Entry 0 is no data.
    region_area : (n_regions + 1,) int64, pixels
        Entry 0 is 0.
    """

    def __init__(
        self,
        region_class: NDArray[np.int32],
        region_area: NDArray[np.int64],
        region_of_node: NDArray[np.int32],
        nodes: dict[Window, slice],
    ) -> None:
        self.region_class, self.region_area = region_class, region_area
        self._region_of_node, self._nodes = region_of_node, nodes

    @property
    def n_regions(self) -> int:
        return len(self.region_class) - 1

    def class_area(self, n_classes: int) -> NDArray[np.int64]:
        """Return the pixels of class 1, 2, ..., (n_classes,)."""
        area = np.zeros(n_classes + 1, np.int64)
        np.add.at(area, self.region_class, self.region_area)
        return area[1:]

    def renumber_classes(self, order: ArrayLike) -> None:
        """Change the numbers of the classes from here on.

        Parameters
        ----------
        order : (n_classes,) integers
            The present class that becomes class 1, 2, ...

        Raises
        ------
        InputError
            If it does not name each class once.
        """
        order = np.asarray(order)
        if not np.array_equal(np.sort(order), np.arange(1, len(order) + 1)):
            raise InputError(f"order must name each class from 1 to {len(order)} once, got {order.tolist()}")
        table = np.zeros(len(order) + 1, np.int32)
        table[order] = np.arange(1, len(order) + 1)
        self.region_class = relabel(self.region_class, table)

    def tile(self, window: Window, classes: ArrayLike) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Paint one tile; may be called from several threads.

        Parameters
        ----------
        window : Window
            One of the windows that were added.
        classes : (rows, cols) integers
            Those that came back when the tile was added.

        Returns
        -------
        regions, classes : (rows, cols) int32
            After the sieve, 0 = no data.

        Raises
        ------
        InputError
            If the window was not added, or other classes.
        """
        ids, n = components(classes)
        nodes = self._nodes.get(window, slice(0, 0))
        if n != nodes.stop - nodes.start:
            raise InputError(f"classes of window {window} are not those that were added")
        regions = np.append(np.int32(0), self._region_of_node[nodes])
        return relabel(ids, regions), relabel(ids, self.region_class[regions])
