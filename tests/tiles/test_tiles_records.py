"""What sweeps leave: plain data that comes back, and a file that survives whatever ends its process."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, boolean_dtypes, floating_dtypes, integer_dtypes
from hypothesis.extra.numpy import unsigned_integer_dtypes as unsigned_dtypes

from fallow.errors import WriteError
from fallow.tiles import records
from fallow.tiles.records import ALIGN, Records

WINDOW = (0, 512, 512, 700)
DTYPES = st.one_of(
    boolean_dtypes(), integer_dtypes(endianness="="), unsigned_dtypes(endianness="="), floating_dtypes(endianness="=")
)
ARRAYS = arrays(DTYPES, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
NUMBERS = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False))
KEYS = st.recursive(st.one_of(NUMBERS, st.text(), st.none()), lambda each: st.tuples(each, each), max_leaves=4)
PLAIN = st.recursive(
    st.one_of(st.none(), NUMBERS, st.text(), ARRAYS),
    lambda each: st.one_of(
        st.lists(each, max_size=4),
        st.lists(each, max_size=4).map(tuple),
        st.dictionaries(KEYS, each, max_size=4),
    ),
    max_leaves=10,
)
RECORDS = st.dictionaries(st.text(), PLAIN, max_size=4)


@pytest.fixture(params=["memory", "temporary file", "kept file"])
def make(request, monkeypatch, tmp_path):
    """Return ``make(**options)``: records in memory, in a temporary file, or in a file to be found again."""
    if request.param == "memory":
        return Records
    if request.param == "temporary file":
        monkeypatch.setattr(records, "MEMORY_BYTES", 0)
        return lambda **options: Records(1, **options)
    number = iter(range(1000))
    return lambda **options: Records(path=tmp_path / f"{next(number)}.records", **options)


def is_same(one, other):
    """Say whether two pieces of plain data are equal in kind, order, type and value."""
    if type(one) is not type(other):
        return False
    match one:
        case np.ndarray():
            return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        case dict():
            return is_same(list(one.items()), list(other.items()))
        case list() | tuple():
            return len(one) == len(other) and all(map(is_same, one, other))
    return one == other


def arrays_in(value):
    """Yield the arrays of plain data."""
    match value:
        case np.ndarray():
            yield value
        case dict():
            for each in value.values():
                yield from arrays_in(each)
        case list() | tuple():
            for each in value:
                yield from arrays_in(each)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(record=RECORDS)
def test_what_was_put_comes_back(make, record):
    with make() as kept:
        kept.put(WINDOW, record)
        found = kept.get(WINDOW)
        assert is_same(found, record)
        assert WINDOW in kept
        assert len(kept) == 1


@settings(deadline=None, max_examples=30)
@given(record=RECORDS)
def test_another_process_finds_what_was_put(tmp_path_factory, record):
    path = tmp_path_factory.mktemp("kept") / "sweep.records"
    with Records(path=path) as kept:
        kept.put(WINDOW, record)
    with Records(path=path) as found:
        assert is_same(found.get(WINDOW), record)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(several=st.lists(ARRAYS, min_size=1, max_size=4))
def test_arrays_are_writable_and_lie_where_their_type_may(make, several):
    with make() as kept:
        kept.put(WINDOW, {"several": several, "text": "of an odd length"})
        for array in arrays_in(kept.get(WINDOW)):
            assert array.flags.writeable
            assert array.flags.c_contiguous
            assert array.flags.aligned


def test_kernels_may_ask_for_sixteen_bytes(tmp_path):
    with Records(path=tmp_path / "sweep.records") as kept:
        kept.put(WINDOW, {str(n): np.zeros(n, np.uint8) for n in range(1, 40)})
        for array in arrays_in(kept.get(WINDOW)):
            assert array.ctypes.data % ALIGN == 0


def test_arrays_of_a_file_are_the_callers_own(tmp_path):
    with Records(path=tmp_path / "sweep.records") as kept:
        kept.put(WINDOW, {"labels": np.zeros((3, 4), np.int32)})
        kept.get(WINDOW)["labels"][:] = 7
        assert not kept.get(WINDOW)["labels"].any()


@pytest.mark.parametrize("order", ["F", "strided"])
def test_arrays_that_are_not_contiguous_come_back_whole(tmp_path, order):
    array = np.arange(60).reshape(6, 10)
    array = np.asfortranarray(array) if order == "F" else array[::2, ::3]
    with Records(path=tmp_path / "sweep.records") as kept:
        kept.put(WINDOW, {"labels": array})
        np.testing.assert_array_equal(kept.get(WINDOW)["labels"], array)


def test_numbers_of_numpy_become_numbers(tmp_path):
    with Records(path=tmp_path / "sweep.records") as kept:
        kept.put((np.int64(3), "a"), {"n": np.float32(0.5), "is_it": np.bool_(True)})
        assert is_same(kept.get((3, "a")), {"n": 0.5, "is_it": True})


def test_what_is_no_plain_data_is_refused(tmp_path):
    with Records(path=tmp_path / "sweep.records") as kept:
        with pytest.raises(TypeError, match="set is not plain data"):
            kept.put(WINDOW, {"found": {1, 2}})
        assert WINDOW not in kept


def test_a_record_put_again_replaces_the_first(make):
    with make() as kept:
        kept.put(WINDOW, {"n": 1})
        kept.put(WINDOW, {"n": 2})
        assert kept.get(WINDOW) == {"n": 2}
        assert len(kept) == 1


def test_only_what_later_sweeps_need_is_kept_unless_another_process_is_to_find_it(make):
    with make(fields=("classes",)) as kept:
        kept.put(WINDOW, {"classes": [1, 2], "sums": [3]})
        assert kept.get(WINDOW) == ({"classes": [1, 2], "sums": [3]} if kept.is_kept else {"classes": [1, 2]})


def test_large_records_leave_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    small, large = Records(records.MEMORY_BYTES), Records(records.MEMORY_BYTES + 1)
    for kept in (small, large):
        kept.put(WINDOW, {"n": 1})
    assert small._memory
    assert not large._memory
    large.close()
    small.close()
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------- files that end early
KEPT = [(row, row + 1, 0, 9) for row in range(4)]


def record_of(window):
    return {"labels": np.arange(window[0] + 3, dtype=np.int16), "text": "x" * window[0]}


@pytest.fixture
def whole(tmp_path):
    """A file of four records, and the bytes after each."""
    path, ends = tmp_path / "sweep.records", [0]
    with Records(path=path) as kept:
        for window in KEPT:
            kept.put(window, record_of(window))
            ends.append(path.stat().st_size)
    return path, ends


def assert_holds(kept, n):
    assert [window in kept for window in KEPT] == [number < n for number in range(len(KEPT))]
    assert len(kept) == n
    for window in KEPT[:n]:
        assert is_same(kept.get(window), record_of(window))


def test_a_file_cut_off_at_any_byte_gives_back_the_whole_records_and_goes_on(whole):
    path, ends = whole
    data = path.read_bytes()
    for cut in range(len(data) + 1):
        n_whole = sum(end <= cut for end in ends) - 1
        path.write_bytes(data[:cut])
        with Records(path=path) as kept:
            assert_holds(kept, n_whole)
            for window in KEPT[n_whole:]:
                kept.put(window, record_of(window))
            assert_holds(kept, len(KEPT))
        assert path.read_bytes() == data


def test_a_flipped_byte_ends_the_records_there(whole):
    path, ends = whole
    data = path.read_bytes()
    for at in range(len(data)):
        n_whole = sum(end <= at for end in ends) - 1
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        with Records(path=path) as kept:
            assert_holds(kept, n_whole)
        assert path.stat().st_size == ends[n_whole]


@pytest.mark.parametrize("junk", [b"FREC", b"no records at all", bytes(1000), b"\xff" * 64])
def test_junk_after_the_records_is_cut_off(whole, junk):
    path, ends = whole
    with path.open("ab") as file:
        file.write(junk)
    with Records(path=path) as kept:
        assert_holds(kept, len(KEPT))
    assert path.stat().st_size == ends[-1]


def test_threads_may_put_and_get_at_once(make):
    windows = [(row, row + 1, 0, 100) for row in range(200)]

    def put(window):
        kept.put(window, {"labels": np.full(1000, window[0], np.int32)})
        return int(kept.get(window)["labels"].sum())

    with make() as kept:
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(put, windows)) == [1000 * window[0] for window in windows]
        assert len(kept) == len(windows)
        assert all((kept.get(window)["labels"] == window[0]).all() for window in windows)


# ---------------------------------------------------------------------- a full disk
FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from fallow.errors import WriteError
from fallow.tiles.records import Records

resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))  # what is written beyond fails, as on a full disk
path = Path(sys.argv[1]) if len(sys.argv) > 1 else None
kept = Records(1 << 40, path=path)
kept.put((1,), {"labels": np.zeros(5_000, np.uint8)})
try:
    kept.put((2,), {"labels": np.zeros(9_000, np.uint8)})
except WriteError as error:
    print(error)
assert (1,) in kept and (2,) not in kept
kept.put((3,), {"labels": np.zeros(500, np.uint8)})  # there is room for a small one
assert kept.get((1,))["labels"].size == 5_000 and kept.get((3,))["labels"].size == 500
"""


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_full_disk_is_a_write_error_and_spares_what_is_there(tmp_path, is_kept):
    pytest.importorskip("resource", reason="limits of POSIX")
    path = tmp_path / "sweep.records"
    where = [str(path)] if is_kept else []
    told = subprocess.run([sys.executable, "-c", FULL, *where], capture_output=True, text=True, check=True)
    assert told.stdout.startswith(f"cannot write {path if is_kept else ''}")
    assert told.stdout.rstrip().endswith(": File too large")
    if is_kept:
        with Records(path=path) as kept:
            assert [key in kept for key in [(1,), (2,), (3,)]] == [True, False, True]


def test_a_place_that_takes_no_file_is_a_write_error(tmp_path):
    with pytest.raises(WriteError, match=r"cannot write .*gone/sweep\.records: No such file or directory"):
        Records(path=tmp_path / "gone" / "sweep.records")
