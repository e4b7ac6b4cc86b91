"""A folder with an image and its result, served; nothing is collected where the extra "app" is not installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import fallow
from system_scenes import holes, patches, write_photo, write_raster

if TYPE_CHECKING:
    from app_scenes import Asker

    from fallow.app.workbench import Workbench

if not all(map(importlib.util.find_spec, ("fastapi", "uvicorn"))):
    collect_ignore_glob = ["test_*.py"]


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
    from app_scenes import copy_beside_secrets

    return copy_beside_secrets(made, tmp_path)


@pytest.fixture
def bench(fields: Path) -> Iterator[Workbench]:
    """The workbench of that folder."""
    from fallow.app.paths import Root
    from fallow.app.workbench import Workbench

    bench = Workbench(Root(fields))
    yield bench
    bench.close()


@pytest.fixture
def page(bench: Workbench) -> Asker:
    """What a page can ask."""
    from app_scenes import asker

    return asker(bench)
