"""A run that is killed goes on where it stopped, and ends with the same bytes."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from fallow import collection, jobs
from fallow.collection import JOURNAL_PIXELS
from fallow.config import Job
from fallow.errors import InputError
from fallow.saving import MARKER
from fallow.staging import RUN
from fallow.tiles import Work, engine
from system_scenes import contents, holes, patches, write_photo, write_raster

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of POSIX")

SIDE, N_TILES = 2100, 25  # of 512 x 512
UNITS = {
    "pixel": {"unit": "pixel", "features": "gradient", "classes": 4, "sample": 20_000},
    "region": {"unit": "region", "features": "color", "classes": 4, "sample": 20_000, "effort": "fast"},
}
KILLS = {
    "pixel": [("classifying", 10), ("saving", 3)],
    "region": [("finding superpixels", 10), ("classifying", 3), ("painting", 10), ("saving", 3)],
}

# The command line, but its process kills itself when a stage has come so far, or when it moves its third file in place.
KILLED = """
import os, signal, sys
from fallow import cli, result
from fallow.tiles import Work

stage, count = sys.argv[1], int(sys.argv[2])

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

if stage == "saving":
    moved, replace = [], os.replace
    def counting(source, target):
        moved.append(target)
        if "saving" in str(source) and sum("saving" not in str(each) for each in moved) > count:
            kill()
        replace(source, target)
    os.replace = counting
else:
    Work.on_step = lambda self, name: lambda done, total: kill() if (name, done) == (stage, count) else None
sys.exit(cli.run(sys.argv[3:]))
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A raster large enough for a journal."""
    assert SIDE * SIDE > JOURNAL_PIXELS
    image = patches(SIDE, SIDE, cell=90, noise=12)
    image[holes(SIDE, SIDE)] = 0
    return write_raster(tmp_path_factory.mktemp("scene") / "large.tif", image, nodata=0, tiled=True)


def segment(image, output, options, *, overwrite=False, **work):
    job = Job.from_options([str(image)], str(output), overwrite=overwrite, **options)
    return list(jobs.segment_files(job, Work(**({"tile": (512, 512), "workers": 2} | work))))


@pytest.fixture(scope="module", params=UNITS)
def unit(request):
    return request.param


@pytest.fixture(scope="module")
def undisturbed(unit, large, tmp_path_factory):
    """The files of a run that nobody killed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    segment(large, folder, UNITS[unit])
    return contents(folder)


def command(image, output, options):
    said = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return ["segment", str(image), "-o", str(output), "--tile", "512", "--workers", "2", "--quiet", *said]


def kill_at(stage, count, args):
    process = subprocess.run([sys.executable, "-c", KILLED, stage, str(count), *args], capture_output=True, text=True)
    assert process.returncode == -signal.SIGKILL, process.stderr


class Stop(Exception):
    """Somebody stops the run."""


def stop_at(stage, count):
    """Return a progress callback that ends the run with an error."""

    def progress(name, done, total):
        if (name, done) == (stage, count):
            raise Stop(f"{name} {done}")

    return progress


@pytest.fixture
def begun(large, tmp_path):
    """A folder whose run was stopped while it classified pixels."""
    with pytest.raises(Stop, match="classifying 9"):
        segment(large, tmp_path / "out", UNITS["pixel"], progress=stop_at("classifying", 9))
    assert (tmp_path / "out" / RUN).is_dir()
    return tmp_path / "out"


@pytest.fixture
def computed(monkeypatch):
    """Count the tiles that are computed, by the function that looks at them."""
    counts, call = Counter(), engine._Step.__call__

    def counting(step, item):
        counts[type(step.function).__name__] += 1
        return call(step, item)

    monkeypatch.setattr(engine._Step, "__call__", counting)
    return counts


# ---------------------------------------------------------------------- one large image
def kill_when_kept(folder, n_bytes, args):
    """Kill the command once its journal holds so many bytes."""
    with subprocess.Popen([sys.executable, "-m", "fallow", *args]) as process:
        while sum(path.stat().st_size for path in (folder / RUN).glob("*.records")) < n_bytes:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()


def test_a_run_killed_again_and_again_ends_as_if_nothing_had_been(tmp_path, large, unit, undisturbed):
    folder = tmp_path / "out"
    args = command(large, folder, UNITS[unit])
    kill_when_kept(folder, 50_000, args)
    for stage, n_done in KILLS[unit]:
        kill_at(stage, n_done, args)
        assert not (folder / MARKER).exists()
    segment(large, folder, UNITS[unit])
    assert contents(folder) == undisturbed
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize(
    ("stage", "n_done", "missing"),
    [
        ("finding superpixels", 9, {"SurveyTile": N_TILES - 9, "RefineTile": N_TILES}),
        ("painting", 9, {}),
    ],
)
def test_what_was_kept_is_not_computed_again(tmp_path, large, computed, stage, n_done, missing):
    with pytest.raises(Stop, match=f"{stage} {n_done}"):
        segment(large, tmp_path / "out", UNITS["region"], progress=stop_at(stage, n_done))
    computed.clear()
    segment(large, tmp_path / "out", UNITS["region"])
    assert computed == missing


def test_a_run_goes_on_with_other_workers_tiles_and_runners(large, begun, computed):
    computed.clear()
    segment(large, begun, UNITS["pixel"], tile=(2048, 1024), workers=1, runner="serial")
    assert computed == {"ClassifyTile": N_TILES - 9}
    segment(large, begun.parent / "other", UNITS["pixel"])
    assert contents(begun) == contents(begun.parent / "other")


