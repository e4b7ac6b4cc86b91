"""Fit the weights of `fallow.regions.scene` from two folders of pictures without any mask: photographs and aerial views.

Crops of the photographs, shrunken too, and enlarged aerial pictures take part, so that neither size nor sharpness tells
the two apart.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from fit_projection import read_pictures
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from fallow.features.backbone import N_FEATURES, describe

CROP = 150  # pixels a side
PENALTY = 0.1


def mean_features(picture: np.ndarray) -> np.ndarray:
    """Return the mean (32,) of the network's features."""
    return describe(picture).reshape(-1, N_FEATURES).mean(axis=0)


def crop(picture: np.ndarray, zoom: float, random: np.random.Generator) -> np.ndarray:
    """Cut a square out of a picture resized by `zoom`."""
    picture = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    row, col = (random.integers(0, max(1, side - CROP)) for side in picture.shape[:2])
    return np.ascontiguousarray(picture[row : row + CROP, col : col + CROP])


def main() -> None:
    """Read the command line and print the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("aerial", type=Path)
    given = parser.parse_args()
    random = np.random.default_rng(0)
    rows: dict[bool, list[np.ndarray]] = {False: [], True: []}
    for picture in read_pictures(given.photos):
        whole = mean_features(picture)
        rows[False] += [whole, whole, *(mean_features(crop(picture, zoom, random)) for zoom in (1.0, 0.6))]
    for picture in read_pictures(given.aerial):
        larger = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC).clip(0, 255)
        rows[True] += [mean_features(picture), mean_features(larger)]
    features = np.array(rows[False] + rows[True])
    is_aerial = np.repeat([False, True], [len(rows[False]), len(rows[True])])
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=2000)
    model.fit(scaler.transform(features), is_aerial)
    weights = model.coef_[0] / scaler.scale_
    print(", ".join(f"{weight:.4g}" for weight in weights))
    print(f"{model.intercept_[0] - weights @ scaler.mean_:.4g}")


if __name__ == "__main__":
    main()
