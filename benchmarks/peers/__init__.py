"""What Fallow is timed against, one script a peer. Each runs by itself: the first lines say how."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

NEEDS = {
    "floor.py": "rasterio",
    "sklearn_kmeans.py": "sklearn",
    "saga_kmeans.sh": "saga_cmd",
    "grass_kmeans.sh": "grass",
    "otb_som.sh": "otbcli_SOMClassification",
    "otb_mean_shift.sh": "otbcli_LargeScaleMeanShift",
    "minisom_som.py": "minisom",
}


def peer(script: str, *arguments: object) -> list[str] | None:
    """Return the command of a peer, or say that it is skipped and return None when what it needs is not installed."""
    path, need = Path(__file__).parent / script, NEEDS[script]
    runner, is_there = (sys.executable, is_importable) if path.suffix == ".py" else ("sh", shutil.which)
    if not is_there(need):
        print(f"Skipped {script}: {need} is not installed.", flush=True)
        return None
    return [str(part) for part in (runner, path, *arguments)]


def is_importable(module: str) -> bool:
    """Say whether a Python module is installed, without importing it."""
    return importlib.util.find_spec(module) is not None
