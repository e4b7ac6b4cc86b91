"""What people drew, as the files in which it comes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.io import savemat


def write_annotators(path: Path, *maps: np.ndarray) -> Path:
    """Write the label maps of several annotators as the Berkeley data set does."""
    cells = np.empty((1, len(maps)), object)
    for number, each in enumerate(maps):
        cells[0, number] = {"Segmentation": each.astype(np.uint16), "Boundaries": each > 1}
    savemat(path, {"groundTruth": cells})
    return path


def write_polygons(path: Path, *boxes: tuple[int, int, int, int], **attributes: list) -> Path:
    """Write boxes (row0, row1, col0, col1) in pixels as polygons, with a value an attribute and box."""
    features = []
    for number, (row0, row1, col0, col1) in enumerate(boxes):
        ring = [[col0, row0], [col1, row0], [col1, row1], [col0, row1], [col0, row0]]
        properties = {name: values[number] for name, values in attributes.items()}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path
