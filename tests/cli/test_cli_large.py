"""What can be said of large images on the command line, tried on small ones."""

import json

import numpy as np
import pytest
import rasterio

from fallow import jobs
from fallow.errors import InputError, MissingExtraError
from fallow.raster import read_labels
from fallow.staging import RUN
from fallow.tiles import Work
from system_scenes import contents, holes, patches, write_raster


@pytest.fixture
def wide(tmp_path):
    """A raster of two by three blocks."""
    return write_raster(tmp_path / "wide.tif", patches(700, 1100, bands=4, dtype="uint16", cell=90), tiled=True)


@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_a_dry_run_tells_what_it_takes_and_does_nothing(fallow_cli, wide, tmp_path, unit):
    before = contents(tmp_path)
    code, out, err = fallow_cli(
        "segment", wide, "-o", "out", "-k", "4", "--unit", unit, "--effort", "fast", "--dry-run"
    )
    assert (code, err) == (0, "")
    assert out.startswith("wide: 0.8 megapixels in 2 tiles of 512 x 4096; ")
    assert "MB of memory" in out
    assert "MB of disk (" in out
    assert contents(tmp_path) == before


def test_an_estimate_is_near_what_it_is_of(wide):
    job = jobs.Job.from_options([str(wide)], "out", classes=4, unit="pixel")
    [estimate] = jobs.estimate_files(job, Work(workers=1))
    assert estimate.n_pixels == 700 * 1100
    assert 0 < estimate.seconds < 60
    assert estimate.plan.workers == 1
    assert 3 * estimate.n_pixels < estimate.disk < 20 * estimate.n_pixels


def test_an_estimate_as_json(fallow_cli, wide):
    code, out, _ = fallow_cli("segment", wide, "-k", "4", "--unit", "pixel", "--dry-run", "--json")
    assert code == 0
    [told] = json.loads(out)
    assert told["name"] == "wide"
    assert told["plan"]["workers"] >= 1


def test_an_image_without_data_in_its_middle_has_no_estimate_of_time(tmp_path):
    image = patches(2100, 2100, bands=4, dtype="uint16", cell=300)
    image[400:1700, 400:1700] = 0
    path = write_raster(tmp_path / "ring.tif", image, nodata=0, tiled=True)
    job = jobs.Job.from_options([str(path)], "out", classes=4, unit="pixel")
    [estimate] = jobs.estimate_files(job, Work())
    assert estimate.seconds is None
    assert str(estimate).endswith("for an unknown time: its middle is nothing to try it on")


def test_only_large_images_are_estimated_before_they_are_begun(fallow_cli, wide, monkeypatch):
    _, _, err = fallow_cli("segment", wide, "-o", "small", "-k", "4", "--unit", "pixel")
    assert err == ""
    monkeypatch.setattr("fallow.cli.show.WORTH_ESTIMATING", 1)
    monkeypatch.setattr("fallow.collection.SMALL_BYTES", 1)
    monkeypatch.setattr("fallow.collection.JOURNAL_PIXELS", 1)
    code, _, err = fallow_cli("segment", wide, "-o", "large", "-k", "4", "--unit", "pixel")
    assert code == 0
    assert err.startswith("wide: 0.8 megapixels in 2 tiles of ")


def test_too_little_memory_is_refused_before_any_work(fallow_cli, wide, tmp_path):
    code, out, err = fallow_cli("segment", wide, "-o", "out", "--memory", "50MB")
    assert (code, out) == (2, "")
    assert err.startswith("fallow: wide takes about ")
    assert "and there are 50 MB" in err
    assert not (tmp_path / "out").exists()


def test_too_little_disk_is_refused_before_any_work(wide, monkeypatch, tmp_path):
    monkeypatch.setattr("fallow.collection.JOURNAL_PIXELS", 1)
    monkeypatch.setattr("fallow.collection.check_disk.__defaults__", (1e15,))
    job = jobs.Job.from_options([str(wide)], str(tmp_path / "out"), classes=4, unit="pixel")
    with pytest.raises(InputError, match=r"^the result of wide takes about \d+\.0 GB of disk, and .* has \d+\.\d GB$"):
        list(jobs.segment_files(job, Work()))
    assert not (tmp_path / "out").exists()


def test_who_doubts_can_check_the_tiles(fallow_cli, wide, tmp_path):
    before = contents(tmp_path)
    code, out, err = fallow_cli("segment", wide, "-k", "4", "--unit", "pixel", "-f", "spectral", "--check-tiles")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("same     wide: ") for line in lines)
    assert contents(tmp_path) == before


def test_a_difference_is_a_failure(fallow_cli, wide, monkeypatch):
    digests = iter("aabaaa")
    monkeypatch.setattr("fallow.check._digest", lambda *_: next(digests))
    code, out, err = fallow_cli("segment", wide, "--check-tiles")
    assert code == 1
    assert [line.split()[0] for line in out.splitlines()] == ["same", "same", "DIFFERS", "same", "same", "same"]
    assert err.startswith("fallow: the result depends on how the work was cut")


