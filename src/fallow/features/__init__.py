"""From pixels to features: families of them, their balance, and the choice between them.

`FeatureStack` is what the rest of Fallow uses; a single `Feature` comes from `parse_features`.
"""

from fallow.features.auto import choose_features, describe_choice
from fallow.features.base import Bands, Feature
from fallow.features.registry import FAMILIES, parse_features
from fallow.features.roles import find_roles
from fallow.features.stack import FeatureStack

__all__ = [
    "FAMILIES",
    "Bands",
    "Feature",
    "FeatureStack",
    "choose_features",
    "describe_choice",
    "find_roles",
    "parse_features",
]
