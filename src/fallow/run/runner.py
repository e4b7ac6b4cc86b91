"""A runner maps a function over items somewhere: in this thread, in threads, in processes, on a Dask cluster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, Self, TypeVar

from fallow.run.local import available_cpus, map

Item = TypeVar("Item")
Result = TypeVar("Result")


class Runner(ABC):
    """Somewhere to work. All runners give the same results in the same order.

    Parameters
    ----------
    workers : int, optional
        How many items are worked on at once; all processors by default.
    """

    travels: ClassVar[bool] = False
    """Whether functions, items and results leave the process."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or available_cpus()

    @abstractmethod
    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
        """Yield ``(item, function(item))`` in the order of the items, with at most two items a worker under way.

        The first error ends the run and is raised here.
        """

    def limit(self, workers: int) -> None:
        """Use no more than so many workers from now on; memory may demand it."""
        self.workers = min(self.workers, workers)

    def close(self) -> None:  # noqa: B027 (threads have nothing to let go of)
        """Let go of workers; mapping afterwards starts new ones."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Serial(Runner):
    """The calling thread: what the others must equal."""

    def __init__(self, workers: int | None = None) -> None:  # noqa: ARG002
        super().__init__(1)

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
        return map(function, items, workers=1)


class Threads(Runner):
    """Threads of this process, which share what they read: the fastest on one machine."""

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
        return map(function, items, workers=self.workers)
