"""Notice when kernels are compiled: in the first run after an installation, for later ones read them from the disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from numba.core.event import Event, Listener, install_listener

OURS = "fallow."


class Compiling(Listener):
    """Count what is compiled. Kernels that others call are compiled inside these, one thread at a time.

    Attributes
    ----------
    n_kernels : int
    seconds : float
        Spent so far, nothing twice.
    """

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        self.n_kernels = 0
        self.seconds = 0.0
        self._tell = tell
        self._depth = 0
        self._start = 0.0

    def on_start(self, event: Event) -> None:
        """A kernel is about to be compiled."""
        kernel = event.data["dispatcher"].py_func
        self.n_kernels += kernel.__module__.startswith(OURS)
        if self._depth == 0:
            self._start = time.perf_counter()
            self._say(kernel.__name__.strip("_"))
        self._depth += 1

    def on_end(self, event: Event) -> None:  # noqa: ARG002
        """It has been, or has failed to."""
        self._depth -= 1
        if self._depth == 0:
            self.seconds += time.perf_counter() - self._start
            self._say("")

    def _say(self, kernel: str) -> None:
        if self._tell:
            self._tell(kernel)


@contextmanager
def watch_compiling(tell: Callable[[str], None] | None = None) -> Iterator[Compiling]:
    """Watch what is compiled by any thread inside the ``with``.

    Parameters
    ----------
    tell : callable, optional
        Called with a kernel's name before it is compiled and with ``""`` after, from the thread that compiles it.
    """
    compiling = Compiling(tell)
    with install_listener("numba:compile", compiling):
        yield compiling
