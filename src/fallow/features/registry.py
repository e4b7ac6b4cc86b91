"""The feature families by name, imported when they are made."""

from __future__ import annotations

import copy
import importlib
import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fallow.errors import InputError, check_choice, nearest
from fallow.features.grammar import read_terms, write_term

if TYPE_CHECKING:
    from fallow.features.base import Feature

FAMILIES = {
    "color": "fallow.features.color:Color",
    "histogram": "fallow.features.histogram:Histogram",
    "gradient": "fallow.features.gradient:Gradient",
    "lbp": "fallow.features.lbp:LBP",
    "gabor": "fallow.features.gabor:Gabor",
    "moments": "fallow.features.moments:Moments",
    "spectral": "fallow.features.spectral:Spectral",
    "indices": "fallow.features.indices:Indices",
    "position": "fallow.features.position:Position",
    "network": "fallow.features.network:Network",
    "encoder": "fallow.features.encoder:Encoder",
    "hub": "fallow.deep.hub:Hub",
}
"""Name -> ``module:Class``. A new family is one file, one line here and one page of docs."""

GROUPS = {"texture": ("lbp", "gabor")}
"""Names that stand for several families, which share the weight and take the options they know."""

NEEDED = {"encoder": "path", "hub": "model"}
"""Families that cannot be made without an option, and which: it says where their weights are."""

ENCODER_SUFFIX, HUB_PREFIX = ".fallow", "hub:"
"""Names that stand for such a family with that option: ``enc.fallow``, ``hub:facebook/dinov2-small``."""

AUTO = "auto"

LITE0 = "lite0"
"""What `parse_network` calls the embedded network."""

Weighted = tuple["Feature", float]


def make_family(name: str, **options: Any) -> Feature:
    """Make one family by name.

    Raises
    ------
    InputError
        For an unknown name or option, or a value that cannot be right.

    >>> make_family("color", space="hsv")
    Color(space='hsv')
    """
    family = find_family(name)().set_params(**options)
    family.check()
    return family


def find_family(name: str) -> type[Feature]:
    """Import the class of a family.

    Raises
    ------
    InputError
        For an unknown name.
    """
    module, class_name = FAMILIES[check_choice("family", name, FAMILIES)].split(":")
    return getattr(importlib.import_module(module), class_name)


def parse_features(wanted: Any, auto: Sequence[Weighted] = ()) -> list[Weighted]:
    """Read which families are wanted, and their weights.

    Parameters
    ----------
    wanted
        Text such as ``"color,texture"`` or ``"color,space=hsv,texture,weight=0.5"``, where an option belongs to the
        name before it; a `Feature`; a path of an encoder's file; a list of these; or a dict of name -> weight. Every
        name has the option `weight`, 1 by default: how much its features count in distances. A name that ends in
        ".fallow" means ``encoder,path=NAME``, and ``hub:NAME`` means ``hub,model=NAME``.
    auto
        What the word "auto" stands for; see `choose_features`.

    Returns
    -------
    list of (Feature, weight), new and unfitted.

    Raises
    ------
    InputError
        For an unknown name or option (the nearest right one is named), or a value that cannot be right.

    >>> parse_features("color,space=rgb,position,weight=0.2")
    [(Color(space='rgb'), 1.0), (Position(), 0.2)]
    """
    if isinstance(wanted, str):
        return [each for name, options in read_terms(wanted) for each in _read_term(name, options, auto)]
    if isinstance(wanted, os.PathLike):
        return _read_term("encoder", {"path": os.fspath(wanted)}, auto)
    if isinstance(wanted, Mapping):
        return [each for name, weight in wanted.items() for each in _read_term(name, {"weight": weight}, auto)]
    if isinstance(wanted, Sequence):
        return [each for part in wanted for each in parse_features(part, auto)]
    if hasattr(wanted, "family"):
        wanted.check()
        return [(copy.deepcopy(wanted), 1.0)]
    raise InputError(
        f"features must be a text, a Feature, a path, a list of these or a dict of weights, got {wanted!r}"
    )


def parse_network(wanted: str) -> Feature:
    """Read which network the merge tree sees each picture with.

    Parameters
    ----------
    wanted
        "lite0", the embedded one, or one family as `parse_features` reads it whose features are in the unit of that.

    Raises
    ------
    InputError
        For anything else.

    >>> parse_network("lite0")
    Network()
    """
    choices = f'network must be "{LITE0}", an encoder file or "hub:NAME", got {wanted!r}'
    if not isinstance(wanted, str):
        raise InputError(choices)
    try:
        families = parse_features("network" if wanted == LITE0 else wanted)
    except InputError as error:
        raise InputError(f"{choices}; {error}") from error
    if len(families) != 1 or families[0][1] != 1 or not families[0][0].is_network:
        raise InputError(choices)
    return families[0][0]


def describe_features(features: Sequence[Weighted]) -> list[str]:
    """Write families and weights as texts that `parse_features` reads back, every option said.

    >>> describe_features(parse_features("position"))
    ['position,weight=1.0']
    """
    return [write_term(feature.family, feature.get_params() | {"weight": weight}) for feature, weight in features]


def _read_term(name: str, options: dict[str, Any], auto: Sequence[Weighted]) -> list[Weighted]:
    name, options = _spell_out(name, options)
    weight = _check_weight(options.pop("weight", 1.0))
    if name == AUTO:
        if options:
            raise InputError(f'"auto" takes no option but weight, got {", ".join(options)}')
        return [(copy.deepcopy(feature), weight * share) for feature, share in auto]
    check_choice("features", name, [*FAMILIES, *GROUPS, AUTO])
    members = GROUPS.get(name, (name,))
    known_to = {member: find_family(member).param_names() for member in members}
    known = {option: None for options_of in known_to.values() for option in options_of}
    for option in options:
        if option not in known:
            raise InputError(f"{name} has no option {option!r}{nearest(option, [*known, 'weight'])}"
                             f" (it has {', '.join([*known, 'weight'])})")  # fmt: skip
    # The group as a whole is to have the variance weight ** 2.
    weight /= math.sqrt(len(members))
    return [
        (make_family(member, **{k: v for k, v in options.items() if k in names}), weight)
        for member, names in known_to.items()
    ]


def _spell_out(name: str | os.PathLike[str], options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the family and the options that a name stands for.

    >>> _spell_out("hub:facebook/dinov2-small", {"weight": 2})
    ('hub', {'model': 'facebook/dinov2-small', 'weight': 2})
    """
    text = os.fspath(name)
    if text.endswith(ENCODER_SUFFIX):
        return "encoder", {"path": text, **options}
    if text.startswith(HUB_PREFIX):
        return "hub", {"model": text.removeprefix(HUB_PREFIX), **options}
    return text, dict(options)


def _check_weight(weight: Any) -> float:
    if isinstance(weight, int | float) and not isinstance(weight, bool) and 0 < weight < math.inf:
        return float(weight)
    raise InputError(f"weight must be a number above 0, got {weight!r}")
