"""The embedded pretrained network, EfficientNet-Lite0: 32 features that tell kinds of surface and thing apart.

What it learned from, and what it does not know, stands in ``MODEL_CARD.md`` beside the weights.
"""

from fallow.features.backbone.lite0 import GRID, N_FEATURES, describe

__all__ = ["GRID", "N_FEATURES", "describe"]
