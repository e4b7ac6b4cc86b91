"""How much memory there is."""

import pytest

from fallow.run import available_memory, memory


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
