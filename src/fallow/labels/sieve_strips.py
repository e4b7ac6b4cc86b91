"""The sieve for maps that come strip by strip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from fallow.labels.arcs import Arcs, trace_strips
from fallow.labels.areas import AreaSweep
from fallow.labels.graph import RegionGraph
from fallow.labels.maps import as_label_map
from fallow.labels.pairs import sum_pairs
from fallow.labels.sieve import sieve_graph

Strips = Callable[[], Iterable[NDArray]]


def sieve_strips(strips: Strips, shape: tuple[int, int], min_area: int) -> Strips:
    """Give every area smaller than `min_area` the label of the neighbour with which it shares the longest border.

    As `fallow.labels.sieve` without protection: a label whose areas are all small vanishes. Small areas without a
    neighbour become no data.

    Parameters
    ----------
    strips : callable
        Returns the rows of the map from the first to the last, as often as it is called.
    shape : (rows, cols)
    min_area : int, pixels

    Returns
    -------
    callable
        As `strips`, of the sieved map. Areas are found and sieved at once, pixels looked up when it is called.
    """
    sweep = AreaSweep(shape[1])
    graph = graph_of(trace_strips(_taken(strips, sweep), shape))
    target = sieve_graph(graph, min_area, protect=False)
    is_left = np.bincount(target, graph.area, len(graph))[target] >= min_area
    number = sweep.finish()[0]
    label = np.concatenate([[0], np.where(is_left, graph.label[target], 0)]).astype(np.int32)[number]

    def sieved() -> Iterator[NDArray[np.int32]]:
        again = AreaSweep(shape[1])
        for strip in strips():
            yield label[again.take(as_label_map(strip))]

    return sieved


def graph_of(arcs: Arcs) -> RegionGraph:
    """Return the region graph of the areas of arcs."""
    is_shared = (arcs.sides > 0).all(axis=1)
    one, other = np.ascontiguousarray(arcs.sides[is_shared].T - 1)
    n = len(arcs.label) - 1
    borders = sum_pairs(one, other, arcs.lengths[is_shared], n)
    return RegionGraph(arcs.label[1:], arcs.area[1:], arcs.first[1:], *borders, np.zeros(n, np.bool_))


def _taken(strips: Strips, sweep: AreaSweep) -> Iterator[NDArray[np.int32]]:
    """Yield strips that a sweep has taken as well."""
    for strip in map(as_label_map, strips()):
        sweep.take(strip)
        yield strip
