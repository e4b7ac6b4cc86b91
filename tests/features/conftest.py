from __future__ import annotations

import numpy as np
import pytest
from feature_scenes import scene


@pytest.fixture
def photo() -> np.ndarray:
    return scene(64, 80, 3)
