"""The progress bar."""

import io
import sys

import pytest

from fallow.cli import show


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "80")
    return sys.stderr


def test_no_bar_is_drawn_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with show.working(None, quiet=False) as work:
        assert work.progress is None


@pytest.mark.usefixtures("terminal")
def test_no_bar_is_drawn_when_quiet():
    with show.working(2, quiet=True) as work:
        assert work.progress is None
        assert work.workers == 2


def test_no_bar_is_drawn_for_what_is_quick(terminal):
    with show.working(None, quiet=False) as work:
        for done in range(1, 4):
            work.progress("sampling", done, 3)
    assert terminal.getvalue() == ""


def test_a_bar_a_stage_tells_the_time_left_and_goes_away(terminal, monkeypatch):
    monkeypatch.setattr(show, "PATIENCE_S", 0)
    with show.working(None, quiet=False) as work:
        for stage in ("sampling", "painting"):
            for done in range(1, 4):
                work.progress(stage, done, 3)
    assert "sampling" in terminal.getvalue()
    assert "painting" in terminal.getvalue()
    assert "left" in terminal.getvalue()
    assert terminal.getvalue().split("\r")[-1].strip() == ""


def test_a_bar_goes_away_when_the_work_fails(terminal, monkeypatch):
    monkeypatch.setattr(show, "PATIENCE_S", 0)
    with pytest.raises(ZeroDivisionError, match="division"), show.working(None, quiet=False) as work:
        work.progress("sampling", 1, 3)
        1 / 0
    assert "sampling" in terminal.getvalue()
    assert terminal.getvalue().split("\r")[-1].strip() == ""
