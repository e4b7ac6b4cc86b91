"""A run, in a process of its own: it can be stopped in order, and the memory it took is given back when it ends.

One line of JSON comes in and says what to do; lines of JSON go out and tell how it goes. When standard input ends,
because somebody cancels or the server is gone, the run ends as after Ctrl-C and keeps its journal.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from fallow import jobs
from fallow.app.files import JOB
from fallow.errors import FallowError
from fallow.run import keep_freed_memory, make_runner
from fallow.run.compiling import watch_compiling
from fallow.staging import RUN
from fallow.tiles import Work

EVERY_S = 0.1  # progress is told no more often
KEPT = "what is done is kept: start it again to go on"


class Teller:
    """Tell the server what happens, and leave in the folder of an unfinished run what was asked for."""

    def __init__(self, out: int, request: dict[str, Any]) -> None:
        self._out = out
        self._request = request
        self._lock = threading.Lock()
        self._last, self._stage, self._is_noted = 0.0, "", False

    def __call__(self, **said: Any) -> None:
        """Write one line."""
        with self._lock, suppress(OSError):  # when the server is gone nobody listens, and standard input ends as well
            os.write(self._out, json.dumps(said).encode() + b"\n")

    def progress(self, stage: str, done: int, total: int) -> None:
        """What `Work.progress` is."""
        if not self._is_noted:
            self.note()
        now = time.monotonic()
        if stage != self._stage or done >= total or now - self._last > EVERY_S:
            self._stage, self._last = stage, now
            self(progress=[stage, done, total])

    def compiling(self, kernel: str) -> None:
        """What `watch_compiling` calls."""
        if kernel:
            self(progress=[f"compiling {kernel}, the first time only", 0, 1])

    def note(self) -> None:
        """Leave in the folder of the run, where it is unfinished, what was asked for."""
        self._is_noted = True
        hidden = Path(self._request["output"]) / RUN
        if hidden.is_dir():
            asked = {name: self._request[name] for name in ("images", "output", "options", "model")}
            asked = {name: value for name, value in asked.items() if value is not None}
            (hidden / JOB).write_text(json.dumps(asked), encoding="utf-8")


def main() -> None:
    """Do what standard input says."""
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints does not mix with what is told
    request = json.loads(sys.stdin.buffer.readline())
    os.chdir(request["root"])
    tell = Teller(out, request)
    threading.Thread(target=_stop_at_end, daemon=True).start()
    try:
        keep_freed_memory()
        with make_runner("threads") as runner, watch_compiling(tell.compiling):
            for each in _do(request, Work(runner=runner, progress=tell.progress)):
                tell(**each)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done; who still wants to stop it comes too late
        tell(end=True)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        tell.note()
        tell(interrupted=True)
    except FallowError as error:
        tell(error=_with_notes(error))
    except (OSError, MemoryError) as error:  # the system's own refusals
        tell(error=str(error) or "out of memory")
    except Exception as error:  # a mistake of ours, which must be told as well
        traceback.print_exc()
        tell(error=f"a mistake of Fallow: {error!r}")


def _do(request: dict[str, Any], work: Work) -> Iterator[dict[str, Any]]:
    job = jobs.Job.from_options(
        request["images"], request["output"], overwrite=request["overwrite"], **request["options"]
    )
    if request["do"] == "estimate":
        for path, estimate in zip(job.images, jobs.estimate_files(job, work), strict=True):
            yield {"estimate": {
                "image": path, "seconds": estimate.seconds, "memory": estimate.plan.memory, "disk": estimate.disk,
                "lines": [str(estimate)],
            }}  # fmt: skip
        return
    model = request["model"]
    for done in jobs.apply_files(model, job, work) if model else jobs.segment_files(job, work):
        yield {"result": {"folder": done.folder.as_posix(), "regions": done.n_regions, "notes": done.notes}}


def _stop_at_end() -> None:
    """Wait for the end of standard input, and interrupt."""
    while os.read(0, 1):  # not through sys.stdin, whose lock the interpreter wants when it ends
        pass
    if hasattr(signal, "pthread_kill"):  # wakes a thread that waits, too
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _with_notes(error: BaseException) -> str:
    notes = getattr(error, "__notes__", None)
    return f"{error}; {KEPT}" if notes else str(error)


if __name__ == "__main__":
    main()
