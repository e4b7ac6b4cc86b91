"""What the workbench can do, told to the page."""

from __future__ import annotations

import importlib.util
from typing import Any

from fallow import __version__
from fallow.app.exports import list_formats
from fallow.app.workbench import Workbench
from fallow.cluster.registry import CLUSTERERS
from fallow.features import FAMILIES
from fallow.saving import FORMATS

EXTRAS = {"zarr": "zarr"}  # of formats: what must be installed


def about(bench: Workbench) -> dict[str, Any]:
    """Return version, root, what to show first, and the choices of every option."""
    kind, path = bench.start
    return {
        "version": __version__,
        "root": bench.root.folder.name,
        "start": {"kind": kind, "path": path},
        "formats": [
            {"name": name, "extra": EXTRAS.get(name), "is_there": _is_there(EXTRAS.get(name))} for name in FORMATS
        ],
        "exports": list_formats(),
        "options": {
            "features": ["auto", *(name for name in FAMILIES if name not in ("hub", "encoder"))],
            "methods": list(CLUSTERERS),
            "efforts": ["fast", "balanced", "best"],
            "scenes": ["auto", "photo", "aerial"],
            "units": ["region", "pixel"],
        },
    }


def _is_there(module: str | None) -> bool:
    return module is None or importlib.util.find_spec(module) is not None
