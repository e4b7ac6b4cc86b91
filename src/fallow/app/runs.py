"""Runs in the background, one after the other, each in a process of its own; they outlive the page that began them."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from fallow.app.paths import Root
from fallow.app.worker import KEPT
from fallow.errors import FileError, InputError

MOST_REMEMBERED = 100
PATIENCE_S = 60  # that a run may take to end in order; then it is killed, and can be resumed all the same
WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
COMMAND = ("-P", "-m", "fallow.app.worker")  # -P: no module is ever imported from the folder that is served


@dataclass
class Run:
    """One run, as a page sees it; written by the thread that drives it alone, apart from `is_cancelled`."""

    id: str
    request: dict[str, Any]
    state: str = WAITING
    stage: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    results: list[str] = field(default_factory=list)
    began: float = 0.0
    seconds: float = 0.0
    is_cancelled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what a page is told."""
        images = self.request["images"]
        return {
            "id": self.id,
            "state": self.state,
            "image": images[0] if len(images) == 1 else f"{len(images)} images",
            "images": images,
            "output": self.request["output"],
            "stage": self.stage,
            "done": self.done,
            "total": self.total,
            "seconds": round(time.monotonic() - self.began if self.state == RUNNING else self.seconds, 1),
            "message": self.message,
            "results": list(self.results),
        }


class Runs:
    """The queue of runs in one root."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[Run | None] = queue.SimpleQueue()
        self._process: Worker | None = None
        self._is_closed = False
        self._thread = threading.Thread(target=self._drive, name="runs", daemon=True)
        self._thread.start()

    def start(self, request: dict[str, Any]) -> Run:
        """Put a run into the queue; `request` is what `fallow.app.requests.job_request` returns."""
        with self._lock:
            if self._is_closed:
                raise InputError("the server is ending")
            run = Run(str(len(self._runs) + 1), request)
            self._runs[run.id] = run
        self._queue.put(run)
        return run

    def all(self) -> list[Run]:
        """Return the runs, the last one first."""
        return list(self._runs.values())[: -MOST_REMEMBERED - 1 : -1]

    @property
    def is_busy(self) -> bool:
        """Whether a run is going on."""
        return self._process is not None

    def get(self, number: str) -> Run:
        """Return a run.

        Raises
        ------
        FileError
            If there is none of that name.
        """
        if number not in self._runs:
            raise FileError("there is no such run")
        return self._runs[number]

    def cancel(self, number: str) -> Run:
        """End a run in order, or leave it out when it has not begun; one that has ended stays as it is."""
        run = self.get(number)
        with self._lock:
            if run.state == WAITING:
                run.state, run.message = CANCELLED, "cancelled before it began"
            elif run.state == RUNNING:
                run.is_cancelled = True
                if self._process:
                    self._process.stop()
        return run

    def close(self) -> None:
        """Cancel everything and wait for the end of the run that is going on."""
        with self._lock:
            self._is_closed = True
        for run in self.all():
            self.cancel(run.id)
        self._queue.put(None)
        self._thread.join()

    def _drive(self) -> None:
        while run := self._queue.get():
            with self._lock:
                if run.state != WAITING:
                    continue
                run.state, run.stage, run.began = RUNNING, "starting", time.monotonic()
                self._process = Worker(self._root, run.request)
            with self._process as worker:
                state, message = self._follow(run, worker)
            with self._lock:
                self._process = None
                run.seconds = time.monotonic() - run.began
                run.state, run.message = state, message

    def _follow(self, run: Run, worker: Worker) -> tuple[str, str]:
        """Read what a worker tells until it ends; return how."""
        for said in worker.said():
            if "progress" in said:
                run.stage, run.done, run.total = said["progress"]
            elif "result" in said:
                run.results.append(said["result"]["folder"])
            elif "error" in said:
                return FAILED, said["error"]
            elif "end" in said:
                return DONE, ""
        return (CANCELLED, KEPT) if run.is_cancelled else (FAILED, f"its process died; {KEPT}")


class Worker:
    """A process that does one thing, see `fallow.app.worker`; leaving the block ends it."""

    def __init__(self, root: Root, request: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal of the server is the server's to pass on
        )
        self._killing = threading.Timer(PATIENCE_S, self._process.kill)
        self._killing.daemon = True
        self._stopping = threading.Lock()
        assert self._process.stdin
        with suppress(OSError):  # it died at once, which its silence tells
            self._process.stdin.write(json.dumps(request | {"root": str(root.folder)}).encode() + b"\n")
            self._process.stdin.flush()

    def said(self) -> Iterator[dict[str, Any]]:
        """Yield what it tells until it ends."""
        assert self._process.stdout
        for line in self._process.stdout:
            yield json.loads(line)

    def stop(self) -> None:
        """Ask it to end in order; it is killed when it does not within a minute."""
        assert self._process.stdin
        with self._stopping:
            if not self._process.stdin.closed:
                self._killing.start()
                with suppress(OSError):
                    self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        self._process.wait()
        self._killing.cancel()
        assert self._process.stdout
        self._process.stdout.close()


def estimate(root: Root, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Tell what a run would take.

    Raises
    ------
    InputError
        With what the worker says, if it cannot be done.
    """
    found = []
    with Worker(root, request) as worker:
        for said in worker.said():
            if "estimate" in said:
                found.append(said["estimate"])
            elif "error" in said:
                raise InputError(said["error"])
    return found
