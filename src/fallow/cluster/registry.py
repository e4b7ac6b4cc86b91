"""The clusterers by name, imported when they are made."""

from __future__ import annotations

import copy
import importlib
from typing import Any

from fallow.cluster.base import Clusterer
from fallow.errors import InputError, check_choice, nearest

CLUSTERERS = {
    "kmeans": "fallow.cluster.kmeans:KMeans",
    "mixture": "fallow.cluster.mixture:Mixture",
    "som": "fallow.cluster.som:Som",
}
"""Name -> ``module:Class``. A new clusterer is one file, one line here and one page of docs."""


def make_clusterer(method: str | Clusterer, n_classes: int, random_state: int = 0) -> Clusterer:
    """Make the clusterer that `method` names.

    Parameters
    ----------
    method
        A name, with options after commas if wanted: ``"kmeans"``, ``"som,shape=10x10,topology=hexagonal"``,
        ``"mixture,covariance=diag"``. Or a clusterer: it is copied with what it has learned, keeps its own seed and
        gets `n_classes`.
    n_classes, random_state
        Passed on to the clusterer.

    Raises
    ------
    InputError
        For an unknown name or option, or an option that is not ``name=value``.

    Examples
    --------
    >>> make_clusterer("som,shape=8x12,toroidal=true", 5)
    Som(n_classes=5, shape=(8, 12), toroidal=True)
    """
    if isinstance(method, Clusterer):
        return copy.deepcopy(method).set_params(n_classes=n_classes)
    if not isinstance(method, str):
        raise InputError(f"method must be a name or a Clusterer, got {method!r}")
    name, *options = [part.strip() for part in method.split(",")]
    module, class_name = CLUSTERERS[check_choice("method", name, CLUSTERERS)].split(":")
    made = getattr(importlib.import_module(module), class_name)
    known = [param for param in made.param_names() if param not in ("n_classes", "random_state")]
    params = dict(_parse_option(name, option, known) for option in options)
    return made(n_classes, random_state=random_state, **params)


def describe_method(clusterer: Clusterer) -> str:
    """Write a clusterer's name and options as `make_clusterer` reads them; its seed and number of classes left out.

    >>> describe_method(make_clusterer("som,shape=8x12", 5)).partition(",epochs")[0]
    'som,shape=8x12,topology=rectangular,toroidal=false'

    Raises
    ------
    InputError
        When the clusterer's class is not registered.
    """
    names = {place: name for name, place in CLUSTERERS.items()}
    at = f"{type(clusterer).__module__}:{type(clusterer).__name__}"
    if at not in names:
        raise InputError(f"{type(clusterer).__name__} is not in the registry of clusterers, so it has no name to write")
    params = {k: v for k, v in clusterer.get_params().items() if k not in ("n_classes", "random_state")}
    return ",".join([names[at], *(f"{key}={_write_value(value)}" for key, value in params.items())])


def _write_value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "x".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parse_option(name: str, option: str, known: list[str]) -> tuple[str, Any]:
    key, equals, value = (part.strip() for part in option.partition("="))
    if not equals or not value:
        raise InputError(f"options of a method are written name=value, got {option!r} for {name}")
    if key not in known:
        raise InputError(f"{name} has no option {key!r}{nearest(key, known)} (it has {', '.join(known)})")
    return key, parse_value(value)


def parse_value(text: str) -> Any:
    """Read an option's value: a number, ``true`` or ``false``, a size such as ``10x10``, else the text itself.

    >>> parse_value("10x12"), parse_value("1e-4"), parse_value("true"), parse_value("diag")
    ((10, 12), 0.0001, True, 'diag')
    """
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    rows, times, cols = text.partition("x")
    if times and rows.isdecimal() and cols.isdecimal():
        return int(rows), int(cols)
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
