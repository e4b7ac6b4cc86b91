"""What is looked at: things as people photograph them, or land seen from above."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fallow.errors import check_choice
from fallow.features.backbone import N_FEATURES, describe
from fallow.features.block import Block
from fallow.features.cells import CellGrid
from fallow.features.picture import Picture

SCENES = ("auto", "photo", "aerial")

# Made by tools/fit_scene.py from pictures without any mask: 200 photographs and 602 aerial chips.
WEIGHTS = np.array(
    [
        -3.148, -17.43, 5.244, -2.027, -3.403, -3.66, 5.493, -2.352, 10.46, 15.88, 7.632, -8.194, 7.303, -7.837, -5.499,
        -15.64, -15.22, 0.0497, -20.74, -1.043, -6.602, -36.33, 4.624, -1.6, -9.616, 2.605, -3.547, -0.9625, 14.16,
        -4.593, 6.721, -7.843,
    ]
)  # fmt: skip
BIAS = -0.4419

# Probabilities below the first say photograph, above the second aerial; between them a share of both.
UNSURE = 0.25, 0.75


def share_aerial(scene: str, *, is_mapped: bool, features: NDArray[np.float64] | None = None) -> float:
    """Say how much a scene is one from above.

    Parameters
    ----------
    scene : "auto", "photo" or "aerial"
        What the user says. "auto" takes a mapped image as aerial, and looks at any other.
    is_mapped : bool
        Whether the image has a place on the map, or other bands than a photograph.
    features : (32,) float, optional
        Mean of the embedded network's features over the image; without them, an image that is not mapped is a
        photograph.

    Returns
    -------
    float
        0 (photograph) to 1 (aerial).

    Raises
    ------
    InputError
        For another scene.

    Notes
    -----
    Logistic regression on the mean features: kinds of surface are enough to tell the two apart (3 of 100 photographs
    of BSDS500 val are taken as aerial, among them a field seen from the air).
    """
    check_choice("scene", scene, SCENES)
    if scene != "auto":
        return float(scene == "aerial")
    if is_mapped:
        return 1.0
    if features is None:
        return 0.0
    probability = 1 / (1 + np.exp(-(features @ WEIGHTS + BIAS)))
    return float(np.clip((probability - UNSURE[0]) / (UNSURE[1] - UNSURE[0]), 0, 1))


def mean_features(picture: Picture, views: Iterable[Block]) -> NDArray[np.float64]:
    """Return the mean (32,) of the embedded network's features over the valid pixels of some blocks of an image."""
    total, weight = np.zeros(N_FEATURES), 0.0
    for view in views:
        if not view.is_empty:
            share = CellGrid(view).weight.astype(np.float64)
            total += np.tensordot(share, describe(picture.show(view.fill(view.image))), axes=2)
            weight += float(share.sum())
    return total / max(1.0, weight)
