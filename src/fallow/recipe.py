"""The recipe of a result: what was said, what was found, and of which image; enough to repeat it."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np

from fallow import __version__
from fallow.raster import Source


def write_recipe(source: Source, *, segment: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Return the recipe as TOML can hold it. The same work gives the same recipe: it holds no time and no duration.

    Parameters
    ----------
    segment
        The segmenter's parameters.
    found
        What was decided while fitting.
    """
    return {
        "fallow": {"version": __version__, "python": platform.python_version(), "numpy": np.__version__},
        "input": {
            "image": str(source.path or source.name),
            "rows": source.shape[0],
            "cols": source.shape[1],
            "band_names": list(source.band_names),
            "dtype": str(source.dtype),
        },
        "segment": segment,
        "found": found,
    }
