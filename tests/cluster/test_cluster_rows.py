import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fallow.cluster.rows import check_rows, class_means, distinct_rows, draw_rows

SMALL = arrays(
    np.float32, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=st.sampled_from([0.0, -0.0, 1, 2])
)


@given(rows=SMALL, limit=st.integers(1, 12))
def test_distinct_rows_are_those_numpy_finds(rows, limit):
    found = distinct_rows(rows, limit)
    every = np.unique(rows, axis=0)
    assert len(found) == min(limit, len(every))
    assert len(np.unique(found, axis=0)) == len(found)


def test_a_draw_has_no_row_twice_and_keeps_the_order():
    rows = np.arange(1000, dtype=np.float32)[:, None]
    drawn = draw_rows(rows, 300, 2, np.random.default_rng(0))
    assert len(drawn) == 300
    assert (np.diff(drawn[:, 0]) > 0).all()


def test_a_draw_that_misses_what_is_rare_gets_it_added():
    rows = np.zeros((5000, 1), np.float32)
    rows[4999] = 1
    drawn = draw_rows(rows, 10, 2, np.random.default_rng(0))
    assert np.array_equal(np.unique(drawn), [0, 1])


def test_rows_of_any_number_type_and_layout_are_taken():
    rows = np.asfortranarray(np.arange(12, dtype=np.uint16).reshape(6, 2))
    checked = check_rows(rows, 2)
    assert checked.dtype == np.float32
    assert checked.flags.c_contiguous


def test_class_means_equal_numpy():
    random = np.random.default_rng(0)
    rows, labels = random.normal(size=(100, 3)).astype(np.float32), random.permutation(np.arange(100) % 4 + 1)
    expected = [rows[labels == label].mean(axis=0, dtype=np.float64) for label in range(1, 5)]
    assert class_means(rows, labels, 4) == pytest.approx(np.array(expected))
