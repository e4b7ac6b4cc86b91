"""Pure algebra of label maps: arrays and graphs in, arrays and graphs out. Knows neither images nor files."""

from fallow.labels.components import components
from fallow.labels.contour_map import contour_map
from fallow.labels.graph import RegionGraph, region_graph
from fallow.labels.join import Seam, join_graphs
from fallow.labels.majority import majority
from fallow.labels.outlines import outlines
from fallow.labels.relabel import order_by_area, relabel, sequential
from fallow.labels.sieve import settle, sieve, sieve_graph
from fallow.labels.tree import MergeTree

__all__ = [
    "MergeTree",
    "RegionGraph",
    "Seam",
    "components",
    "contour_map",
    "join_graphs",
    "majority",
    "order_by_area",
    "outlines",
    "region_graph",
    "relabel",
    "sequential",
    "settle",
    "sieve",
    "sieve_graph",
]
