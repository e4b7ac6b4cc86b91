"""One contract for all runners: the same results in the same order, the same errors, and workers that may die."""

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fallow.errors import FileError, InputError, MissingExtraError, RunError, WriteError
from fallow.run import RUNNERS, Runner, make_runner
from fallow.run.processes import Processes

WORKERS = 2
KINDS = ["serial", "threads", "processes", "dask"]
ELSEWHERE = ["processes", "dask"]


@pytest.fixture(scope="module")
def scheduler():
    """The address of a cluster of two worker processes."""
    distributed = pytest.importorskip("distributed")
    import dask

    from fallow.run.cluster import NO_DASHBOARD

    # A task may take one worker with it and no more, so that the one that kills them all is soon known.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(n_workers=WORKERS, threads_per_worker=1, **NO_DASHBOARD) as cluster,
    ):
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def processes():
    """Processes start slowly: one pool for all tests."""
    with make_runner("processes", workers=WORKERS) as runner:
        yield runner


@pytest.fixture
def make(request):
    """Return ``make(kind)``: the runner of that name, at once."""

    def runner(kind: str) -> Runner:
        if kind == "dask":
            made = make_runner("dask", scheduler=request.getfixturevalue("scheduler"))
            request.addfinalizer(made.close)
            return made
        return request.getfixturevalue("processes") if kind == "processes" else make_runner(kind, workers=WORKERS)

    return runner


def late(number):
    time.sleep(0.02 * (number % 3 == 0))
    return number**2


@pytest.mark.parametrize("kind", KINDS)
def test_results_come_in_the_order_of_the_items(make, kind):
    assert list(make(kind).map(late, range(12))) == [(n, n**2) for n in range(12)]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_do_is_nothing_done(make, kind):
    assert list(make(kind).map(late, [])) == []


@dataclass(frozen=True)
class Scale:
    """A function that carries an array with it."""

    weights: np.ndarray

    def __call__(self, item):
        window, values = item
        return {"window": window, "values": self.weights * values}


@pytest.mark.parametrize("kind", KINDS)
def test_functions_and_items_may_hold_arrays(make, kind):
    weights = np.random.default_rng(0).random(30_000)
    items = [((n, n + 1), np.float32(n)) for n in range(5)]
    for (window, values), found in make(kind).map(Scale(weights), items):
        assert found["window"] == window
        np.testing.assert_array_equal(found["values"], weights * values)


