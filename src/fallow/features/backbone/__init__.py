"""The embedded pretrained network, EfficientNet-Lite0: 32 features that tell kinds of surface and thing apart.

What it learned from, and what it does not know, stands in ``MODEL_CARD.md`` beside the weights.
"""

import os

from fallow.features.backbone.lite0 import GRID, N_FEATURES, describe
from fallow.features.backbone.session import give_back, load_network

# From 1.29 on ONNX Runtime reports its use to its makers, and leaves a file in the temporary folder, unless this is set
# before it is imported, which is when `describe` first runs.
os.putenv("ORT_DISABLE_TELEMETRY", "1")

__all__ = ["GRID", "N_FEATURES", "describe", "give_back", "load_network"]
