"""Import a part that is installed on demand, or say how to install it."""

from __future__ import annotations

import importlib
from types import ModuleType

from fallow.errors import MissingExtraError


def require(module: str, extra: str) -> ModuleType:
    """Import `module`, which belongs to the optional part `extra` of Fallow.

    Raises
    ------
    MissingExtraError
        If it is not installed; the message is the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"this needs {module}; install it with: pip install 'fallow[{extra}]'") from error