@pytest.mark.parametrize(("said", "message"), [
    (("--tile", "big"), "tile must be a number of pixels or ROWSxCOLS, got 'big'"),
    (("--tile", "0x5"), "tile sides must be at least 1 pixel, got 0 x 5"),
    (("--memory", "lots"), "memory must be an amount"),
    (("--runner", "proceses"), 'did you mean "processes"?'),
    (("--runner", "threads", "--scheduler", "tcp://x"), 'scheduler is an address for runner "dask"'),
    (("--on-error", "ignore"), "on_error must be one of fail, nodata"),
    (("--format", "gif"), "format must be one of geotiff, cog, zarr"),
])  # fmt: skip
def test_what_cannot_be_right_is_one_line(fallow_cli, wide, said, message):
    code, out, err = fallow_cli("segment", wide, *said)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_result_as_cog_has_overviews_and_the_same_pixels(fallow_cli, wide, tmp_path):
    said = ("segment", wide, "-k", "4", "--unit", "pixel", "-q")
    assert fallow_cli(*said, "-o", "plain")[0] == fallow_cli(*said, "-o", "cog", "--format", "cog")[0] == 0
    for name in ("classes", "regions", "confidence"):
        plain, cog = (tmp_path / folder / f"{name}.tif" for folder in ("plain", "cog"))
        np.testing.assert_array_equal(read_labels(cog), read_labels(plain))
        with rasterio.open(cog) as dataset:
            assert dataset.overviews(1)
            assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_a_result_as_zarr_is_one_group_and_gives_way_to_geotiffs(fallow_cli, wide, tmp_path):
    zarr = pytest.importorskip("zarr")
    said = ("segment", wide, "-k", "4", "--unit", "pixel", "-q", "-o", "out")
    assert fallow_cli(*said, "--format", "zarr")[0] == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "result.zarr",
        "clusterer.fallow",
        "picture.jpg",
        "preview.png",
        "classes.csv",
        "recipe.toml",
        "seconds.csv",
    }
    classes = zarr.open_group(tmp_path / "out" / "result.zarr", mode="r")["0/classes"][:]
    assert fallow_cli(*said)[0] == 2  # there is a result
    assert fallow_cli(*said, "--overwrite")[0] == 0
    assert not (tmp_path / "out" / "result.zarr").exists()
    np.testing.assert_array_equal(read_labels(tmp_path / "out" / "classes.tif"), classes)


def test_a_folder_of_images_gets_one_summary(fallow_cli, tmp_path):
    (tmp_path / "images").mkdir()
    for number in range(3):
        image = patches(60, 80, bands=4, dtype="uint16", cell=20, seed=number)
        image[holes(60, 80)] = 0
        write_raster(tmp_path / "images" / f"{number}.tif", image, nodata=0)
    assert fallow_cli("segment", "images", "-o", "out", "-k", "3", "--unit", "pixel", "-q")[0] == 0
    lines = (tmp_path / "out" / "summary.csv").read_text().splitlines()
    assert lines[0] == "image,folder,regions,class 1,class 2,class 3,faults,notes"
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "1", "2"]
    assert not (tmp_path / "out" / RUN).exists()


@pytest.mark.parametrize("several", [False, True])
def test_options_that_cannot_be_right_leave_no_run_to_go_on_with(fallow_cli, wide, tmp_path, monkeypatch, several):
    monkeypatch.setattr("fallow.collection.JOURNAL_PIXELS", 1)
    monkeypatch.setattr("fallow.collection.SMALL_BYTES", 1)
    images = [wide]
    if several:
        images.append(write_raster(tmp_path / "other.tif", patches(600, 600, bands=4, dtype="uint16", cell=90)))
    code, _, err = fallow_cli("segment", *images, "-o", "out", "-k", "4", "-f", "color,indices=sky")
    assert code == 2
    assert "goes on" not in err
    assert not (tmp_path / "out").exists()
    assert fallow_cli("segment", *images, "-o", "out", "-k", "4", "--unit", "pixel", "-q")[0] == 0


def test_what_writes_a_format_is_asked_for_before_the_work(fallow_cli, wide, tmp_path, monkeypatch):
    def absent(module, extra):
        raise MissingExtraError(f"this needs {module}; install it with: pip install 'fallow[{extra}]'")

    monkeypatch.setattr("fallow.saving.require", absent)
    monkeypatch.setattr("fallow.model.Segmenter.fit_predict", lambda *_, **__: pytest.fail("it began"))
    code, _, err = fallow_cli("segment", wide, "-o", "out", "--format", "zarr")
    assert (code, err) == (2, "fallow: this needs zarr; install it with: pip install 'fallow[zarr]'\n")
    assert not (tmp_path / "out").exists()


def test_images_done_beside_one_that_does_not_fit_are_no_obstacle(fallow_cli, tmp_path, field):
    other = write_raster(tmp_path / "other.tif", patches(60, 80, bands=3, cell=20))
    assert fallow_cli("fit", field, "-o", "m.fallow", "-k", "3", "--unit", "pixel", "-q")[0] == 0
    assert fallow_cli("apply", "m.fallow", field, other, "-o", "out", "-q")[0] == 2
    write_raster(other, patches(60, 80, bands=4, dtype="uint16", cell=20))
    assert fallow_cli("apply", "m.fallow", field, other, "-o", "out", "-q") == (0, "", "")
    assert (tmp_path / "out" / "summary.csv").read_text().count("\n") == 3
