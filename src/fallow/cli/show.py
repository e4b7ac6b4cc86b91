"""What the user sees: a progress bar, a summary table, or JSON."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fallow.errors import FaultsError, RunError

if TYPE_CHECKING:
    from tqdm import tqdm

    from fallow.check import Checked
    from fallow.collection import Done
    from fallow.estimate import Estimate
    from fallow.tiles import Work
    from fallow.tiles.engine import Fault

PATIENCE_S = 2  # nobody needs a bar for less
WORTH_TELLING_S = 1  # of compiling
WORTH_ESTIMATING = 100_000_000  # pixels: minutes of work
MOST_TABLES = 20  # of many images, the later ones get a line each
FORMAT = "{desc} {percentage:3.0f}% |{bar}| {remaining} left"
COMPILING = "compiling, the first time only:"


class Bar:
    """Show one progress bar a stage, with the time left; nothing in the first two seconds of the whole work.

    While a kernel is compiled, and nothing else moves, a line says so.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._bar: tqdm | None = None
        self._stage = ""
        self._lock = threading.RLock()  # kernels are compiled in any thread

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move on; the signature of `Work.progress`."""
        from tqdm import tqdm

        with self._lock:
            if self._bar is not None and (stage != self._stage or done < self._bar.n):
                self.close()
            if self._bar is None:
                self._stage = stage
                self._bar = tqdm(total=total, desc=stage, bar_format=FORMAT, delay=self._patience(), leave=False)
            self._bar.update(done - self._bar.n)
            if done == total:
                self.close()

    def compiling(self, kernel: str) -> None:
        """Say that a kernel is being compiled, or with ``""`` that it has been; what `watch_compiling` calls."""
        from tqdm import tqdm

        with self._lock:
            if self._patience():
                return
            if self._bar is None:
                if kernel:
                    self._stage = ""
                    self._bar = tqdm(desc=f"{COMPILING} {kernel}", bar_format="{desc}", leave=False)
            elif kernel:
                self._bar.bar_format = "{desc}"
                self._bar.set_description_str(f"{COMPILING} {kernel}")
            elif self._stage:
                self._bar.bar_format = FORMAT
                self._bar.set_description_str(self._stage)
            else:
                self.close()

    def close(self) -> None:
        """Take the bar away."""
        with self._lock:
            if self._bar is not None:
                self._bar.close()
                self._bar = None

    def _patience(self) -> float:
        return max(0.0, self._start + PATIENCE_S - time.monotonic())


@contextmanager
def working(
    *,
    quiet: bool,
    runner: str | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    **said: Any,
) -> Iterator[Work]:
    """Say how the work is done: by whom, and with a bar where somebody looks, gone before anything else is printed."""
    from fallow.run import keep_freed_memory, make_runner
    from fallow.run.compiling import watch_compiling
    from fallow.tiles import Work

    keep_freed_memory()
    told = {name: value for name, value in said.items() if value is not None}
    name = runner or ("dask" if scheduler else "threads")
    with make_runner(name, workers=workers, scheduler=scheduler) as place:
        work = Work(workers=workers, runner=place, **told)
        if quiet or not sys.stderr.isatty():
            yield work
            return
        with closing(Bar()) as bar, watch_compiling(bar.compiling):
            yield replace(work, progress=bar)


@contextmanager
def telling_of_compiling(*, quiet: bool) -> Iterator[None]:
    """Say once that kernels are being compiled, where somebody looks; for commands that are quick all other times."""
    from fallow.run.compiling import watch_compiling

    said: list[str] = []

    def tell(kernel: str) -> None:
        if kernel and not said:
            click.echo(f"{COMPILING} some seconds", err=True)
            said.append(kernel)

    with watch_compiling(None if quiet or not sys.stderr.isatty() else tell):
        yield


@contextmanager
def progress_bar(stage: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show one bar where somebody looks; yields what is called with ``(done, total)``."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with closing(Bar()) as bar:
        yield partial(bar, stage)


def show_done(done: Iterable[Done], *, quiet: bool, as_json: bool) -> None:
    """Print what was done as it is done: a table an image, of many a line, or at the end one JSON document.

    Raises
    ------
    FaultsError
        When all is done, if something could not be read and became no data.
    """
    from fallow.run.compiling import watch_compiling

    told, faults, compiled_s = [], [], 0.0
    with watch_compiling() as compiling:
        for number, each in enumerate(done):
            if as_json:
                told.append(_as_json(each))
            elif not quiet:
                _show_one(each, compiling.seconds - compiled_s, is_brief=number >= MOST_TABLES)
            faults += each.faults
            compiled_s = compiling.seconds
    if as_json:
        click.echo(json.dumps(told, indent=1))
    tell_faults(faults)


def tell_faults(faults: Sequence[Fault]) -> None:
    """Raise a `FaultsError` when all is done, if something could not be read and became no data."""
    if faults:
        shown = "; ".join(f"{each.image}: {each.reason}" for each in faults[:3])
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise FaultsError(f"done, but {len(faults)} part(s) could not be read and are no data: {shown}{more}")


def show_before(estimate_files: Callable[..., Iterable[Estimate]], *job_and_work: Any, quiet: bool) -> None:
    """Print what large images will take before they are begun, and stop where they cannot be done."""
    if not quiet:
        for each in estimate_files(*job_and_work, least_pixels=WORTH_ESTIMATING):
            click.echo(str(each), err=True)


def show_estimates(estimates: Iterable[Estimate], *, as_json: bool) -> None:
    """Print what runs will take."""
    told = []
    for each in estimates:
        if as_json:
            told.append(asdict(each))
        else:
            click.echo(str(each))
    if as_json:
        click.echo(json.dumps(told, indent=1))


def show_checked(checked: Iterable[Checked], *, as_json: bool) -> None:
    """Print whether the files were the same each way.

    Raises
    ------
    RunError
        If they were not.
    """
    told = []
    for each in checked:
        told.append(each)
        if not as_json:
            click.echo(f"{'same' if each.is_equal else 'DIFFERS':8} {each.name}: {each.way}, {each.seconds:.1f} s")
    if as_json:
        click.echo(json.dumps([asdict(each) for each in told], indent=1))
    if not all(each.is_equal for each in told):
        raise RunError("the result depends on how the work was cut; that is a mistake of Fallow, please report it")


def _show_one(done: Done, compiling_s: float, *, is_brief: bool) -> None:
    once = f" ({compiling_s:.1f} s of it compiling, the first time only)" if compiling_s > WORTH_TELLING_S else ""
    head = f"{done.name}: {done.n_regions:,} regions, {len(done.table)} classes"
    if is_brief:
        click.echo(f"{head}, written to {done.folder}/ in {done.seconds:.1f} s{once}")
        return
    click.echo(head)
    for line in str(done.table).splitlines():
        click.echo(f"  {line}")
    for note in done.notes:
        click.echo(f"  {note}")
    click.echo(f"  written to {done.folder}/ in {done.seconds:.1f} s{once}; open {done.folder / 'preview.png'}")


def _as_json(done: Done) -> dict[str, Any]:
    return {
        "image": done.name,
        "folder": str(done.folder),
        "regions": done.n_regions,
        "seconds": round(done.seconds, 3),
        "notes": done.notes,
        "faults": [asdict(each) for each in done.faults],
        "classes": list(done.table.records()),
    }
