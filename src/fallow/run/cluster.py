"""A Dask cluster: the same map, on as many machines as there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeVar

from fallow.errors import RunError
from fallow.optional import require
from fallow.run.local import one_thread_each
from fallow.run.runner import Runner

Item = TypeVar("Item")
Result = TypeVar("Result")

PRELOAD = ["fallow.units.pixel", "fallow.units.region"]
# Dask has its workers give memory back at once, which for arrays of tiles costs more time than the work itself.
KEEP_MEMORY = {
    "distributed.nanny.pre-spawn-environ": {
        "MALLOC_TRIM_THRESHOLD_": 256 << 20,
        "MALLOC_MMAP_THRESHOLD_": 32 << 20,
        "OMP_NUM_THREADS": 1,
        "OPENBLAS_NUM_THREADS": 1,
    }
}
RETRIES = 3  # of an item whose worker is lost
CONNECT_S = 30
# Dask listens to HTTP all the same: not on its usual port, which another run may have, and for this machine only.
NO_DASHBOARD = {"dashboard_address": "127.0.0.1:0", "scheduler_kwargs": {"dashboard": False}}


class Dask(Runner):
    """Workers of a Dask cluster; without an address, processes of one thread each on this machine.

    Each item carries its function, which must be small: a worker that is lost takes nothing with it, and its items are
    done again elsewhere. Workers may come and go; two items a thread are under way. Results come back to this process,
    so workers need to see the images, not the place of the results.

    Parameters
    ----------
    workers : int, optional
        Of the cluster on this machine; of a running cluster, how many of its threads to keep busy at most.
    scheduler : str, optional
        Its address.

    Raises
    ------
    MissingExtraError
        If ``distributed`` is not installed.
    """

    travels = True

    def __init__(self, workers: int | None = None, scheduler: str | None = None) -> None:
        super().__init__(workers)
        self._most = workers
        self._scheduler = scheduler
        self._distributed = require("distributed", "dask")
        self._cluster: Any = None
        self._client: Any = None

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
        client = self._connect()
        packed = bytes(ForkingPickler.dumps(function))
        waiting = iter(items)
        running: deque[tuple[Any, Any]] = deque()
        try:
            while True:
                while len(running) < 2 * self._n_threads() and (item := next(waiting, _END)) is not _END:
                    running.append((item, client.submit(_call, packed, item, pure=False, retries=RETRIES)))
                if not running:
                    return
                item, future = running.popleft()
                yield item, self._result(item, future)
        finally:
            for _, future in running:
                future.cancel()

    def _result(self, item: Any, future: Any) -> Any:
        try:
            return future.result()
        except (self._distributed.KilledWorker, self._distributed.scheduler.KilledWorker) as error:
            raise RunError(f"Dask workers die at {item}; have they too little memory?") from error
        except (self._distributed.CancelledError, self._distributed.comm.CommClosedError, OSError) as error:
            if future.status == "error":  # the function's own
                raise
            raise RunError(f"the Dask cluster was lost: {str(error) or type(error).__name__}") from error

    def _n_threads(self) -> int:
        """Count the threads to keep busy; a cluster may grow and shrink."""
        n_there = sum(self._client.nthreads().values()) if self._scheduler else self.workers
        return max(1, min(n_there, self._most or n_there))

    def _connect(self) -> Any:
        if self._client is None:
            try:
                if self._scheduler is None:
                    with require("dask", "dask").config.set(KEEP_MEMORY):
                        self._cluster = self._distributed.LocalCluster(
                            n_workers=self.workers,
                            threads_per_worker=1,
                            processes=True,
                            preload=PRELOAD,
                            **NO_DASHBOARD,
                        )
                # Results come from the workers themselves where they can be reached for sure; else over the scheduler.
                self._client = self._distributed.Client(
                    self._cluster or self._scheduler, timeout=CONNECT_S, direct_to_workers=self._scheduler is None
                )
            except (OSError, ValueError) as error:  # a timeout is an OSError
                raise RunError(f"cannot reach the Dask scheduler at {self._scheduler}: {error}") from error
        return self._client

    def limit(self, workers: int) -> None:
        if self._scheduler is None and self._cluster is None:  # memory of other machines is not ours to count
            super().limit(workers)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None


_END = object()
_loaded: tuple[bytes, Any] = (b"", None)  # the function of the present sweep, with its open files, on a worker


def _call(packed: bytes, item: Any) -> Any:
    """Call a function on a worker."""
    global _loaded
    if _loaded[0] != packed:
        _loaded = packed, ForkingPickler.loads(packed)
    with one_thread_each():
        return _loaded[1](item)
