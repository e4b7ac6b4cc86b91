"""Runs in the background: they end well, are cancelled, go on, and never run what lies in the folder."""

import time

import pytest
from app_scenes import asker

import fallow
from fallow.app.paths import Root
from fallow.app.workbench import Workbench
from fallow.jobs import Job, apply_files, segment_files
from fallow.tiles import Work
from fallow.tiles.journal import read_head
from system_scenes import contents, patches, write_raster

QUICK = {"images": ["field.tif"], "output": "new", "options": {"classes": 3, "unit": "pixel"}}
WRONG = QUICK | {"options": {"classes": 1}}
PATIENCE_S = 60


def follow(page, number, until=("done", "failed", "cancelled")):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        run = page.get(f"/api/runs/{number}").json
        if run["state"] in until:
            return run
        time.sleep(0.02)
    raise AssertionError(run)


def wait_for(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def large(fields):
    """An image large enough for a journal, in many tiles."""
    write_raster(fields / "large.tif", patches(2048, 2060, bands=1, dtype="uint8", n_kinds=3, cell=100), tiled=True)
    return {
        "images": ["large.tif"],
        "output": "big",
        "options": {"classes": 3, "unit": "pixel", "features": "gradient"},
    }


def test_a_run_makes_what_the_library_makes_and_runs_no_code_of_the_folder(page, fields, monkeypatch):
    monkeypatch.chdir(fields)
    fallow.fit("field.tif", classes=2, unit="pixel").save("field.fallow")
    traps = [fields / f"{name}.py" for name in ("numpy", "json", "fallow", "sitecustomize")]
    for trap in traps:
        trap.write_text("open('ran', 'w')")
    apply = QUICK | {"options": {}, "model": "field.fallow"}
    failing, number = (page.post("/api/runs", each).json["id"] for each in (WRONG, apply))
    run = follow(page, number)
    assert (run["state"], run["results"], run["message"]) == ("done", ["new"], "")
    assert run["stage"] == "painting"
    assert not (fields / "ran").exists()
    assert [each["path"] for each in page.get("/api/files").json["results"]] == ["new", "out", "pixels"]
    run = page.get(f"/api/runs/{failing}").json
    assert run["state"] == "failed"
    assert run["message"].startswith("classes must be")
    list(apply_files("field.fallow", Job.from_options(["field.tif"], "same"), Work()))
    assert contents(fields / "new") == contents(fields / "same")


def test_a_result_is_not_replaced_unless_that_is_said(page):
    assert "already holds a result" in page.post("/api/runs", QUICK | {"output": "out"}).json["error"]


def test_an_estimate_tells_time_memory_and_disk(page):
    (told,) = page.post("/api/estimate", QUICK).json
    assert told["image"] == "field.tif"
    assert min(told["seconds"], told["memory"], told["disk"]) > 0
    assert told["lines"][0].startswith("field: ")


def test_a_run_that_ended_with_the_server_is_listed_and_goes_on_to_the_same_bytes(
    page, bench, fields, large, monkeypatch
):
    hidden = fields / "big" / ".fallow-run"
    number = page.post("/api/runs", large).json["id"]
    waiting = page.post("/api/runs", QUICK).json["id"]
    assert page.post(f"/api/runs/{waiting}/cancel").json["state"] == "cancelled"
    wait_for(lambda: list(hidden.glob("*.records")))
    bench.close()  # as after Ctrl-C
    run = page.get(f"/api/runs/{number}").json
    assert (run["state"], run["message"]) == ("cancelled", "what is done is kept: start it again to go on")
    assert page.post("/api/runs", QUICK).json == {"error": "the server is ending"}
    (left,) = page.get("/api/files").json["unfinished"]
    assert (left["path"], left["job"]) == ("big", large)
    assert read_head(hidden)

    again = Workbench(Root(fields))
    page = asker(again)
    assert follow(page, page.post("/api/runs", left["job"]).json["id"])["state"] == "done"
    assert not page.get("/api/files").json["unfinished"]
    again.close()
    monkeypatch.chdir(fields)
    list(segment_files(Job.from_options(large["images"], "fresh", **large["options"]), Work()))
    assert contents(fields / "big") == contents(fields / "fresh")
