"""Fallow: label-free image segmentation.

Regions (where things are) and classes (what things are) that nobody had to annotate. Start with `fallow.segment`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "segment": "fallow.jobs",
    "compare": "fallow.jobs",
    "fit": "fallow.jobs",
    "load": "fallow.jobs",
    "train": "fallow.jobs",
    "open_result": "fallow.stored",
    "join_chips": "fallow.export.annotation.join",
    "choose": "fallow.choosing",
    "Segmenter": "fallow.model",
    "Segmentation": "fallow.result",
    "Work": "fallow.tiles",
    "open_source": "fallow.raster",
    "FallowError": "fallow.errors",
    "InputError": "fallow.errors",
    "FileError": "fallow.errors",
}
_MODULES = ("metrics",)
__all__ = ["__version__", *sorted([*_HOME, *_MODULES])]

if TYPE_CHECKING:
    from fallow import metrics as metrics
    from fallow.choosing import choose as choose
    from fallow.errors import FallowError as FallowError
    from fallow.errors import FileError as FileError
    from fallow.errors import InputError as InputError
    from fallow.export.annotation.join import join_chips as join_chips
    from fallow.jobs import compare as compare
    from fallow.jobs import fit as fit
    from fallow.jobs import load as load
    from fallow.jobs import segment as segment
    from fallow.jobs import train as train
    from fallow.model import Segmenter as Segmenter
    from fallow.raster import open_source as open_source
    from fallow.result import Segmentation as Segmentation
    from fallow.stored import open_result as open_result
    from fallow.tiles import Work as Work


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import fallow`` takes no time."""
    if name in _MODULES:
        return importlib.import_module(f"fallow.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'fallow' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
