"""Feature rows in, classes out.

A clusterer is fitted on a sample of rows and then assigns any number of rows, block by block, from any number of
threads, with the same bits each time. `make_clusterer` makes one by name; `choose_n_classes` finds how many classes the
rows themselves suggest.
"""

from fallow.cluster.base import Clusterer
from fallow.cluster.choose import Choice, choose_n_classes, parse_candidates
from fallow.cluster.chunks import thread_limit
from fallow.cluster.registry import describe_method, make_clusterer
from fallow.cluster.stability import Stability, stability

__all__ = [
    "Choice",
    "Clusterer",
    "Stability",
    "choose_n_classes",
    "describe_method",
    "make_clusterer",
    "parse_candidates",
    "stability",
    "thread_limit",
]
