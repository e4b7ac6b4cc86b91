"""Run a function over many items on the threads of this machine.

Fallow's kernels, GDAL and OpenCV all release the interpreter's lock, so threads are enough and share what they read.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from itertools import islice
from typing import TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")


def available_cpus() -> int:
    """Count the processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int | None = None
) -> Iterator[tuple[Item, Result]]:
    """Yield ``(item, function(item))`` in the order of the items.

    The order makes files written from the results the same byte for byte, however many workers there are. At most two
    items a worker are under way, so memory does not grow with the number of items. The first error ends the run: what
    has not started is dropped and the error is raised here.

    Parameters
    ----------
    workers : int, optional
        Threads; all processors by default. With one, nothing leaves the calling thread: what the others must equal.
    """
    workers = workers or available_cpus()
    if workers == 1:
        with one_thread_each():
            for item in items:
                yield item, function(item)
        return
    waiting = iter(items)
    with one_thread_each(), ThreadPoolExecutor(workers, thread_name_prefix="fallow") as pool:
        running: deque[tuple[Item, Future[Result]]] = deque()
        try:
            while True:
                for item in islice(waiting, 2 * workers - len(running)):
                    running.append((item, pool.submit(function, item)))
                if not running:
                    return
                item, future = running.popleft()
                yield item, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _OneThreadEach:
    """The limit of `one_thread_each`: the first to enter sets it, the last to leave lifts it, from whatever threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_inside = 0
        self._undo = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._n_inside == 0:
                self._undo.enter_context(threadpool_limits(1))
                if cv2 := sys.modules.get("cv2"):
                    self._undo.callback(cv2.setNumThreads, cv2.getNumThreads())
                    cv2.setNumThreads(1)
            self._n_inside += 1

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._undo.close()


_limit = _OneThreadEach()


def one_thread_each() -> AbstractContextManager[None]:
    """Keep BLAS and OpenCV from starting threads of their own: inside ours they would compete, and change last bits."""
    return _limit
