"""Files that are damaged, disks that are full, networks that fail: told in one line, never a silent hole."""

import os
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
import rasterio

import fallow
from fallow import Work, jobs
from fallow.config import Job
from fallow.errors import FileError
from fallow.staging import RUN
from system_scenes import contents, holes, layers, patches, write_raster

ROWS, COLS, STORED = 1100, 1300, 128  # nine blocks, each of sixteen stored tiles
BLOCK = (512, 1024, 512, 1024)
TILES = [(256, 256), (512, 512), (1000, 700), (ROWS, COLS)]
UNITS = {
    "pixel": {"unit": "pixel", "features": "color,gradient", "majority": 2, "min_area": 40},
    "region": {"unit": "region", "features": "color", "effort": "fast"},
}


def scene():
    image = patches(ROWS, COLS, cell=90, noise=12)
    image[holes(ROWS, COLS)] = 0
    return image


def damage(path, row, col):
    """Overwrite the stored tile that holds a pixel."""
    with rasterio.open(path) as dataset:
        names = (f"{what}_{col // STORED}_{row // STORED}" for what in ("BLOCK_OFFSET", "BLOCK_SIZE"))
        offset, size = (int(dataset.get_tag_item(name, "TIFF", bidx=1)) for name in names)
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * size)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scene")


@pytest.fixture(scope="module")
def healthy(folder):
    profile = {"tiled": True, "blockxsize": STORED, "blockysize": STORED, "compress": "deflate"}
    return write_raster(folder / "healthy.tif", scene(), nodata=0, **profile)


@pytest.fixture(scope="module")
def damaged(folder, healthy):
    """A raster with one damaged stored tile in the middle of a block."""
    path = folder / "damaged.tif"
    path.write_bytes(healthy.read_bytes())
    damage(path, 700, 700)
    return path


def segment(image, unit, **work):
    faults = []
    result = fallow.segment(image, work=Work(faults=faults, **work), classes=4, sample=20_000, **UNITS[unit])
    return result, faults


# ---------------------------------------------------------------------- a damaged file
@pytest.mark.parametrize("tile", TILES)
def test_a_damaged_tile_is_an_error_that_names_file_and_pixels(damaged, tile):
    match = (
        r"cannot read rows \d+:\d+, columns \d+:\d+ of .*damaged\.tif: [^\n]*; --on-error nodata goes on without it$"
    )
    with pytest.raises(FileError, match=match):
        segment(damaged, "pixel", tile=tile, workers=2)


@pytest.mark.parametrize("place", [(560, 1000), (700, 700)], ids=["corner", "middle"])
@pytest.mark.parametrize("unit", UNITS)
def test_a_damaged_tile_may_become_no_data_whatever_the_tiles(tmp_path, healthy, unit, place):
    damaged, expected = tmp_path / "damaged.tif", None
    damaged.write_bytes(healthy.read_bytes())
    damage(damaged, *place)
    for tile in TILES:
        found, faults = segment(damaged, unit, tile=tile, workers=2, on_error="nodata")
        [fault] = faults
        assert (fault.image, fault.window) == ("damaged", BLOCK)
        assert fault.reason.startswith("cannot read rows 512:1024, columns 512:1024 of ")
        row0, row1, col0, col1 = BLOCK
        for name in ("classes", "regions", "confidence"):
            assert not getattr(found, name)[row0:row1, col0:col1].any()
        expected = expected or found
        assert layers(found) == layers(expected)
        assert (found.table, found.recipe) == (expected.table, expected.recipe)


@pytest.mark.parametrize("unit", UNITS)
def test_what_is_not_damaged_is_all_there(damaged, healthy, unit):
    model = fallow.fit(healthy, work=Work(workers=2), classes=4, sample=20_000, **UNITS[unit])
    faults = []
    found = model.predict(damaged, work=Work(workers=2, on_error="nodata", faults=faults))
    whole = model.predict(healthy, work=Work(workers=2, on_error="nodata", faults=faults))
    assert len(faults) == 1
    outside = np.ones((ROWS, COLS), bool)
    outside[BLOCK[0] : BLOCK[1], BLOCK[2] : BLOCK[3]] = False
    assert found.shape == whole.shape
    np.testing.assert_array_equal((found.classes > 0)[outside], (whole.classes > 0)[outside])
    assert (found.classes == whole.classes)[outside].mean() > 0.98  # regions at the block's edge see less


