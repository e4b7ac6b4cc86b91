"""Silence for libraries that talk: bars of progress, advice, warnings of what may change one day."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from fallow.optional import require


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers and the hub's client silent, but for errors; afterwards all is as it was.

    Switches of the whole process are turned, so callers hold a lock, and do not do so for every block.
    """
    voice = require("transformers.utils.logging", "hub")
    client = logging.getLogger("huggingface_hub")
    had_bars, verbosity, level = voice.is_progress_bar_enabled(), voice.get_verbosity(), client.level
    voice.disable_progress_bar()
    voice.set_verbosity_error()
    client.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        client.setLevel(level)
        voice.set_verbosity(verbosity)
        if had_bars:
            voice.enable_progress_bar()
