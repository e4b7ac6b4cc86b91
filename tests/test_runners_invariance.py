"""The same image gives the same result, bit for bit, wherever the work is done."""

import pytest

import fallow
from fallow import Work
from fallow.run import make_runner
from system_scenes import contents, holes, layers, patches, write_raster

ROWS, COLS = 700, 1100  # two by three blocks, none of them square
KINDS = ["threads", "processes", "dask"]


@pytest.fixture(scope="module")
def raster(tmp_path_factory):
    """A file: workers elsewhere open it for themselves."""
    image = patches(ROWS, COLS, bands=4, dtype="uint16", cell=90, noise=12)
    image[holes(ROWS, COLS)] = 0
    return write_raster(tmp_path_factory.mktemp("scene") / "field.tif", image, nodata=0, tiled=True)


@pytest.fixture(scope="module")
def runners():
    """Processes and Dask start slowly: each runner serves all tests."""
    pytest.importorskip("distributed")
    with make_runner("processes", workers=2) as processes, make_runner("dask", workers=1) as dask:
        yield {"processes": processes, "dask": dask, "threads": make_runner("threads", workers=3)}


@pytest.fixture(scope="module")
def expected():
    """What the calling thread alone makes of it; each way once."""
    return {}


OPTIONS = [
    pytest.param({"unit": "pixel", "features": "color,gradient", "majority": 1}, id="pixel"),
    pytest.param({"unit": "region", "effort": "fast"}, id="fast"),
    pytest.param({"unit": "region", "effort": "balanced"}, id="balanced"),
]


def segment(raster, work, options):
    return fallow.segment(raster, work=work, classes=4, sample=20_000, min_area=30, **options)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_runners_change_nothing(raster, runners, expected, kind, options):
    key = str(options)
    if key not in expected:
        expected[key] = segment(raster, Work(runner="serial", tile=(ROWS, COLS)), options)
    found = segment(raster, Work(runner=runners[kind], tile=(512, 512)), options)
    assert layers(found) == layers(expected[key])
    assert found.table == expected[key].table
    assert found.recipe == expected[key].recipe
    assert found.notes == expected[key].notes


def test_models_applied_are_the_same_everywhere(raster, runners):
    model = fallow.fit(raster, work=Work(runner="serial"), classes=4, sample=20_000, effort="fast")
    one = model.predict(raster, work=Work(runner="serial", tile=(ROWS, COLS)))
    for runner in runners.values():
        other = model.predict(raster, work=Work(runner=runner, tile=(512, 512)))
        assert layers(one) == layers(other)
        assert (one.table, one.notes) == (other.table, other.notes)


def test_the_command_line_takes_a_runner(tmp_path, field, fallow_cli):
    options = ("segment", field, "-k", "3", "--unit", "pixel", "-f", "color", "--quiet")
    for kind in ("serial", "threads"):
        assert fallow_cli(*options, "-o", kind, "--runner", kind, "--workers", "2") == (0, "", "")
    assert contents(tmp_path / "serial") == contents(tmp_path / "threads")
    code, _, err = fallow_cli(*options, "-o", "out", "--runner", "proceses")
    assert (code, err.count("\n")) == (2, 1)
    assert err.endswith('did you mean "processes"?\n')
    code, _, err = fallow_cli(*options, "-o", "out", "--runner", "threads", "--scheduler", "tcp://x")
    assert (code, err.count("\n")) == (2, 1)
    assert "scheduler is an address for runner" in err


def test_what_is_in_memory_travels_too(runners):
    image = patches(90, 130, cell=20)
    expected = fallow.segment(image, work=Work(runner="serial"), classes=3)
    for runner in runners.values():
        assert layers(fallow.segment(image, work=Work(runner=runner), classes=3)) == layers(expected)
