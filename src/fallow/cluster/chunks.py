"""Work over fixed chunks in threads: the cuts and the order of the results never depend on the number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK_ROWS = 32_768


def chunks(n_rows: int) -> list[slice]:
    """Cut `n_rows` rows into slices of `CHUNK_ROWS`, the last one shorter.

    >>> chunks(40_000)
    [slice(0, 32768, None), slice(32768, 40000, None)]
    """
    return [slice(first, min(first + CHUNK_ROWS, n_rows)) for first in range(0, n_rows, CHUNK_ROWS)]


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Call `function` on each item, in as many threads as there are cores, and return the results in the items' order.

    `function` should spend its time in code that releases the interpreter's lock, as the kernels of this folder do.
    """
    items = list(items)
    workers = min(os.cpu_count() or 1, len(items))
    if workers < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))
