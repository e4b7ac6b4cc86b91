import os
import threading

import pytest

from fallow.cluster.chunks import CHUNK_ROWS, chunks, in_threads


@pytest.mark.parametrize("n_rows", [0, 1, CHUNK_ROWS, CHUNK_ROWS + 1, 3 * CHUNK_ROWS - 1])
def test_chunks_cover_the_rows_once_and_in_order(n_rows):
    covered = [row for chunk in chunks(n_rows) for row in range(n_rows)[chunk]]
    assert covered == list(range(n_rows))


@pytest.mark.parametrize("n_cores", [1, 2, None])
def test_results_come_in_the_order_of_the_items(n_cores, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: n_cores)
    assert in_threads(lambda item: item * item, range(9)) == [item * item for item in range(9)]


def test_one_item_stays_in_the_calling_thread():
    assert in_threads(lambda _: threading.current_thread(), [0]) == [threading.current_thread()]


def test_an_error_in_a_thread_reaches_the_caller():
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        in_threads(lambda item: 1 / item, [1, 0])
