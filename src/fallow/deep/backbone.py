"""Any network of images that transformers knows, as one thing: a picture in, maps of features out."""

from __future__ import annotations

import inspect
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from fallow.deep.maps import Map
from fallow.deep.quiet import quiet
from fallow.deep.weights import (
    CONFIG,
    EXTRA,
    INPUT,
    find_commit,
    find_files,
    find_folder,
    fingerprint,
    first_line,
    read_json,
)
from fallow.errors import FileError, InputError
from fallow.optional import require

TOKEN = 8  # pixels that a token is to cover: the picture is enlarged until it does
MOST_ZOOM = 2.0
MOST_PREFIX = 16  # tokens before those of the picture: of the class, and registers
PROBE = 8, 6  # cells of the picture that a network is tried on; none is made for this shape alone
USUAL_PATCH = 16
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # mean and deviation of most networks' input
OPTIONS = "interpolate_pos_encoding", "noise"  # that a network is told where it asks
UNUSED = "pooler", "hidden_states_norms", "mask_token"  # weights that may be missing: nothing here depends on them

# What networks raise that want something else than a picture, or one of a certain size.
REFUSALS = AttributeError, ImportError, IndexError, KeyError, RuntimeError, TypeError, ValueError

_loading = threading.Lock()


@dataclass(frozen=True)
class Backbone:
    """A network that is ready to run.

    Attributes
    ----------
    commit : str
        Of the hub that it came from; empty for a folder of one's own.
    fingerprint : str
        SHA-256 of its configuration and weights.
    mean, deviation : (3,) float32
        Of the pictures it expects, 0..255.
    options : dict
        What it is told beside a picture.
    zoom : float
        How much a picture is enlarged for it.
    turn : context manager
        What a call waits for.
    """

    module: Any
    device: str
    commit: str
    fingerprint: str
    mean: Map
    deviation: Map
    options: dict[str, Any]
    zoom: float = 1.0
    turn: AbstractContextManager[Any] = field(default_factory=nullcontext)

    def look(self, picture: Map) -> list[Map]:
        """Return what the network makes of a picture, each map spread over all of it.

        Parameters
        ----------
        picture
            ``(rows, cols, 3)``, 0..255, finite; enlarged by `zoom`, its sides are multiples of the network's cells.

        Returns
        -------
        list of ``(map rows, map cols, channels)`` float32, the finest first
            The last tokens of a transformer, or what each stage of a network of several gives.

        Notes
        -----
        The bits depend on the shape, the device and the versions of the libraries, never on the number of threads: each
        call runs on one. On a device other than the processor, calls take turns.
        """
        torch = require("torch", EXTRA)
        rows, cols = (round(side * self.zoom) for side in picture.shape[:2])
        large = cv2.resize(picture, (cols, rows), interpolation=cv2.INTER_CUBIC)
        seen = ((large - self.mean) / self.deviation).transpose(2, 0, 1)[None]
        with self.turn, _one_thread, torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(seen, np.float32)).to(self.device)
            told = self.module(pixel_values=pixels, **self._options(torch, rows, cols))
            return [level[0].permute(1, 2, 0).float().cpu().numpy() for level in self._maps(told, rows, cols)]

    @property
    def patch(self) -> int:
        """Pixels a side of what a transformer makes a token of, in the enlarged picture."""
        patch = getattr(self.module.config, "patch_size", USUAL_PATCH)
        return int(patch if isinstance(patch, int) else patch[0])

    @property
    def cell(self) -> int:
        """Pixels a side of the coarsest map's cells, in the enlarged picture: each stage doubles them."""
        return self.patch << max(0, len(getattr(self.module.config, "depths", ())) - 1)

    def _options(self, torch: ModuleType, rows: int, cols: int) -> dict[str, Any]:
        """Return what the network is told beside the picture."""
        if "noise" not in self.options:
            return self.options
        # A masked autoencoder hides the patches of largest noise, none here, and shuffles the others by it.
        n = (rows // self.patch) * (cols // self.patch)
        return self.options | {"noise": torch.arange(n, dtype=torch.float32, device=self.device)[None]}

    def _maps(self, told: Any, rows: int, cols: int) -> list[Any]:
        """Return maps (1, channels, map rows, map cols) of what the network told."""
        if getattr(told, "feature_maps", None):
            return list(told.feature_maps)
        last = told.last_hidden_state
        if last.ndim == 4:
            return [last]
        rows, cols = rows // self.patch, cols // self.patch
        n_prefix = last.shape[1] - rows * cols
        if not 0 <= n_prefix <= MOST_PREFIX:
            raise ValueError(f"{last.shape[1]} tokens for {rows} x {cols} patches")
        return [last[:, n_prefix:].transpose(1, 2).unflatten(2, (rows, cols))]


def load(model: str, revision: str = "", *, offline: bool = False, device: str = "auto") -> Backbone:
    """Load a network, once a process as long as its files stay the same.

    Parameters
    ----------
    model, revision, offline
        Where it is: see `find_folder`.
    device
        "cpu", "cuda", "mps" or another name that torch knows; "auto" takes the first of cuda, mps and cpu there is.

    Raises
    ------
    FileError
        If it cannot be found or read.
    InputError
        If it gives neither tokens nor maps for a picture, needs code of its own, or there is no such device.
    MissingExtraError
        If torch or transformers are not installed.
    """
    for module in ("torch", "transformers"):
        require(module, EXTRA)
    with _loading:
        folder = find_folder(model, revision, offline=offline)
        stamp = tuple((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in find_files(folder))
        return _load(folder, stamp, device)


@cache
@quiet()
def _load(folder: Path, stamp: tuple[Any, ...], device: str) -> Backbone:  # noqa: ARG001 (changed files load anew)
    torch = require("torch", EXTRA)
    device = _find_device(torch, device)
    mean, deviation = read_input(folder / INPUT)
    module = _load_module(torch, folder).to(device)
    options = {name: True for name in OPTIONS if name in inspect.signature(module.forward).parameters}
    turn = nullcontext() if device == "cpu" else threading.Lock()
    files = find_files(folder)
    backbone = Backbone(module, device, find_commit(folder), fingerprint(files), mean, deviation, options, turn=turn)
    rows, cols = (n * backbone.cell for n in PROBE)
    try:
        finest = backbone.look(np.zeros((rows, cols, 3), np.float32))[0]
    except REFUSALS as error:
        raise InputError(
            f"{folder} holds no network that gives tokens or maps for a picture of any size: {first_line(error)}"
        ) from error
    return replace(backbone, zoom=min(MOST_ZOOM, max(1.0, rows / len(finest) / TOKEN)))


def _load_module(torch: ModuleType, folder: Path) -> Any:
    """Load the network itself: with all its stages where it has several, else up to its last layer."""
    transformers, safetensors = require("transformers", EXTRA), require("safetensors", EXTRA)
    told = read_json(folder / CONFIG)
    kind = told.get("model_type")
    if kind not in transformers.CONFIG_MAPPING:
        if "auto_map" in told:
            raise InputError(f"{folder} needs code of its own, which Fallow never runs; choose a network without")
        raise InputError(f"transformers {transformers.__version__} does not know the kind of {folder}: {kind!r}")
    from_files = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **from_files)
        module, found = _class_of(transformers, config).from_pretrained(
            folder, config=config, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **from_files
        )
    except (OSError, safetensors.SafetensorError, *REFUSALS) as error:
        raise FileError(f"cannot load the network in {folder}: {first_line(error)}") from error
    missing = sorted(name for name in found["missing_keys"] if not any(part in name for part in UNUSED))
    if missing:
        raise FileError(f"{folder} lacks {len(missing)} of the network's weights, such as {missing[0]}")
    return module.eval().requires_grad_(False)


def _class_of(transformers: ModuleType, config: Any) -> Any:
    """Return what to make a network from, and have the configuration ask for what is used of it."""
    if hasattr(config, "mask_ratio"):
        config.mask_ratio = 0.0  # a masked autoencoder is to see all of the picture
    # Not AutoBackbone itself, which asks the hub even for a folder.
    staged = transformers.AutoBackbone._model_mapping
    if len(getattr(config, "depths", ())) > 1 and type(config) in staged:
        config.out_indices = list(range(1, len(config.stage_names)))  # the first is of what goes in
        return staged[type(config)]
    return transformers.AutoModel


def read_input(path: Path) -> tuple[Map, Map]:
    """Return mean and deviation (3,) of the pictures that a network expects, 0..255; ImageNet's where no file says.

    Raises
    ------
    FileError
        If what is said cannot be right.
    """
    told = read_json(path)
    mean, deviation = told.get("image_mean") or IMAGENET[0], told.get("image_std") or IMAGENET[1]
    if not told.get("do_normalize", True):
        mean, deviation = 0.0, 1.0
    factor = told.get("rescale_factor", 1 / 255) if told.get("do_rescale", True) else 1.0
    try:
        scaled = np.array(
            [np.broadcast_to(np.asarray(each, np.float32), 3) for each in (mean, deviation)]
        ) / np.float32(factor)
    except (TypeError, ValueError):
        scaled = np.zeros((2, 3))
    if not (np.isfinite(scaled).all() and (scaled[1] > 0).all()):
        raise FileError(
            f"{path} must give image_mean, image_std and rescale_factor as numbers, got {mean}, {deviation}"
        )
    return scaled[0].astype(np.float32), scaled[1].astype(np.float32)


def _find_device(torch: ModuleType, device: str) -> str:
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=device)
    except (AssertionError, RuntimeError) as error:
        raise InputError(f'device must be "auto", "cpu" or one that torch can use, got {device!r}') from error
    return device


class _OneThread:
    """Torch on one thread while any of ours is inside: its own would compete with them, and change last bits.

    Each thread has a count of its own, but a part of it is the whole process's. So all that enter set it, and only the
    last to leave sets it back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_inside = 0
        self._before = 1

    def __enter__(self) -> None:
        torch = require("torch", EXTRA)
        with self._lock:
            if not self._n_inside:
                self._before = torch.get_num_threads()
            self._n_inside += 1
            torch.set_num_threads(1)

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if not self._n_inside:
                require("torch", EXTRA).set_num_threads(self._before)


_one_thread = _OneThread()
