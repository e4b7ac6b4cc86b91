"""Make the pictures of docs/workbench.md: the page with a result of made-up farmland, wide and on a telephone.

    python tools/workbench_images.py FOLDER

needs `pip install '.[test-page]'` and Chromium. It writes the farmland and its result into FOLDER, and the pictures into docs/images.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from report_images import BANDS, SIDE, farmland

import fallow

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 400, "height": 800}
LINES = [
    {"do": "split", "class": 4, "parts": 2},
    {"do": "merge", "classes": [3, 4]},
    {"do": "merge", "classes": [1, 2]},
    {"do": "merge", "classes": [5, 6]},
    {"do": "name", "class": 1, "name": "maize"},
    {"do": "name", "class": 3, "name": "bare soil"},
    {"do": "name", "class": 5, "name": "straw and grain"},
    {"do": "name", "class": 7, "name": "trees"},
    {"do": "name", "class": 8, "name": "pasture"},
    {"do": "name", "class": 9, "name": "water"},
]


def make_result(folder: Path) -> None:
    """Write the farmland of docs/report.md, segment it, and edit the result."""
    place = {"crs": "EPSG:32633", "transform": rasterio.Affine(0.5, 0, 500_000, 0, -0.5, 5_000_000)}
    size = {"driver": "GTiff", "height": SIDE, "width": SIDE, "count": 4, "dtype": "uint8"}
    with rasterio.open(folder / "farmland.tif", "w", **size, **place) as dataset:
        dataset.descriptions = BANDS
        dataset.write(np.moveaxis(farmland(np.random.default_rng(7)), 2, 0))
    fallow.segment(folder / "farmland.tif", classes=8).save(folder / "farmland", overwrite=True)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder; yield the address of the page."""
    command = [sys.executable, "-P", "-m", "fallow", "serve", str(folder), "--no-browser", "--port", "0"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout
        yield server.stdout.readline().split()[-1]
        server.terminate()


def visit(browser: Browser, address: str, size: dict[str, int], scheme: str = "light") -> Page:
    """Open the result, all tiles drawn."""
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.goto(f"{address}&result=farmland")
    page.wait_for_selector("#legend li")
    page.evaluate("fallow.whenStill()")
    return page


def click(page: Page, row: int, col: int) -> None:
    """Click at a pixel of the image."""
    box = page.locator("#map").bounding_box()
    assert box
    down, right, resolution = (float(part) for part in page.url.split("view=")[1].split(","))
    x, y = box["width"] / 2 + (col - right) / resolution, box["height"] / 2 + (row - down) / resolution
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_selector("#region-body .chart")
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 4)
    page.wait_for_timeout(300)


def edit(page: Page) -> None:
    """Say all lines, one after the other, as the page would."""
    for line in LINES:
        page.evaluate("line => import('/static/edits.js').then(({ act }) => act(line))", line)
    page.evaluate("fallow.whenStill()")


def picture(page: Page) -> Image.Image:
    """Return the page as it looks."""
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def save(picture: Image.Image, name: str) -> None:
    """Keep a picture; colours are those of classes, so they are kept at full resolution."""
    picture.save(IMAGES / name, quality=88, subsampling=0, optimize=True)


def main(folder: Path) -> None:
    """Make the result, edit it, and take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    make_result(folder)
    with serving(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = visit(browser, address, WIDE)
        edit(page)
        click(page, 690, 630)
        save(picture(page), "workbench.jpg")
        page = visit(browser, address, WIDE, "dark")
        page.evaluate("document.getElementById('swipe-toggle').click()")
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
        save(picture(page), "workbench-dark.jpg")
        phones = []
        for scheme, tab in (("light", "classes"), ("light", "region"), ("dark", "scale")):
            page = visit(browser, address, NARROW, scheme)
            if tab == "region":
                click(page, 400, 300)
            else:
                page.click(f"#tabs [value={tab}]")
            phones.append(picture(page))
        beside = Image.new("RGB", (3 * 400 + 2 * 24, 800), "white")
        for i, phone in enumerate(phones):
            beside.paste(phone, (424 * i, 0))
        save(beside, "workbench-phone.jpg")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