@dataclass(frozen=True)
class Fail:
    """Raise an error at item 3."""

    error: Exception

    def __call__(self, item):
        if item == 3:
            raise self.error
        return item


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "error",
    [
        ValueError("no such luck"),
        OSError(28, "No space left on device"),
        KeyError("key"),
        InputError("classes must be at least 2, got 1"),
        FileError("cannot read rows 0:512 of x.tif"),
        WriteError("cannot write out: File too large"),
        RunError("tiles must cover the raster"),
        MissingExtraError("zarr is not installed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_first_error_ends_the_run_and_comes_through_as_it_is(make, kind, error):
    found = make(kind).map(Fail(error), itertools.count())
    assert [next(found)[0] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(type(error), match=re.escape(str(error)) + "$") as caught:
        next(found)
    assert type(caught.value) is type(error)


class Counting:
    """Endless items, and how many were asked for."""

    def __init__(self):
        self.asked = 0

    def __iter__(self):
        for number in itertools.count():
            self.asked += 1
            yield number


@pytest.mark.parametrize("kind", KINDS)
def test_two_items_a_worker_are_under_way(make, kind):
    items = Counting()
    found = make(kind).map(late, items)
    most = 1 if kind == "serial" else 2 * WORKERS
    for n_taken in range(1, 8):
        next(found)
        assert items.asked - (n_taken - 1) == most
    found.close()


@pytest.mark.parametrize("kind", KINDS)
def test_who_stops_asking_stops_the_work(make, kind):
    items, runner = Counting(), make(kind)
    for item, _ in runner.map(late, items):
        if item == 5:
            break
    asked = items.asked
    assert asked <= 6 + 2 * WORKERS
    assert list(runner.map(late, range(3))) == [(0, 0), (1, 1), (2, 4)]
    assert items.asked == asked


@pytest.mark.parametrize("kind", KINDS)
def test_two_maps_of_one_runner_do_not_mix(make, kind):
    runner = make(kind)
    one, other = runner.map(late, range(4)), runner.map(abs, range(-4, 0))
    assert list(zip(one, other, strict=True)) == [((n, n**2), (n - 4, 4 - n)) for n in range(4)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_runner_that_was_closed_maps_again(make, kind):
    runner = make(kind)
    for _ in range(2):
        assert list(runner.map(late, range(3))) == [(0, 0), (1, 1), (2, 4)]
        runner.close()
        runner.close()


def where(_):
    return os.getpid()


@pytest.mark.parametrize("kind", KINDS)
def test_work_leaves_the_process_if_the_runner_says_so(make, kind):
    runner = make(kind)
    pids = {pid for _, pid in runner.map(where, range(6))}
    assert runner.travels == (os.getpid() not in pids)


def blas_threads(_):
    from threadpoolctl import threadpool_info

    np.ones((4, 4)) @ np.ones((4, 4))
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.mark.parametrize("kind", KINDS)
def test_libraries_below_keep_to_one_thread_each(make, kind):
    assert {n for _, each in make(kind).map(blas_threads, range(3)) for n in each} <= {1}


def test_functions_are_not_left_on_the_disk(monkeypatch, tmp_path, processes):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = processes.map(late, range(10))
    next(found)
    assert len(list(tmp_path.iterdir())) == 1
    found.close()
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------- workers that die
@dataclass(frozen=True)
class Die:
    """Kill the own process at item 3, once, or each time."""

    marker: Path
    always: bool = False

    def __call__(self, item):
        if item == 3 and (self.always or not self.marker.exists()):
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item**2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of POSIX")
@pytest.mark.parametrize("kind", ELSEWHERE)
def test_a_worker_that_is_killed_is_replaced_and_nothing_is_missing(make, kind, tmp_path):
    marker = tmp_path / "died"
    assert list(make(kind).map(Die(marker), range(12))) == [(n, n**2) for n in range(12)]
    assert marker.exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of POSIX")
@pytest.mark.parametrize(
    ("kind", "told"), [("processes", r"worker processes die at \d"), ("dask", r"Dask workers die at \d")]
)
def test_an_item_that_kills_every_worker_ends_the_run(make, kind, told, tmp_path):
    runner = make(kind)
    with pytest.raises(RunError, match=told):
        list(runner.map(Die(tmp_path / "died", always=True), range(12)))
    assert list(runner.map(late, range(3))) == [(0, 0), (1, 1), (2, 4)]


KILLED = """
import os, signal
from fallow.run import make_runner

if __name__ == "__main__":
    runner = make_runner("processes", workers=1)
    for _, pid in runner.map(eval, ["__import__('os').getpid()"]):
        print(pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for a process")
def test_processes_end_with_the_one_that_asked_for_them(tmp_path):
    (tmp_path / "killed.py").write_text(KILLED)
    process = subprocess.run([sys.executable, tmp_path / "killed.py"], stdout=subprocess.PIPE, text=True, timeout=30)
    assert process.returncode == -signal.SIGKILL
    worker = Path(f"/proc/{int(process.stdout)}/stat")
    end = time.monotonic() + 10
    while worker.exists() and worker.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < end
        time.sleep(0.02)


# ---------------------------------------------------------------------- how many
def test_memory_may_ask_for_fewer_workers():
    runner = make_runner("threads", workers=5)
    runner.limit(7)
    assert runner.workers == 5
    runner.limit(3)
    assert runner.workers == 3
    items = Counting()
    found = runner.map(late, items)
    next(found)
    assert items.asked == 6
    found.close()


def test_fewer_processes_are_fewer_processes(tmp_path):
    with Processes(2) as runner:
        runner.limit(1)
        assert len({pid for _, pid in runner.map(where, range(6))}) == 1


def test_serial_is_one_worker_in_the_calling_thread():
    runner = make_runner("serial", workers=7)
    assert runner.workers == 1
    assert {thread for _, thread in runner.map(lambda _: threading.get_ident(), range(3))} == {threading.get_ident()}


# ---------------------------------------------------------------------- what is refused
def test_an_unknown_runner_is_refused():
    with pytest.raises(
        InputError,
        match="runner must be one of threads, serial, processes, dask, got 'proceses'; did you mean \"processes\"",
    ):
        make_runner("proceses")


@pytest.mark.parametrize("name", [name for name in RUNNERS if name != "dask"])
def test_a_scheduler_without_dask_is_refused(name):
    with pytest.raises(InputError, match=f"scheduler is an address for runner \"dask\", got 'tcp://x' .* '{name}'"):
        make_runner(name, scheduler="tcp://x")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_are_refused(name, workers):
    with pytest.raises(InputError, match=f"workers must be at least 1, got {workers}"):
        make_runner(name, workers=workers)


def test_dask_that_is_not_installed_is_asked_for(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtraError, match="dask"):
        make_runner("dask")


def test_dask_on_this_machine_leaves_its_usual_port_alone():
    pytest.importorskip("distributed")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody has it already
            other.bind(("", 8787))
            other.listen()
        with make_runner("dask", workers=1) as runner:
            assert list(runner.map(late, range(3))) == [(0, 0), (1, 1), (2, 4)]


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("fallow.run.cluster.CONNECT_S", 0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(RunError, match=f"cannot reach the Dask scheduler at {address}"):
        list(make_runner("dask", scheduler=address).map(late, range(3)))


def test_an_address_that_is_none_is_named():
    pytest.importorskip("distributed")
    with pytest.raises(RunError, match="cannot reach the Dask scheduler at nonsense://nowhere"):
        list(make_runner("dask", scheduler="nonsense://nowhere").map(late, range(3)))
