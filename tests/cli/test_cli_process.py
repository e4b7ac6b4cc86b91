"""The command line as a process: signals, a full disk, a reader that leaves."""

import os
import signal
import subprocess
import sys
import time

import pytest

from fallow.saving import MARKER
from system_scenes import contents, patches, write_raster

resource = pytest.importorskip("resource", reason="signals and limits of POSIX")

FALLOW = [sys.executable, "-m", "fallow"]
SLOW = ("-f", "color,texture,gradient", "-k", "4", "--sample", "3000")


@pytest.fixture
def large(tmp_path):
    """An image that takes seconds to segment."""
    return write_raster(tmp_path / "large.tif", patches(1800, 2100, bands=4, dtype="uint16", cell=300))


@pytest.fixture(autouse=True)
def _interrupts_are_heard():
    """Let commands hear Ctrl-C as in a terminal, even where the tests themselves were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(folder, *args, **options):
    return subprocess.Popen([*FALLOW, *map(str, args)], cwd=folder, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)  # fmt: skip


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.0, 1.5])
def test_who_is_interrupted_leaves_nothing(tmp_path, large, sent, seconds):
    (tmp_path / "temporary").mkdir()
    process = start(tmp_path, "segment", large, "-o", "deep/out", *SLOW, env=os.environ | {"TMPDIR": "temporary"})
    while not list(tmp_path.glob("deep/out/.*")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    time.sleep(seconds)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "fallow: interrupted; nothing half-made is left"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["large.tif", "temporary"]


def test_a_full_disk_is_a_failure_that_leaves_nothing(tmp_path, field):
    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))  # what is written beyond fails, as on a full disk

    before = contents(tmp_path)
    process = start(tmp_path, "segment", field, "-k", "3", "-o", "out", preexec_fn=small_files)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.splitlines()[-1].startswith("fallow: cannot write out")
    assert "Traceback" not in err
    assert contents(tmp_path) == before
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_is_one_line_even_for_the_libraries_below(tmp_path, large):
    data = large.read_bytes()
    (tmp_path / "half.tif").write_bytes(data[: len(data) // 2])
    process = start(tmp_path, "segment", "half.tif", "-o", "out", "-f", "spectral")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("fallow: cannot read rows ")
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_reader_that_leaves_is_no_traceback(tmp_path, photo):
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [*FALLOW, "segment", photo, "-k", "2", "-o", "out"], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert process.returncode == 1
    assert b"Traceback" not in process.stderr
    assert (tmp_path / "out" / MARKER).is_file()


def test_no_bar_is_drawn_into_a_file(tmp_path, large):
    process = start(tmp_path, "segment", large, "-k", "2", "-f", "gradient", "-o", "out")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert "\r" not in out
