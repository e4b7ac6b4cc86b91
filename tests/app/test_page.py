"""The page of the workbench, in Chromium: what a person does with it, by mouse, by keyboard, on a telephone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fallow
from system_scenes import write_raster

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test-page]'")
for needed in ("fastapi", "uvicorn"):
    pytest.importorskip(needed, reason=f"{needed} is not installed: pip install '.[test-page]'")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 400, "height": 800}
# Chromium tells of every answer that is an error, and of requests that a test has aborted.
EXPECTED = ("the server responded with a status of", "net::ERR_FAILED")
PATIENCE_MS = 20_000
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an aerial image, and a result of it in `done`."""
    folder = tmp_path_factory.mktemp("farm")
    write_raster(folder / "field.tif", fields())
    fallow.segment(folder / "field.tif", classes=4).save(folder / "done")
    return folder


def fields() -> np.ndarray:
    """Return (300, 400, 4) uint16: four crops in uneven fields, with rows and noise."""
    random = np.random.default_rng(3)
    row, col = np.mgrid[:300, :400]
    kind = ((row + 9 * np.sin(col / 40)) // 60).astype(int) + ((col + 7 * np.sin(row / 30)) // 80).astype(int) * 3
    crops = np.array([(900, 700, 500, 1500), (500, 800, 400, 2600), (1600, 1400, 1000, 1900), (700, 1100, 600, 3400)])
    image = crops[kind % 4] + 60.0 * np.sin(row / 2)[..., None] + random.normal(0, 60, (300, 400, 4))
    return image.clip(1).astype(np.uint16)


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where `fallow serve` says that it is."""
    command = [sys.executable, "-P", "-m", "fallow", "serve", str(folder), "--no-browser", "--port", "0"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1]
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Open]:
    """Return ``visit(result=..., **context)``: open the page; in the end the console holds nothing but refusals."""
    said: list[str] = []
    contexts = []

    def visit(result: str | None = None, *, context: Any = None, **options: Any) -> Any:
        if context is None:
            context = browser.new_context(**{"viewport": WIDE} | options)
            context.set_default_timeout(PATIENCE_MS)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address + (f"&result={result}" if result else ""))
        if result:
            page.wait_for_selector("#legend li")
            page.evaluate("fallow.whenStill()")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [line for line in said if not any(part in line for part in EXPECTED)] == []


@pytest.fixture
def result(folder: Path, request: pytest.FixtureRequest) -> str:
    """A copy of the result, with no edits, named after the test."""
    shutil.copytree(folder / "done", folder / request.node.name)
    return request.node.name


def lines(page: Any, count: int) -> list[str]:
    """Return the lines of the recipe, once there are so many."""
    page.wait_for_function("n => document.querySelectorAll('#edit-lines li').length === n", arg=count)
    return page.locator("#edit-lines li > span").all_inner_texts()


def names(page: Any) -> list[str]:
    return page.locator("#legend .name").all_inner_texts()


def click_map(page: Any, right: float, down: float, **options: Any) -> None:
    """Click at a place of the map, in parts of its width and height."""
    box = page.locator("#map").bounding_box()
    page.locator("#map").click(position={"x": box["width"] * right, "y": box["height"] * down}, **options)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "seconds.csv"}


def test_from_an_image_to_a_map_and_the_command_line_repeats_it(
    visit: Open, folder: Path, tmp_path: Path, fallow_cli: Callable[..., tuple[int, str, str]]
) -> None:
    page = visit()
    page.click("text=field.tif")
    page.click("#segment")
    page.fill("#run-classes", "5")
    page.fill("#run-output", "story")
    page.click("text=Start")
    page.click("#panel .run-list >> text=Open", timeout=120_000)
    page.wait_for_selector("#legend li")
    assert names(page) == [f"class {label}" for label in range(1, 6)]
    shutil.copytree(folder / "story", tmp_path / "story")  # as it was before any edit

    page.focus("#scale")
    for _ in range(4):
        page.keyboard.press("PageUp")  # a tenth of the slider
    page.wait_for_selector("#edit-lines li")
    regions = page.input_value("#scale-number")
    assert lines(page, 1) == [f"scale: {regions} regions"]

    page.keyboard.press("n")
    page.keyboard.type("wheat")
    page.keyboard.press("Enter")
    page.keyboard.type("bare soil")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.check("#legend [data-class='2'] [type=checkbox]")
    page.check("#legend [data-class='4'] [type=checkbox]")
    page.click("#class-merge")
    assert lines(page, 4)[1:] == ["name class 1 “wheat”", "name class 2 “bare soil”", "merge classes 2, 4"]
    assert names(page) == ["wheat", "bare soil", "class 3", "class 5"]
    page.keyboard.press("Control+z")
    lines(page, 3)
    assert names(page) == ["wheat", "bare soil", "class 3", "class 4", "class 5"]
    page.keyboard.press("Control+Shift+z")
    kept = lines(page, 4)

    page.click("#export-open")
    page.select_option("#export-format", "gpkg")
    page.click("#export-start")
    with page.expect_download(timeout=120_000) as download:
        page.click("text=Download field-region.gpkg", timeout=120_000)
    sent = tmp_path / "sent.gpkg"
    download.value.save_as(sent)
    page.click("#export-files")
    page.wait_for_selector("text=Written: story/edited")
    page.click("#export-close")

    legend = page.inner_text("#legend")
    page.reload()
    page.wait_for_selector("#legend li")
    assert lines(page, 4) == kept
    assert page.inner_text("#legend") == legend
    assert page.input_value("#scale-number") == regions

    again = tmp_path / "story"
    assert fallow_cli("edit", again, "--with", folder / "story" / "edits.toml")[0] == 0
    assert bytes_of(again / "edited") == bytes_of(folder / "story" / "edited")
    assert fallow_cli("export", again, "--to", "gpkg")[0] == 0
    assert (again / "export" / "field-region.gpkg").read_bytes() == sent.read_bytes()


def test_everything_by_keyboard(visit: Open, result: str) -> None:
    page = visit(result)
    page.focus("#map")
    page.keyboard.press("Enter")
    page.wait_for_selector("#region-body .chart")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.evaluate("fallow.whenStill()")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector("text=2 selected")
    page.keyboard.press("3")
    assert lines(page, 1)[0].endswith("to class 3")
    page.keyboard.press("]")
    assert lines(page, 2)[1].startswith("scale: ")
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.matches('input.name')")
    assert page.evaluate("fallow.state.highlight") > 0
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.is_visible("#help")
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    assert not page.is_checked("#layers [data-layer=outlines] [type=checkbox]")


def test_regions_by_mouse(visit: Open, result: str) -> None:
    page = visit(result)
    click_map(page, 0.5, 0.5)
    page.wait_for_selector("#region-body .chart")
    assert page.locator("#region-body .chart rect").count() == 4
    page.click("#region-drop")
    assert lines(page, 1)[0].startswith("drop region")
    click_map(page, 0.5, 0.5)
    page.wait_for_selector("text=There is no data here")
    page.click("#edit-lines [aria-label^='Remove line 1']")
    lines(page, 0)
    click_map(page, 0.3, 0.3)
    click_map(page, 0.6, 0.7, modifiers=["Shift"])
    page.wait_for_selector("text=2 selected")
    page.select_option("#region-assign", "1")
    assert lines(page, 1)[0].startswith("assign regions")
    page.keyboard.press("Escape")
    page.wait_for_selector("#region-none")


def test_two_tabs_never_lose_an_edit(visit: Open, result: str) -> None:
    first = visit(result)
    second = visit(result, context=first.context)
    for page, name in ((first, "barley"), (second, "rye")):
        page.bring_to_front()
        page.keyboard.press("n")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        if page is first:
            lines(page, 1)
    second.wait_for_selector("#conflict")
    assert second.inner_text("#conflict-theirs") == "name class 1 “barley”"
    assert second.inner_text("#conflict-mine") == "name class 1 “rye”"
    second.click("text=Put mine on top")
    assert lines(second, 2) == ["name class 1 “barley”", "name class 1 “rye”"]
    first.bring_to_front()
    first.click("#more-classes")
    first.click("text=Take theirs")
    lines(first, 2)
    assert names(first)[0] == "rye"


def test_without_the_server_nothing_is_lost(visit: Open, result: str) -> None:
    page = visit(result)
    page.context.route("**/api/**", lambda route: route.abort())
    page.keyboard.press("n")
    page.keyboard.type("oats")
    page.keyboard.press("Enter")
    page.wait_for_selector("#gone")
    page.context.unroute("**/api/**")
    page.wait_for_selector("#gone", state="hidden")
    assert lines(page, 1) == ["name class 1 “oats”"]


def test_names_are_text(visit: Open, result: str) -> None:
    page = visit(result)
    page.keyboard.press("n")
    page.keyboard.type("<img src=x onerror=alert(1)>")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    lines(page, 1)
    assert names(page)[0] == "<img src=x onerror=alert(1)>"
    assert page.locator("#panel img").count() == 0


def test_the_slider_repaints_while_it_moves(visit: Open, result: str) -> None:
    page = visit(result)
    before = page.evaluate("document.querySelector('.drawn').toDataURL()")
    page.evaluate(
        """async () => {
          const slider = document.getElementById("scale");
          for (let place = 500; place < 1000; place += 50) {
            slider.value = place;
            slider.dispatchEvent(new Event("input"));
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          await fallow.whenStill();
        }"""
    )
    assert page.evaluate("document.querySelector('.drawn').toDataURL()") != before
    took = page.evaluate("performance.getEntriesByName('fallow:scale').map((entry) => entry.duration)")
    assert len(took) > 2
    assert np.median(took) < 1000  # milliseconds; what it takes on a quiet machine is in docs/workbench.md
    lines(page, 0)  # a trial saves nothing


def test_a_telephone_has_room_for_it(visit: Open, result: str) -> None:
    page = visit(result, viewport=NARROW, has_touch=True)
    for tab, inside in (("classes", "#legend"), ("scale", "#scale"), ("layers", "#layers"), ("edits", "#edits-none")):
        page.click(f"#tabs [value={tab}]")
        assert page.is_visible(inside)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    box = page.locator("#map").bounding_box()
    page.touchscreen.tap(box["x"] + 200, box["y"] + 150)
    page.wait_for_selector("#region-body .chart")
    page.click("#select-several")
    page.touchscreen.tap(box["x"] + 120, box["y"] + 250)
    page.wait_for_selector("text=2 selected")
    page.click("#sheet")
    assert not page.is_visible("#region-body")
    assert page.locator("#map").bounding_box()["height"] > 650  # the map has the screen


def test_controls_have_names(visit: Open, result: str) -> None:
    page = visit(result)
    click_map(page, 0.5, 0.5)
    page.wait_for_selector("#region-body .chart")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [role=slider]")]
          .filter((node) => !node.getAttribute("aria-label") && !node.textContent.trim() && !node.labels?.length)
          .map((node) => node.outerHTML)"""
    )
    assert nameless == []


def test_a_wrong_token_is_told(visit: Open, address: str) -> None:
    page = visit()
    page.goto("about:blank")
    page.goto(address.split("#", maxsplit=1)[0] + "#token=wrong")
    page.wait_for_selector("text=open the one that fallow serve printed")


def test_a_result_whose_image_is_gone_shows_its_small_picture(visit: Open, folder: Path, tmp_path: Path) -> None:
    (folder / "alone").mkdir()
    write_raster(folder / "alone" / "lost.tif", fields())
    fallow.segment(folder / "alone" / "lost.tif", classes=3).save(folder / "orphan")
    shutil.rmtree(folder / "alone")
    page = visit("orphan")
    page.wait_for_selector("text=its small picture is shown")
    for name in ("classes", "outlines"):
        page.uncheck(f"#layers [data-layer={name}] [type=checkbox]")
    corner = "[...document.querySelector('.drawn').getContext('2d').getImageData(innerWidth / 3, 300, 40, 40).data]"
    page.wait_for_function(f"new Set({corner}).size > 20")  # a picture, not one grey