def test_what_became_no_data_is_told_once(tmp_path, damaged):
    job = Job.from_options([str(damaged)], str(tmp_path / "out"), classes=4, sample=20_000, **UNITS["region"])
    [done] = jobs.segment_files(job, Work(on_error="nodata", workers=2))
    assert [fault.window for fault in done.faults] == [BLOCK]
    [note] = [note for note in done.notes if note.startswith("no data where ")]
    assert note.startswith("no data where damaged could not be read: cannot read rows 512:1024, columns 512:1024 of ")


def test_the_command_line_tells_what_became_no_data(damaged, fallow_cli):
    code, out, err = fallow_cli("segment", damaged, "-k", "4", "--unit", "pixel", "-f", "color", "-o", "out")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("fallow: cannot read rows ")
    code, out, err = fallow_cli(
        "segment", damaged, "-k", "4", "--unit", "pixel", "-f", "color", "-o", "out", "--on-error", "nodata"
    )
    assert code == 3  # done, but not with all
    assert err.startswith(
        "fallow: done, but 1 part(s) could not be read and are no data: damaged: cannot read rows 512:1024"
    )
    assert out.count("no data where damaged could not be read: cannot read rows 512:1024, columns 512:1024") == 1


def test_a_comparison_tells_what_became_no_data(damaged, fallow_cli):
    lists = ("-f", "color", "-m", "kmeans", "-k", "2", "--unit", "pixel")
    code, out, err = fallow_cli("compare", damaged, *lists)
    assert (code, out, err.count("\n")) == (2, "", 1)
    code, out, err = fallow_cli("compare", damaged, *lists, "--on-error", "nodata")
    assert code == 3
    assert out.startswith("damaged: 1 combination, best first\n")
    assert err.startswith("fallow: done, but 1 part(s) could not be read and are no data: damaged: cannot read rows")


def test_an_image_that_cannot_be_opened_may_be_left_out(tmp_path, healthy):
    (tmp_path / "broken.tif").write_bytes(healthy.read_bytes()[:200])
    images = [str(healthy), str(tmp_path / "broken.tif")]
    job = Job.from_options(images, str(tmp_path / "out"), classes=3, unit="pixel", features="color")
    with pytest.raises(FileError, match=r"cannot open .*broken\.tif"):
        list(jobs.segment_files(job, Work(workers=1)))
    done = list(jobs.segment_files(job, Work(workers=1, on_error="nodata")))
    assert [len(each.faults) for each in done] == [0, 1]
    assert done[1].notes[0].startswith("left out: cannot open ")
    assert "left out: cannot open " in (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["healthy", "summary.csv"]


# ---------------------------------------------------------------------- nowhere to write
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_refused_before_the_work(tmp_path, healthy, fallow_cli):
    (tmp_path / "out").mkdir(mode=0o500)
    code, _, err = fallow_cli("segment", healthy, "-o", "out")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("fallow: cannot write to out: permission denied")


def test_a_full_disk_ends_a_large_run_that_goes_on_when_there_is_room(tmp_path, folder, fallow_cli):
    resource = pytest.importorskip("resource", reason="limits of POSIX")

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))  # what is written beyond fails

    large = write_raster(folder / "large.tif", patches(2100, 2100, bands=1, cell=90, noise=12), tiled=True)
    args = ["segment", str(large), "-k", "3", "--unit", "pixel", "-f", "spectral", "--quiet", "--tile", "512"]
    process = subprocess.run(
        [sys.executable, "-m", "fallow", *args, "-o", tmp_path / "out"],
        capture_output=True, text=True, preexec_fn=small_files,
    )  # fmt: skip
    assert (process.returncode, process.stdout, process.stderr.count("\n")) == (1, "", 1)
    assert process.stderr.startswith(f"fallow: cannot write {tmp_path / 'out' / RUN}")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [RUN]
    for out in ("out", "other"):
        assert fallow_cli(*args, "-o", tmp_path / out)[0] == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "other")


