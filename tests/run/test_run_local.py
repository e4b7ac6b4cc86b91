import itertools
import threading
import time
import weakref

import numpy as np
import pytest

from fallow import run


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_results_come_in_the_order_of_the_items(workers):
    def late(number):
        time.sleep(0.02 * (number % 3 == 0))
        return number**2

    assert list(run.map(late, range(20), workers=workers)) == [(n, n**2) for n in range(20)]


def test_nothing_to_do_is_nothing_done():
    assert list(run.map(abs, [], workers=3)) == []
    assert run.available_cpus() >= 1


def test_work_is_shared_between_threads():
    meeting = threading.Barrier(3, timeout=20)  # opens only when three are at it at once
    assert len(list(run.map(lambda _: meeting.wait(), range(6), workers=3))) == 6


def test_one_worker_stays_in_the_calling_thread():
    assert {thread for _, thread in run.map(lambda _: threading.get_ident(), range(5), workers=1)} == {
        threading.get_ident()
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_error_ends_the_run(workers):
    begun = []

    def fail(number):
        begun.append(number)
        if number == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        list(run.map(fail, range(1000), workers=workers))
    assert len(begun) < 20


@pytest.mark.parametrize("workers", [1, 2])
def test_who_stops_asking_stops_the_work(workers):
    begun = []
    for item, _ in run.map(begun.append, itertools.count(), workers=workers):
        if item == 5:
            break
    assert len(begun) <= 6 + 2 * workers
    assert threading.active_count() <= 2 or not any("fallow" in t.name for t in threading.enumerate())


def test_memory_does_not_grow_with_the_number_of_items():
    alive = weakref.WeakSet()

    class Result:
        def __init__(self, item):
            self.item = item
            alive.add(self)

    most = 0
    for _, result in run.map(Result, range(300), workers=3):
        most = max(most, len(alive))
        del result
    assert most <= 2 * 3 + 1


@pytest.mark.parametrize("workers", [1, 2])
def test_libraries_below_keep_to_one_thread_each_and_get_theirs_back(workers):
    cv2 = pytest.importorskip("cv2")
    from threadpoolctl import threadpool_info

    def counts(*_):
        blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        return [cv2.getNumThreads(), *blas]

    np.ones((4, 4)) @ np.ones((4, 4))  # BLAS starts its threads
    before = counts()
    inside = {threads for _, each in run.map(counts, range(3), workers=workers) for threads in each}
    assert inside <= {0, 1}
    assert counts() == before


def test_runs_that_overlap_give_the_threads_back_too():
    cv2 = pytest.importorskip("cv2")
    before = cv2.getNumThreads()
    one, other = (run.map(abs, range(5), workers=1) for _ in range(2))
    next(one)
    next(other)
    assert cv2.getNumThreads() == 1
    one.close()
    assert cv2.getNumThreads() == 1
    other.close()
    assert cv2.getNumThreads() == before
