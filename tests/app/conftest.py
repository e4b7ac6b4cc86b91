"""A folder with an image and its result, served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import fallow
from system_scenes import holes, patches, write_photo, write_raster

pytest.importorskip("fastapi", reason="the workbench is not installed: pip install 'fallow[app]'")
pytest.importorskip("uvicorn", reason="the workbench is not installed: pip install 'fallow[app]'")

from app_scenes import Asker, asker, copy_beside_secrets

from fallow.app.paths import Root
from fallow.app.workbench import Workbench


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of images and results, not to be written to."""
    folder = tmp_path_factory.mktemp("made") / "fields"
    (folder / "deep").mkdir(parents=True)
    image = patches(330, 300, bands=4, dtype="uint16", n_kinds=3, cell=30)
    image[holes(330, 300)] = 0
    write_raster(folder / "field.tif", image, nodata=0)
    write_photo(folder / "deep" / "photo.png", patches(90, 130, cell=20))
    for unit, name in (("region", "out"), ("pixel", "pixels")):
        result = fallow.segment(folder / "field.tif", classes=3, unit=unit, effort="fast")
        result.save(folder / name)
    return folder


@pytest.fixture
def fields(made: Path, tmp_path: Path) -> Path:
    """Return such a folder to do with as one likes."""
    return copy_beside_secrets(made, tmp_path)


@pytest.fixture
def bench(fields: Path) -> Iterator[Workbench]:
    """The workbench of that folder."""
    bench = Workbench(Root(fields))
    yield bench
    bench.close()


@pytest.fixture
def page(bench: Workbench) -> Asker:
    """What a page can ask."""
    return asker(bench)
