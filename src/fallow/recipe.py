"""The recipe of a result: what was said, what was found, and of which image; enough to repeat it."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import numpy as np

from fallow import __version__
from fallow.raster import Source

if TYPE_CHECKING:
    from fallow.model import Segmenter


def write_recipe(segmenter: Segmenter, source: Source, *, far: float | None) -> dict[str, Any]:
    """Return the recipe as TOML can hold it. The same work gives the same recipe: it holds no time and no duration.

    Parameters
    ----------
    far
        Share of pixels far from the fitted sample (0..1), where a model was applied.
    """
    found: dict[str, Any] = {
        "features": list(segmenter.stack_.features_),
        "classes": segmenter.clusterer_.n_classes,
        "sample_pixels": segmenter.n_sample_,
    }
    if segmenter.choice_:
        found["candidates"] = [int(k) for k in segmenter.choice_.candidates]
        found["scores"] = [round(float(score), 6) for score in segmenter.choice_.scores]
        found["criterion"] = segmenter.choice_.criterion
    if far is not None:
        found["share_far_from_fit"] = round(far, 6)
    return {
        "fallow": {"version": __version__, "python": platform.python_version(), "numpy": np.__version__},
        "input": {
            "image": str(source.path or source.name),
            "rows": source.shape[0],
            "cols": source.shape[1],
            "band_names": list(source.band_names),
            "dtype": str(source.dtype),
        },
        "segment": segmenter.plain_params(),
        "found": found,
    }
