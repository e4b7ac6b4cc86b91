"""The progress bar."""

import io
import sys
from contextlib import suppress
from pathlib import Path

from numba import njit

from fallow.cli import show
from fallow.errors import InputError
from fallow.jobs import Done


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
    with show.working(quiet=False) as work:
        assert work.progress is None


def test_no_bar_is_drawn_when_quiet(monkeypatch):
    watch(monkeypatch)
    with show.working(quiet=True, workers=2) as work:
        assert work.progress is None
        assert work.workers == work.runner.workers == 2


def test_no_bar_is_drawn_for_what_is_quick(monkeypatch):
    terminal = watch(monkeypatch)
    with show.working(quiet=False) as work:
        for done in range(1, 4):
            work.progress("sampling", done, 3)
    assert terminal.getvalue() == ""


def test_a_bar_a_stage_tells_the_time_left_and_goes_away(monkeypatch):
    terminal = watch(monkeypatch)
    monkeypatch.setattr(show, "PATIENCE_S", 0)
    with show.working(quiet=False) as work:
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
    with suppress(InputError), show.working(quiet=False) as work:
        work.progress("sampling", 1, 3)
        raise InputError("no such luck")
    assert "sampling" in terminal.getvalue()
    assert terminal.getvalue().split("\r")[-1].strip() == ""


def new_kernel():
    """Make a kernel that nobody has compiled yet."""

    def add_one(x):
        return x + 1

    return njit(add_one)


def test_who_waits_for_a_kernel_is_told(monkeypatch):
    terminal = watch(monkeypatch)
    monkeypatch.setattr(show, "PATIENCE_S", 0)
    with show.working(quiet=False) as work:
        new_kernel()(1)
        assert "compiling, the first time only: add_one" in terminal.getvalue()
        assert terminal.getvalue().split("\r")[-1].strip() == ""
        work.progress("painting", 1, 3)
        new_kernel()(1)
        assert terminal.getvalue().count("compiling") == 2
        assert terminal.getvalue().split("\r")[-1].startswith("painting  33% |")
    assert terminal.getvalue().split("\r")[-1].strip() == ""


def test_a_kernel_that_is_quick_to_compile_is_not_told(monkeypatch):
    terminal = watch(monkeypatch)
    with show.working(quiet=False):
        new_kernel()(1)
    assert terminal.getvalue() == ""


def test_the_summary_tells_what_compiling_took(monkeypatch, capsys):
    def done():
        for name, kernel in (("first", new_kernel()), ("second", lambda x: x)):
            kernel(1)
            yield Done(name, Path("out"), 1, [], [], 3.0)

    monkeypatch.setattr(show, "WORTH_TELLING_S", 0)
    show.show_done(done(), quiet=False, as_json=False)
    first, second = (line for line in capsys.readouterr().out.splitlines() if "written" in line)
    assert first.startswith("  written to out/ in 3.0 s (0.")
    assert first.endswith(" s of it compiling, the first time only); open out/preview.png")
    assert second == "  written to out/ in 3.0 s; open out/preview.png"
