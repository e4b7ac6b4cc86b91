"""Processes of this machine: for code that holds the interpreter's lock, and the rehearsal for a cluster."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeVar

from fallow.errors import RunError
from fallow.run.local import one_thread_each
from fallow.run.memory import keep_freed_memory
from fallow.run.runner import Runner

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_LOSSES = 3  # workers that may die in one run: a fourth says that the work itself kills them


class Processes(Runner):
    """A pool of fresh processes. One that dies is replaced and its items are done again, three times in a run.

    A function is written to a temporary file once and read once by each process, so that it may hold a whole array.
    """

    travels = True

    def __init__(self, workers: int | None = None) -> None:
        super().__init__(workers)
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
        handle, path = tempfile.mkstemp(prefix="fallow-function-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(ForkingPickler.dumps(function))
            yield from self._map(path, items)
        finally:
            os.unlink(path)

    def _map(self, path: str, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        waiting = iter(items)
        running: deque[tuple[Any, Future]] = deque()
        n_lost = 0
        try:
            while True:
                while len(running) < 2 * self.workers and (item := next(waiting, _END)) is not _END:
                    running.append((item, self._submit(path, item)))
                if not running:
                    return
                item, future = running[0]
                try:
                    result = future.result()
                except BrokenProcessPool as error:
                    n_lost += 1
                    self.close()
                    if n_lost > MOST_LOSSES:
                        raise RunError(f"worker processes die at {item}; is there too little memory?") from error
                    running = deque((each, self._submit(path, each)) for each, _ in running)
                    continue
                running.popleft()
                yield item, result
        finally:
            for _, future in running:
                future.cancel()

    def _submit(self, path: str, item: Any) -> Future:
        if self._pool is None:
            # Spawned, not forked: forking a process with threads in it may hang.
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
            )
        try:
            return self._pool.submit(_call, path, item)
        except BrokenProcessPool as error:
            broken: Future = Future()
            broken.set_exception(error)
            return broken

    def limit(self, workers: int) -> None:
        if workers < self.workers:
            self.close()
        super().limit(workers)

    def close(self) -> None:
        if self._pool:
            with suppress(OSError):
                self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


_END = object()
_loaded: tuple[str, Any] = ("", None)  # the function of the present run, in a worker process


def _begin() -> None:
    """Prepare a worker process."""
    keep_freed_memory()
    _end_with_parent()


def _end_with_parent() -> None:
    """Let this worker end when the process that asked for it is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _call(path: str, item: Any) -> Any:
    """Call the function that lies at `path`; in a worker process."""
    global _loaded
    if _loaded[0] != path:
        with open(path, "rb") as file:
            _loaded = path, ForkingPickler.loads(file.read())
    with one_thread_each():
        return _loaded[1](item)