def test_other_options_are_refused_and_named(large, begun):
    before = contents(begun)
    for options, told in (
        ({"classes": 5}, "options classes was '4', now '5'"),
        ({"features": "color"}, "options features was 'gradient', now 'color'"),
        ({"bands": "1-2"}, "input bands was None, now '1-2'"),
    ):
        with pytest.raises(InputError, match=rf"out holds an unfinished run of something else \({told}\)"):
            segment(large, begun, UNITS["pixel"] | options)
    assert contents(begun) == before


def test_an_image_that_has_changed_is_refused(tmp_path, large, begun):
    times = large.stat()
    try:
        os.utime(large, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000))
        with pytest.raises(InputError, match=r"out holds an unfinished run of something else \(image was .*large\.tif"):
            segment(large, begun, UNITS["pixel"])
    finally:
        os.utime(large, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_overwriting_begins_anew(large, begun, computed):
    computed.clear()
    segment(large, begun, UNITS["pixel"] | {"classes": 3}, overwrite=True)
    assert computed["ClassifyTile"] == N_TILES
    segment(large, begun.parent / "other", UNITS["pixel"] | {"classes": 3})
    assert contents(begun) == contents(begun.parent / "other")


def test_a_finished_run_is_not_gone_on_with(large, begun):
    segment(large, begun, UNITS["pixel"])
    assert not (begun / RUN).exists()
    with pytest.raises(InputError, match="out already holds a result; say --overwrite"):
        segment(large, begun, UNITS["pixel"])


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_runs_in_one_folder_do_not_get_in_each_others_way(tmp_path, large, overwrite):
    refused = []

    def progress(stage, done, total):
        if (stage, done) == ("classifying", 5):
            with pytest.raises(InputError, match=r"another run is working in .*out; wait for it") as caught:
                segment(large, tmp_path / "out", UNITS["pixel"] | {"classes": 3}, overwrite=overwrite)
            refused.append(caught.value)

    [done] = segment(large, tmp_path / "out", UNITS["pixel"], progress=progress)
    assert len(refused) == 1
    assert len(done.table) == 4


def test_two_processes_do_not_work_in_one_folder(tmp_path, large, fallow_cli):
    args = command(large, tmp_path / "out", UNITS["pixel"])
    with subprocess.Popen([sys.executable, "-m", "fallow", *args]) as process:
        try:
            while not list((tmp_path / "out" / RUN).glob("*.records")):
                assert process.poll() is None
                time.sleep(0.005)
            process.send_signal(signal.SIGSTOP)
            code, _, err = fallow_cli(*args)
        finally:
            process.kill()
    assert (code, err.count("\n")) == (2, 1)
    assert "another run is working in" in err
    assert fallow_cli(*args)[0] == 0  # the lock went with the process


# ---------------------------------------------------------------------- many small images
N_IMAGES = 60


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A folder of small pictures, and a model of their pixels."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(N_IMAGES):
        write_photo(folder / f"{number:02}.png", patches(40, 40, cell=10, seed=number))
    model = folder / "pixels.fallow"
    jobs.fit_files(Job.from_options([str(folder / "0*.png")], str(model), classes=3, unit="pixel"), Work(workers=1))
    return folder, model


def apply(many, output="out", *, overwrite=False, **work):
    folder, model = many
    job = Job.from_options([str(folder)], output, overwrite=overwrite)
    return list(jobs.apply_files(model, job, Work(**({"workers": 1, "runner": "serial"} | work))))


@pytest.fixture(scope="module")
def whole(many, tmp_path_factory):
    """The files of a collection that nobody killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("whole"))
        apply(many)
        return contents(Path("out"))


@pytest.mark.parametrize("runner", ["serial", "processes"])
def test_a_killed_collection_goes_on_and_writes_one_summary(tmp_path, monkeypatch, many, whole, runner):
    monkeypatch.chdir(tmp_path)
    kill_at("images", 43, ["apply", str(many[1]), str(many[0]), "-o", "out", "--runner", "serial", "--quiet"])
    assert (tmp_path / "out" / RUN).is_dir()
    done, one_image = [], collection.one_image

    def counting(how, work, path, folder, **options):
        done.append(folder.name)
        return one_image(how, work, path, folder, **options)

    monkeypatch.setattr(collection, "one_image", counting)
    told = apply(many, runner=runner, workers=2)
    if runner == "serial":  # an image is kept once it is told: the last one was not
        assert done == [f"{number:02}" for number in range(42, N_IMAGES)]
    assert [each.name for each in told] == [f"{number:02}" for number in range(N_IMAGES)]
    assert contents(tmp_path / "out") == whole
    with (tmp_path / "out" / "summary.csv").open(encoding="utf-8") as file:
        assert [row["folder"] for row in csv.DictReader(file)] == [f"out/{number:02}" for number in range(N_IMAGES)]


def test_a_collection_of_another_model_is_refused(tmp_path, monkeypatch, many):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Stop, match="images 5"):
        apply(many, progress=stop_at("images", 5))
    other = tmp_path / "other.fallow"
    other.write_bytes(many[1].read_bytes())
    with pytest.raises(InputError, match=r"out holds an unfinished run of something else \(model was .*other\.fallow"):
        apply((many[0], other))
    apply(many)
    assert not (tmp_path / "out" / RUN).exists()
