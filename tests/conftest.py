"""What the tests of the whole system share: small images on disk, and a command line that answers."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fallow import cli, jobs
from system_scenes import holes, patches, write_photo, write_raster

Fallow = Callable[..., tuple[int, str, str]]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """An RGB picture of 90 x 130 pixels and four colours."""
    return write_photo(tmp_path / "photo.png", patches(90, 130, cell=20))


@pytest.fixture
def field(tmp_path: Path) -> Path:
    """A georeferenced raster of 90 x 130 pixels and four bands of uint16, 0 where no data."""
    image = patches(90, 130, bands=4, dtype="uint16", cell=20)
    image[holes(90, 130)] = 0
    return write_raster(tmp_path / "field.tif", image, nodata=0)


@pytest.fixture
def fallow_cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fallow:
    """Return ``fallow_cli(*args)``: run the command line in `tmp_path` and return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str | Path) -> tuple[int, str, str]:
        code = cli.run([str(arg) for arg in args])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """The pixels of a small RGB picture of four colours."""
    return patches(60, 80, cell=20)


@pytest.fixture(scope="session")
def deep() -> None:
    """Skip without what trains networks; else run it on one thread, so that small sums are fast and repeat."""
    for module in ("torch", "onnx", "matplotlib"):
        pytest.importorskip(module, reason=f"{module} is not installed: pip install 'fallow[deep]'")
    importlib.import_module("torch").set_num_threads(1)


@pytest.fixture
def quick(deep: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a training look at fewer patches, before and after."""
    monkeypatch.setattr("fallow.deep.patches.HELD_BATCHES", 2)
    monkeypatch.setattr("fallow.deep.training.LOOKED_AT", 2)


@pytest.fixture(scope="session")
def trained_encoder(deep: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder that was taught for a few steps on a picture of red, green and blue."""
    path = tmp_path_factory.mktemp("trained") / "farm.fallow"
    image = write_photo(path.with_name("picture.png"), patches(48, 60, cell=20, noise=15))
    jobs.train("autoencoder", str(image), path, steps=3, device="cpu")
    return path
