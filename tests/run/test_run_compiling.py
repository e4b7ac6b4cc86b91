"""Noticing when kernels are compiled."""

import pytest
from numba import njit

from fallow.run.compiling import watch_compiling


def of(module):
    """Make two kernels, one inside the other, as if they stood in this module."""

    def inner(x):
        return x + 1

    inner.__module__ = module
    inner = njit(inner)

    def _outer(x):
        return inner(x) * 2

    _outer.__module__ = module
    return njit(_outer)


def test_each_kernel_is_told_once_with_those_inside_it():
    told = []
    kernel = of("fallow.made_up")
    with watch_compiling(told.append) as compiling:
        assert kernel(1) == 4
        assert kernel(2) == 6
    assert told == ["outer", ""]
    assert compiling.n_kernels == 2
    assert 0 < compiling.seconds < 10


def test_what_is_not_ours_takes_time_but_is_not_counted():
    with watch_compiling() as compiling:
        of("elsewhere")(1)
    assert compiling.n_kernels == 0
    assert compiling.seconds > 0


def test_nothing_is_told_after():
    told = []
    with watch_compiling(told.append):
        pass
    of("fallow.made_up")(1)
    assert told == []


def test_a_kernel_that_cannot_be_compiled_is_told_to_the_end():
    told = []

    def nonsense():
        return 1 + "a"

    with watch_compiling(told.append), pytest.raises(Exception, match="No implementation of function"):
        njit(nonsense)()
    assert told == ["nonsense", ""]
