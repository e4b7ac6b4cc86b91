"""Features computed for the sample, kept for the classification, as far as memory allows."""

from __future__ import annotations

import threading

import numpy as np

from fallow.raster import Window

MAX_BYTES = 256 << 20


def is_worth_keeping(shape: tuple[int, int], n_features: int) -> bool:
    """Say whether at least a quarter of an image's features can be kept; of a larger one they would only take room.

    >>> is_worth_keeping((2048, 2048), 32), is_worth_keeping((4096, 4096), 32)
    (True, False)
    """
    return 4 * n_features * shape[0] * shape[1] <= 4 * MAX_BYTES


class BlockCache:
    """Features of blocks, up to 256 MiB in all; a block that does not fit is computed again. Safe between threads."""

    def __init__(self) -> None:
        self._blocks: dict[Window, np.ndarray] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[BlockCache], tuple[()]]:
        return BlockCache, ()  # what travels to another process travels empty

    def put(self, block: Window, features: np.ndarray) -> None:
        """Keep the features of a block if there is room."""
        with self._lock:
            if block not in self._blocks and self._bytes + features.nbytes <= MAX_BYTES:
                self._blocks[block] = features
                self._bytes += features.nbytes

    def take(self, block: Window) -> np.ndarray | None:
        """Give a block's features back and forget them."""
        with self._lock:
            features = self._blocks.pop(block, None)
            self._bytes -= 0 if features is None else features.nbytes
        return features
