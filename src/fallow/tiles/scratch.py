"""Keep what one pass leaves for the next: in memory while it is small, in a temporary folder when it is not."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from fallow.errors import writing
from fallow.raster import Window

MEMORY_BYTES = 64 << 20


class Scratch:
    """A store of arrays by window, until it is closed. Safe to use from several threads."""

    def __init__(self, n_bytes: int) -> None:
        self._memory: dict[Window, np.ndarray] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="fallow-") if n_bytes > MEMORY_BYTES else None

    def put(self, window: Window, array: np.ndarray) -> None:
        """Keep an array; a full disk is a `WriteError`."""
        if self._folder:
            with writing(self._file(window)):
                np.save(self._file(window), array)
        else:
            self._memory[window] = array

    def get(self, window: Window) -> np.ndarray:
        """Give back what was kept."""
        return np.load(self._file(window)) if self._folder else self._memory[window]

    def _file(self, window: Window) -> Path:
        assert self._folder
        return Path(self._folder.name) / f"{window[0]}-{window[2]}.npy"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._memory.clear()
        if self._folder:
            self._folder.cleanup()
