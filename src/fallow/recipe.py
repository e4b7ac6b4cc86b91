"""The recipe of a result: what was said, what was found, and of which image; enough to repeat it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

from fallow import __version__
from fallow.errors import FileError, InputError
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


def read_recipe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the ``recipe.toml`` of a result.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it is no recipe.
    """
    import tomllib  # compiles its patterns when imported

    try:
        recipe = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a recipe: {error}") from error
    if not all(isinstance(recipe.get(name), dict) for name in ("input", "segment")) or "image" not in recipe["input"]:
        raise InputError(f"{path} is not a recipe: it has no [input] with an image, or no [segment]")
    return recipe
