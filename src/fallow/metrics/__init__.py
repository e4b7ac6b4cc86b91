"""Pure functions that judge labels, by human truth or without any.

Each name is imported when it is first used: ``fallow.metrics.covering(labels, truth)``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "Contingency": "joint",
    "PairCounts": "joint",
    "contingency": "joint",
    "covering": "overlap",
    "mean_best_iou": "overlap",
    "adjusted_rand_index": "rand",
    "rand_index": "rand",
    "normalized_mutual_information": "information",
    "variation_of_information": "information",
    "variation_split_merge": "information",
    "Match": "matching",
    "Matching": "matching",
    "match_classes": "matching",
    "matched_accuracy": "matching",
    "mean_iou": "matching",
    "BoundaryScores": "boundary",
    "boundaries": "boundary",
    "boundary_scores": "boundary",
}
__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from fallow.metrics.boundary import BoundaryScores as BoundaryScores
    from fallow.metrics.boundary import boundaries as boundaries
    from fallow.metrics.boundary import boundary_scores as boundary_scores
    from fallow.metrics.information import normalized_mutual_information as normalized_mutual_information
    from fallow.metrics.information import variation_of_information as variation_of_information
    from fallow.metrics.information import variation_split_merge as variation_split_merge
    from fallow.metrics.joint import Contingency as Contingency
    from fallow.metrics.joint import PairCounts as PairCounts
    from fallow.metrics.joint import contingency as contingency
    from fallow.metrics.matching import Match as Match
    from fallow.metrics.matching import Matching as Matching
    from fallow.metrics.matching import match_classes as match_classes
    from fallow.metrics.matching import matched_accuracy as matched_accuracy
    from fallow.metrics.matching import mean_iou as mean_iou
    from fallow.metrics.overlap import covering as covering
    from fallow.metrics.overlap import mean_best_iou as mean_best_iou
    from fallow.metrics.rand import adjusted_rand_index as adjusted_rand_index
    from fallow.metrics.rand import rand_index as rand_index


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'fallow.metrics' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"fallow.metrics.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
