"""What is compared: features, methods and numbers of classes, each a list, and all combinations of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fallow.cluster import describe_method, make_clusterer, parse_candidates
from fallow.errors import InputError
from fallow.features import Bands, describe_choice, parse_features
from fallow.features.grammar import read_list

METHODS = ("kmeans", "mixture", "som")
CLASSES = (3, 5, 7, 9)
MOST_COMBINATIONS = 400


@dataclass(frozen=True)
class Combination:
    """One choice of each."""

    features: str
    method: str
    classes: int


@dataclass(frozen=True)
class Choices:
    """The lists whose product is compared, in the order they were said, each entry once."""

    features: tuple[str, ...]
    methods: tuple[str, ...]
    classes: tuple[int, ...]


def read_choices(features: Any, methods: Any, classes: Any, bands: Bands) -> Choices:
    """Read what is to be compared; None of a kind is the default.

    Parameters
    ----------
    features, methods
        A text with semicolons between entries, or a list of such texts.
    classes
        A text such as ``"3,5,8"`` or ``"3-7"``, a number, or a list of these.
    bands
        Of the images: they decide which features are compared when nothing is said.

    Raises
    ------
    InputError
        For an empty list, an entry that cannot be read, or more than 400 combinations.
    """
    chosen = Choices(
        _read("features", default_features(bands) if features is None else features, _check_features),
        _read("methods", METHODS if methods is None else methods, _spell_out),
        read_classes(CLASSES if classes is None else classes),
    )
    n = len(chosen.features) * len(chosen.methods) * len(chosen.classes)
    if n > MOST_COMBINATIONS:
        raise InputError(f"at most {MOST_COMBINATIONS} combinations are compared, got {n:,}; shorten one of the lists")
    return chosen


def default_features(bands: Bands) -> tuple[str, ...]:
    """Return what is compared when nothing is said: what is chosen by itself, and two plain alternatives.

    >>> default_features(Bands(3)), default_features(Bands(1)), default_features(Bands(8))
    (('auto', 'color', 'color,texture'), ('auto', 'color', 'texture'), ('auto', 'spectral', 'spectral,texture'))
    """
    if bands.count == 1:
        return "auto", "color", "texture"
    if bands.count == 3 and "colour" in describe_choice(bands):
        return "auto", "color", "color,texture"
    return "auto", "spectral", "spectral,texture"


def read_classes(said: Any) -> tuple[int, ...]:
    """Read numbers of classes, rising, each once.

    Raises
    ------
    InputError
        For anything but whole numbers of at least 2 and ranges of them.

    >>> read_classes("8, 3-5, 4")
    (3, 4, 5, 8)
    """
    entries = [said] if isinstance(said, str) or not isinstance(said, Iterable) else list(said)
    parts = [part.strip() for each in entries for part in str(each).replace(";", ",").split(",") if part.strip()]
    if not parts:
        raise InputError('classes must name at least one number, as in "3,5,8" or "3-7", got none')
    if "auto" in parts:
        raise InputError('classes to compare must be numbers, as in "3,5,8" or "3-7", got auto')
    return tuple(sorted({n for part in parts for n in parse_candidates(part)}))


def _read(what: str, said: Any, check: Any) -> tuple[str, ...]:
    """Read a list of texts; entries that mean the same are kept once."""
    texts = [said] if isinstance(said, str) or not isinstance(said, Iterable) else list(said)
    if not all(isinstance(text, str) for text in texts):
        raise InputError(f"{what} to compare must be texts, with semicolons between several, got {said!r}")
    entries = [entry for text in texts for entry in read_list(text)]
    if not entries:
        raise InputError(f"{what} must name at least one choice, got none")
    kept: dict[Any, str] = {}
    for entry in entries:
        kept.setdefault(check(entry), entry)
    return tuple(kept.values())


def _check_features(text: str) -> str:
    """Return the text without its spaces if families can be made of it; whether two see the same is known later."""
    if not parse_features(text) and "auto" not in text:
        raise InputError(f"features must name at least one family, got {text!r}")
    return text.replace(" ", "")


def _spell_out(method: str) -> str:
    """Return a method with all its options."""
    return describe_method(make_clusterer(method, 2))
