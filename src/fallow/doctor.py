"""Whether this installation works: look at each part, and compile the kernels so that no later run has to."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import platform
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

Tell = Callable[[str], None]

LIBRARIES = {"NumPy": "numpy", "GDAL": "rasterio", "numba": "numba"}
"""What it is called -> the module and package it comes with."""

FAST = {"classes": 2, "effort": "fast"}
PIXEL = {"classes": 2, "unit": "pixel"}
RUNS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "regions": [("photo.png", {"classes": "2-3"}), ("raster.tif", FAST), ("grey.png", FAST)],
    "pixels": [("photo.png", PIXEL), ("raster.tif", PIXEL), ("photo.png", PIXEL | {"majority": 1})],
    "methods": [("photo.png", FAST | {"method": method}) for method in ("som,shape=4x4", "mixture")],
    "features": [("photo.png", FAST | {"features": "histogram,texture"})],
}
"""Pictures and options that together need every kernel. The photos are one block; the raster has seams and no data."""

INSTALL = "pip install --force-reinstall"


@dataclass(frozen=True)
class Finding:
    """What a look at one part found.

    Attributes
    ----------
    part : str
    ok : bool
        Whether it works.
    told : str
        What there is, or what is wrong.
    advice : str
        What to do if it does not work, else empty.
    seconds : float
        That the look took.
    """

    part: str
    ok: bool
    told: str
    advice: str
    seconds: float


def examine(tell: Tell | None = None) -> Iterator[Finding]:
    """Look at one part after the other, and yield what is found.

    Parameters
    ----------
    tell : callable, optional
        Called with the name of each kernel before it is compiled, and with ``""`` after.

    Notes
    -----
    Parts are imported only when they are looked at, so that a broken one is a finding and not the end.
    """
    yield _look("Python", platform.python_version)
    for name, module in LIBRARIES.items():
        yield _look(name, partial(_version, module), f"{INSTALL} {module}")
    yield _look("packages", _packages, "pip install fallow")
    yield _look("machine", _machine)
    cache = _look("cache", _cache, "set NUMBA_CACHE_DIR to a folder that can be written")
    yield cache
    if not cache.ok:
        return  # no kernel can even be defined
    yield _look("network", _network, f"{INSTALL} fallow onnxruntime")
    for name, runs in RUNS.items():
        yield _look(name, partial(_run, runs, tell), f"{INSTALL} fallow; if it stays, report it")


def _look(part: str, look: Callable[[], str], advice: str = "") -> Finding:
    start = time.perf_counter()
    try:
        ok, told, advice = True, look(), ""
    except Exception as error:  # whatever it is, the other parts are still to be looked at
        ok, told = False, " ".join(f"{type(error).__name__}: {error}".split())
    return Finding(part, ok, told, advice, time.perf_counter() - start)


def _version(module: str) -> str:
    imported = importlib.import_module(module)
    return str(getattr(imported, "__gdal_version__", imported.__version__))


def _packages() -> str:
    """Count the packages that Fallow needs, or raise."""
    needed = [text for text in importlib.metadata.requires("fallow") or [] if "extra ==" not in text]
    names = [re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in needed]
    missing = [name for name in names if not any(importlib.metadata.distributions(name=name))]
    if missing:
        raise ModuleNotFoundError(f"{', '.join(missing)} not installed")
    return f"{len(names)} needed, all installed"


def _machine() -> str:
    from fallow.run import available_cpus, available_memory

    cpus, memory = available_cpus(), available_memory()
    told = f"{cpus} processor{'s' * (cpus > 1)}"
    return told if memory is None else f"{told}, {memory / 2**30:.1f} GiB of memory"


def _cache() -> str:
    """Return where compiled kernels are kept. numba raises when a kernel is defined and no folder can be written."""
    from fallow.labels.forest import find

    folder = Path(str(find.stats.cache_path))
    with tempfile.TemporaryFile(dir=folder):
        pass
    package = Path(__file__).parent
    return str(package / "*" / folder.name if package in folder.parents else folder.parent)


def _network() -> str:
    """Compare the weights with their checksums, and run the network."""
    from fallow.features.backbone import GRID, N_FEATURES, describe  # first: it keeps ONNX Runtime from reporting

    version = _version("onnxruntime")

    folder, size = files("fallow.features.backbone"), 0
    for line in (folder / "lite0.sha256").read_text(encoding="ascii").splitlines():
        expected, name = line.split()
        weights = (folder / name).read_bytes()
        if hashlib.sha256(weights).hexdigest() != expected:
            raise ValueError(f"the {len(weights):,} bytes of {name} are not what they should be")
        size += len(weights)
    answer = describe(np.full((GRID * 8, GRID * 8, 3), 128, np.float32))
    if answer.shape != (8, 8, N_FEATURES) or not np.isfinite(answer).all():
        raise ValueError("the weights are whole, but what the network answers is not")
    return f"{size / 1e6:.1f} MB, whole; ONNX Runtime {version}"


def _run(runs: list[tuple[str, dict[str, Any]]], tell: Tell | None) -> str:
    """Segment made-up pictures from file to file and judge what came of them; return how many kernels were compiled."""
    from fallow.jobs import Job, score_files, segment_files
    from fallow.run.compiling import watch_compiling
    from fallow.tiles import Work

    with tempfile.TemporaryDirectory(prefix="fallow-") as name, watch_compiling(tell) as compiling:
        folder = Path(name)
        _write_pictures(folder)
        for picture, options in runs:
            job = Job.from_options((str(folder / picture),), str(folder / "out"), overwrite=True, **options)
            for done in segment_files(job, Work()):
                if len(done.table) < 2:
                    raise ValueError(f"{picture} shows four colours and came out as {len(done.table)} class")
                score_files(done.folder, [done.folder / "classes.tif"], kind="regions")
    n = compiling.n_kernels
    return f"{n} kernel{'s' * (n > 1)} compiled" if n else "compiled before"


def _write_pictures(folder: Path) -> None:
    """Write patches of four colours with a little noise."""
    from fallow.raster.gdal import open_dataset

    for name, bands, rows, cols, profile in (
        ("photo.png", 3, 60, 100, {"driver": "PNG"}),
        ("grey.png", 1, 60, 100, {"driver": "PNG"}),
        ("raster.tif", 3, 530, 540, {"driver": "GTiff", "nodata": 0}),
    ):
        row, col = np.indices((rows, cols)) // 20
        color = np.array([(200, 60, 50), (60, 160, 70), (50, 80, 190), (220, 210, 90)])[(row * 2 + col) % 4, :bands]
        color += np.random.default_rng(0).integers(-8, 9, color.shape)
        shape = {"count": bands, "height": rows, "width": cols, "dtype": "uint8"}
        with open_dataset(str(folder / name), "w", **profile, **shape) as dataset:
            dataset.write(color.astype(np.uint8).transpose(2, 0, 1))