# ---------------------------------------------------------------------- a network that fails
SERVER = """
import http.server, re, sys, threading
from pathlib import Path

path, how, first, n_times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
data, asked = path.read_bytes(), []

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def say(self, code, length, **headers):
        self.send_response(code)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def do_GET(self):
        if not self.path.endswith(path.name):
            return self.say(404, 0)
        begin, end = map(int, re.match(r"bytes=(\\d+)-(\\d+)", self.headers.get("Range", "bytes=0-99999999")).groups())
        part = data[begin : end + 1]
        asked.append(begin)
        fails = first <= len(asked) <= first + n_times - 1
        if fails and how == "busy":
            return self.say(503, 0)
        told = f"bytes {begin}-{begin + len(part) - 1}/{len(data)}"
        self.say(206 if "Range" in self.headers else 200, len(part), Accept_Ranges="bytes", Content_Range=told)
        if self.command == "GET":
            self.wfile.write(part[: len(part) // 2] if fails else part)
            self.close_connection |= fails

    do_HEAD = do_GET

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Wait less for a server than one does in earnest."""
    monkeypatch.setattr("fallow.raster.raster.PAUSES_S", (0.02, 0.05))


@contextmanager
def served(path, how="", first=0, n_times=0):
    """Serve a file from another process; from the `first` request on, `n_times` fail: the line drops, or it is busy."""
    said = [sys.executable, "-c", SERVER, path, how, str(first), str(n_times)]
    with subprocess.Popen(said, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f"/vsicurl/http://127.0.0.1:{int(server.stdout.readline())}/{path.name}"
        finally:
            server.stdin.close()


@pytest.fixture
def remote(folder, monkeypatch):
    """A file of several requests."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    path = folder / "remote.tif"
    return path if path.exists() else write_raster(path, scene(), tiled=True, blockxsize=256, blockysize=256)


def segment_remote(where, **work):
    work = Work(workers=1, tile=(512, 512), **work)
    return fallow.segment(where, work=work, classes=4, unit="pixel", features="color", sample=20_000)


def test_a_file_on_the_network_is_read_as_one_on_disk(remote):
    with served(remote) as where:
        assert layers(segment_remote(where)) == layers(segment_remote(remote))


@pytest.mark.parametrize(("how", "first"), [("drop", 6), ("busy", 1), ("busy", 2), ("busy", 6)])
@pytest.mark.parametrize("n_times", [1, 2])
def test_a_network_that_fails_once_or_twice_changes_nothing(remote, how, first, n_times):
    with served(remote, how, first, n_times) as where:
        assert layers(segment_remote(where)) == layers(segment_remote(remote))


def test_a_network_that_is_gone_is_one_line_that_names_the_file(remote):
    with served(remote, "drop", 6, 10**6) as where:
        match = rf"^cannot read rows \d+:\d+, columns \d+:\d+ of {where}: [^\n]*$"
        with pytest.raises(FileError, match=match):
            segment_remote(where)


def test_what_the_network_did_not_give_is_told(remote):
    faults = []
    with served(remote, "drop", 12, 10**6) as where:
        found = segment_remote(where, on_error="nodata", faults=faults)
    assert faults
    is_lost = np.zeros((ROWS, COLS), bool)
    for fault in faults:
        assert fault.reason.startswith(f"cannot read rows {fault.window[0]}:{fault.window[1]}, columns ")
        is_lost[slice(*fault.window[:2]), slice(*fault.window[2:])] = True
    np.testing.assert_array_equal(found.classes == 0, is_lost)
