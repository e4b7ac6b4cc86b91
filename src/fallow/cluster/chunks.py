"""Work over fixed chunks in threads: the cuts and the order of the results never depend on the number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
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


_limit: ContextVar[int | None] = ContextVar("limit", default=None)


@contextmanager
def thread_limit(n_threads: int | None) -> Iterator[None]:
    """Let `in_threads` use no more than `n_threads` inside the block; None is no limit. It changes no result."""
    token = _limit.set(n_threads)
    try:
        yield
    finally:
        _limit.reset(token)


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Call `function` on each item, in as many threads as the process has processors, or `thread_limit` says.

    Results come in the items' order.

    `function` should spend its time in code that releases the interpreter's lock, as the kernels of this folder do.
    """
    items = list(items)
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(_limit.get() or available, len(items))
    if workers < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))
