"""The progress bar."""

import io
import sys
from contextlib import suppress

from fallow.cli import show
from fallow.errors import InputError


class Terminal(io.StringIO):
    def isatty(self):
        return True


def watch(monkeypatch) -> Terminal:
    """Let standard error be a terminal; inside the test, for pytest takes it back before."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "80")
    return sys.stderr


def test_no_bar_is_drawn_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with show.working(None, quiet=False) as work:
        assert work.progress is None


def test_no_bar_is_drawn_when_quiet(monkeypatch):
    watch(monkeypatch)
    with show.working(2, quiet=True) as work:
        assert work.progress is None
        assert work.workers == 2


def test_no_bar_is_drawn_for_what_is_quick(monkeypatch):
    terminal = watch(monkeypatch)
    with show.working(None, quiet=False) as work:
        for done in range(1, 4):
            work.progress("sampling", done, 3)
    assert terminal.getvalue() == ""


def test_a_bar_a_stage_tells_the_time_left_and_goes_away(monkeypatch):
    terminal = watch(monkeypatch)
    monkeypatch.setattr(show, "PATIENCE_S", 0)
    with show.working(None, quiet=False) as work:
        for stage in ("sampling", "painting"):
            for done in range(1, 4):
                work.progress(stage, done, 3)
    assert "sampling" in terminal.getvalue()
    assert "painting" in terminal.getvalue()
    assert "left" in terminal.getvalue()
    assert terminal.getvalue().split("\r")[-1].strip() == ""


def test_a_bar_goes_away_when_the_work_fails(monkeypatch):
    terminal = watch(monkeypatch)
    monkeypatch.setattr(show, "PATIENCE_S", 0)
    with suppress(InputError), show.working(None, quiet=False) as work:
        work.progress("sampling", 1, 3)
        raise InputError("no such luck")
    assert "sampling" in terminal.getvalue()
    assert terminal.getvalue().split("\r")[-1].strip() == ""
