"""Open files, lent to one thread at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Handle = TypeVar("Handle")


class Handles(Generic[Handle]):
    """A pool of handles of one file, for libraries whose handles must not be used by two threads at once.

    It grows to the number of threads that read at the same moment, so they decompress in parallel. Threads may come and
    go: handles belong to the file, not to them.
    """

    def __init__(self, open_handle: Callable[[], Handle], close_handle: Callable[[Handle], None]) -> None:
        self._open = open_handle
        self._close = close_handle
        self._idle: deque[Handle] = deque()  # its pop and append are atomic

    @contextmanager
    def borrow(self) -> Iterator[Handle]:
        """Lend an idle handle, or a new one."""
        try:
            handle = self._idle.pop()
        except IndexError:
            handle = self._open()
        try:
            yield handle
        finally:
            self._idle.append(handle)

    def close(self) -> None:
        """Close the idle handles."""
        while self._idle:
            self._close(self._idle.pop())
