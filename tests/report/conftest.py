"""Results of each kind, saved, to report on."""

from __future__ import annotations

from pathlib import Path

import pytest

import fallow
from system_scenes import holes, patches, write_photo, write_raster

HOSTILE = '<script>alert(1)<script>"><img src=x onerror=alert(1)> & $\\frac{ 日本'
"""A name that would break a page, a formula and a font."""


@pytest.fixture(scope="session", autouse=True)
def _extra() -> None:
    for module in ("jinja2", "matplotlib"):
        pytest.importorskip(module, reason=f"{module} is not installed: pip install 'fallow[report]'")


@pytest.fixture(scope="session")
def cube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A georeferenced raster with holes and hostile names: classes by a map, their number chosen, and how stable."""
    folder = tmp_path_factory.mktemp("cube")
    image = patches(70, 90, bands=6, dtype="uint16", cell=20)
    image[holes(70, 90)] = 0

    def describe(raster):
        raster.descriptions = [f"{HOSTILE} {number}" for number in range(6)]

    path = write_raster(folder / f"{HOSTILE}.tif", image, nodata=0, describe=describe)
    method = "som,shape=6x6,topology=hexagonal"
    result = fallow.segment(path, method=method, classes="2-4", stability=2, effort="fast")
    return result.save(folder / "out")


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture with as many classes as were said."""
    path = write_photo(tmp_path_factory.mktemp("plain") / "plain.png", patches(60, 80, cell=20))
    return fallow.segment(path, classes=4, effort="fast").save(path.with_name("out"))


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pixels of another picture in the classes of a model: far from it, and one class has no pixel."""
    folder = tmp_path_factory.mktemp("applied")
    image = patches(60, 80, cell=20)
    model = fallow.fit(image, classes=4, unit="pixel", features="color")
    return model.predict(write_photo(folder / "other.png", 255 - image[:20, :20] // 4)).save(folder / "out")
