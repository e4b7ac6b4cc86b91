"""How much memory there is."""

import numpy as np
import pytest

from fallow import run
from fallow.errors import InputError
from fallow.run import available_memory, memory, parse_bytes


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, 5 * 2**20), ("max", 5 * 2**20), ("4194304", 4 * 2**20), ("9999999999", 5 * 2**20)]
)
def test_a_container_may_take_no_more_than_its_limit(tmp_path, monkeypatch, limit, expected):
    (tmp_path / "meminfo").write_text("MemTotal:  9000 kB\nMemAvailable:  5120 kB\n")
    if limit:
        (tmp_path / "limit").write_text(f"{limit}\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "LIMIT", tmp_path / "limit")
    assert available_memory() == expected


def test_without_proc_the_machine_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "no such file")
    assert available_memory() is None or available_memory() > 2**20


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (1000, 1000),
        ("1000", 1000),
        ("3b", 3),
        ("2GB", 2 * 10**9),
        ("2g", 2 * 10**9),
        (" 1.5 gb ", 1_500_000_000),
        ("512 MiB", 512 * 2**20),
        ("7k", 7000),
        ("7KiB", 7 * 2**10),
        ("1tb", 10**12),
        ("2gi", 2 * 2**30),
    ],
)
def test_amounts_of_memory_are_read(said, expected):
    assert parse_bytes(said) == expected


@pytest.mark.parametrize("said", ["much", "", "-2GB", "0", 0, -5, "2 gigs", "1.2.3MB", "GB", None, "inf", "nan"])
def test_what_is_no_amount_of_memory_is_refused(said):
    with pytest.raises(InputError, match='memory must be an amount such as "2GB" or "512MB", got'):
        parse_bytes(said)


def test_the_c_library_is_asked_and_everything_goes_on():
    run.keep_freed_memory()
    arrays = [np.ones(50_000) for _ in range(50)]
    del arrays[::2]
    run.give_back_memory()
    assert sum(array.sum() for array in arrays) == 25 * 50_000
