"""How quick the page of the workbench is, in Chromium: the first view, and the slider from input to the repainted view.

    python benchmarks/workbench_page.py FOLDER RESULT [IMAGE]

FOLDER is served; RESULT is the name of a result in it, IMAGE of an image. The view has 1440 x 900 pixels. Needs
Chromium and `pip install '.[test-page]'`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

VIEW = {"width": 1440, "height": 900}
SLIDE = """async () => {
  const slider = document.getElementById("scale");
  fallow.timing.scale.length = 0;
  for (let place = 300; place < 950; place += 20) {
    slider.value = place;
    slider.dispatchEvent(new Event("input"));
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return fallow.timing.scale;
}"""
SIZE = "(({ rows, cols, superpixels }) => `${rows} x ${cols}, ${superpixels} superpixels`)(fallow.state.result)"
IS_OPEN = "() => window.fallow && (fallow.state.tables || fallow.state.image)"


@contextmanager
def serving(folder: str) -> Iterator[str]:
    """Serve a folder; yield the address of the page."""
    command = [sys.executable, "-P", "-m", "fallow", "serve", folder, "--no-browser", "--port", "0"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout
        yield server.stdout.readline().split()[-1]
        server.terminate()


def first_view(browser: Browser, address: str, what: str) -> Page:
    """Open a result or an image, and print how long it takes until all tiles are drawn."""
    page = browser.new_context(viewport=VIEW).new_page()
    start = time.perf_counter()
    page.goto(f"{address}&{what}")
    page.wait_for_function(IS_OPEN)
    page.evaluate("fallow.whenStill()")
    print(f"{what:40} {time.perf_counter() - start:8.2f} s to the first view")
    return page


def slide(page: Page, what: str) -> None:
    """Move the slider, and print how long each step takes until its frame is drawn."""
    took = page.evaluate(SLIDE)
    print(f"{what:40} {statistics.median(took):8.0f} ms median, {max(took):.0f} at most, {len(took)} steps")


def main() -> None:
    """Print all figures."""
    folder, result, *images = sys.argv[1:]
    with serving(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for image in images:
            first_view(browser, address, f"image={image}")
            first_view(browser, address, f"image={image}")
        first_view(browser, address, f"result={result}")
        page = first_view(browser, address, f"result={result}")
        print(page.evaluate(SIZE))
        slide(page, "slider, outlines over classes")
        page.check("#layers [data-layer=regions] [type=checkbox]")
        slide(page, "slider, regions filled as well")


if __name__ == "__main__":
    main()
