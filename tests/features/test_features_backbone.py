"""The embedded network."""

import os
import subprocess
import sys


def test_nobody_is_told_and_nothing_is_left(tmp_path):
    code = """
import numpy as np
from fallow.features.backbone import describe
assert describe(np.zeros((8, 8, 3), np.float32)).shape == (2, 2, 32)
"""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=kept | {"TMPDIR": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []
