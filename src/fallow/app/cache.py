"""What is kept in memory, and made once however many ask for it at the same time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Keep what was used last, up to a size.

    Parameters
    ----------
    most
        The size of all that is kept; the last one is kept however large.
    size
        Of one thing; 1 by default, so that `most` is their number.
    let_go
        Called with what is kept no longer.
    """

    def __init__(
        self,
        most: int,
        size: Callable[[Value], int] = lambda _: 1,
        let_go: Callable[[Value], object] = lambda _: None,
    ) -> None:
        self._most, self._size, self._let_go = most, size, let_go
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._making: dict[Hashable, Future[Value]] = {}
        self._total = 0

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what is kept under a key, else make it; who asks meanwhile waits for it, and for its error too."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            future = self._making.get(key)
            is_mine = future is None
            if future is None:
                future = self._making[key] = Future()
        if not is_mine:
            return future.result()
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            future.set_exception(error)
            raise
        with self._lock:
            del self._making[key]
            gone = self._keep(key, value)
        future.set_result(value)
        for each in gone:
            self._let_go(each)
        return value

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            gone, self._kept, self._total = list(self._kept.values()), OrderedDict(), 0
        for each in gone:
            self._let_go(each)

    def _keep(self, key: Hashable, value: Value) -> list[Value]:
        """Keep a value and return what has to go for it."""
        gone = []
        self._kept[key] = value
        self._total += self._size(value)
        while self._total > self._most and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._total -= self._size(oldest)
            gone.append(oldest)
        return gone
