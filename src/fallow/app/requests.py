"""What a page asks for, checked: from JSON to what a `Job` is made of."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from fallow.app.paths import Root
from fallow.app.pointers import check_pointers
from fallow.config import Job
from fallow.errors import InputError, check_choice
from fallow.features.grammar import read_terms, write_term
from fallow.features.registry import ENCODER_SUFFIX, HUB_PREFIX, LITE0
from fallow.model import Segmenter
from fallow.saving import check_free
from fallow.staging import RUN
from fallow.tiles.journal import read_head

MOST_IMAGES = 10_000
FILE_OPTIONS = ("path", "model")  # of feature families: what they read


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object that a body holds.

    Raises
    ------
    InputError
        If it is none, or holds what JSON has no word for.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError("the body is no JSON that can be read") from error
    if not isinstance(value, dict):
        raise InputError(f"the body must be a JSON object, got {type(value).__name__}")
    return value


def field_of(body: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """Return a value of an object if it is of the right kind; `default` where there is none.

    Raises
    ------
    InputError
        If it is of another kind, or missing without a default.
    """
    value = body.get(name, default)
    if value is default and default is not None:
        return value
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise InputError(f"{name} must be {_KINDS[kind]}, got {'nothing' if value is None else type(value).__name__}")
    return value


def job_request(root: Root, body: Mapping[str, Any], do: str) -> dict[str, Any]:
    """Return what `fallow.app.worker` is told: images and options, every file of them inside the root.

    Raises
    ------
    InputError, FileError
        With one line that says what is wrong.
    """
    names = field_of(body, "images", list)
    if not 0 < len(names) <= MOST_IMAGES:
        raise InputError(f"images must be 1 to {MOST_IMAGES:,} paths, got {len(names)}")
    images = [check_image(root, name) for name in names]
    output = field_of(body, "output", str)
    folder = root.place(output)
    options = _checked(root, field_of(body, "options", dict, {}))
    model = body.get("model")
    if model is not None:
        Segmenter.load(root.find(model))
    request = {
        "do": do,
        "images": images,
        "output": output,
        "options": options,
        "model": model,
        "overwrite": field_of(body, "overwrite", bool, False),
    }
    Job.from_options(images, output, **options)
    if do == "segment" and len(images) == 1 and read_head(folder / RUN) is None:
        check_free(folder, overwrite=request["overwrite"])
    return request


def check_image(root: Root, name: Any) -> str:
    """Return the name of an image if there is a file of that name, and none that points elsewhere.

    Raises
    ------
    InputError, FileError
        Otherwise.
    """
    if not isinstance(name, str):
        raise InputError(f"an image is a path, got {type(name).__name__}")
    path = root.find(name)
    if not path.is_file():
        raise InputError(f"{name!r} is no image")
    check_pointers(root, path)
    return name


def _checked(root: Root, options: dict[str, Any]) -> dict[str, Any]:
    """Return options as `Job.from_options` takes them: plain values, and no file outside of the root."""
    kept: dict[str, Any] = {}
    for name, value in options.items():
        if value is None:
            continue
        if not (_is_plain(value) or (isinstance(value, list) and len(value) <= 1000 and all(map(_is_plain, value)))):
            raise InputError(f"{name} must be a text or a number")
        kept[name] = value
    for name in ("images", "output", "overwrite", "recipe"):
        if name in kept:
            raise InputError(f"{name} is no option")
    if "features" in kept:
        kept["features"] = _checked_features(root, kept["features"])
    if "network" in kept:
        kept["network"] = _checked_network(root, kept["network"])
    if "mask" in kept:
        check_image(root, kept["mask"])
    if str(kept.get("classes", "")).isdecimal():
        kept["classes"] = int(kept["classes"])
    if "format" in kept:
        check_choice("format", kept["format"], ("geotiff", "cog", "zarr"))
    if "report" in kept and not isinstance(kept["report"], bool):
        raise InputError("report must be true or false")
    return kept


def _checked_features(root: Root, features: Any) -> str:
    """Return features as a text whose files lie in the root."""
    text = ",".join(features) if isinstance(features, list) and all(isinstance(f, str) for f in features) else features
    if not isinstance(text, str):
        raise InputError("features must be a text")
    terms = read_terms(text)
    for name, options in terms:
        if name.endswith(ENCODER_SUFFIX):
            root.find(name)
        if name.startswith("hub"):
            raise InputError("the workbench downloads no networks; use the command line")
        for option in FILE_OPTIONS:
            if option in options:
                root.find(str(options[option]))
    return ",".join(write_term(name, options) for name, options in terms)


def _checked_network(root: Root, network: Any) -> str:
    if not isinstance(network, str) or network.startswith(HUB_PREFIX):
        raise InputError("the workbench downloads no networks; use the command line")
    if network != LITE0:
        root.find(network)
    return network


def _is_plain(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < 1 << 53)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_KINDS = {str: "a text", int: "a whole number", list: "a list", dict: "an object", bool: "true or false"}
