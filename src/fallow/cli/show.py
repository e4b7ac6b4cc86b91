"""What the user sees: a progress bar, a summary table, or JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tqdm import tqdm

    from fallow.jobs import Done
    from fallow.tiles import Work

PATIENCE_S = 2  # nobody needs a bar for less
FORMAT = "{desc} {percentage:3.0f}% |{bar}| {remaining} left"


class Bar:
    """Show one progress bar a stage, with the time left; nothing in the first two seconds of the whole work."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._bar: tqdm | None = None
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move on; the signature of `Work.progress`."""
        from tqdm import tqdm

        if self._bar is not None and (stage != self._stage or done < self._bar.n):
            self.close()
        if self._bar is None:
            patience = max(0.0, self._start + PATIENCE_S - time.monotonic())
            self._stage = stage
            self._bar = tqdm(total=total, desc=stage, bar_format=FORMAT, delay=patience, leave=False)
        self._bar.update(done - self._bar.n)
        if done == total:
            self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def working(workers: int | None, *, quiet: bool) -> Iterator[Work]:
    """Say how the work is done: threads, and a bar where somebody looks, gone before anything else is printed."""
    from fallow.tiles import Work

    with closing(Bar()) as bar:
        yield Work(workers=workers, progress=None if quiet or not sys.stderr.isatty() else bar)


def show_done(done: Iterable[Done], *, quiet: bool, as_json: bool) -> None:
    """Print what was done as it is done: a table an image, or at the end one JSON document."""
    told = []
    for each in done:
        if as_json:
            told.append(_as_json(each))
        elif not quiet:
            _show_one(each)
    if as_json:
        click.echo(json.dumps(told, indent=1))


def _show_one(done: Done) -> None:
    click.echo(f"{done.name}: {done.n_regions:,} regions, {len(done.table)} classes")
    for line in str(done.table).splitlines():
        click.echo(f"  {line}")
    for note in done.notes:
        click.echo(f"  {note}")
    click.echo(f"  written to {done.folder}/ in {done.seconds:.1f} s; open {done.folder / 'preview.png'}")


def _as_json(done: Done) -> dict[str, Any]:
    return {
        "image": done.name,
        "folder": str(done.folder),
        "regions": done.n_regions,
        "seconds": round(done.seconds, 3),
        "notes": done.notes,
        "classes": list(done.table.records()),
    }
