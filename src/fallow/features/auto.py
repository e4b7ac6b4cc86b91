"""Which features suit an image whose user said nothing: the bands decide."""

from __future__ import annotations

from fallow.features.base import Bands
from fallow.features.registry import Weighted, parse_features
from fallow.features.roles import find_roles

# From so many bands on, an image is a cube: neighbouring bands say nearly the same, each with noise of its own.
CUBE_BANDS = 16


def choose_features(bands: Bands) -> tuple[list[Weighted], str]:
    """Choose families by the bands alone, and say in a sentence what was chosen and why.

    One band is told apart by grey value and texture; three by colour, unless they are known to be something else than
    red, green and blue; others by all their bands, blurred a little where there are very many. The rule is the same for
    every image, and was measured on pictures with known classes (see ``benchmarks/``).

    >>> choose_features(Bands(4))[1]
    'Features: all 4 bands, because an image of 4 bands says more than its colour.'
    """
    if bands.count == 1:
        chosen = "color,sigma=2.0,weight=0.35,texture"
        sentence = "grey value and texture, because one band alone hardly tells surfaces apart"
    elif _is_colour(bands):
        chosen = "color"
        sentence = "colour (CIE Lab), because the image has three bands"
    elif bands.count < CUBE_BANDS:
        chosen = "spectral"
        sentence = f"all {bands.count} bands, because an image of {bands.count} bands says more than its colour"
    else:
        chosen = "spectral,sigma=1.5"
        sentence = f"all {bands.count} bands, lightly blurred, because so many narrow bands are noisy"
    return parse_features(chosen), f"Features: {sentence}."


def describe_choice(bands: Bands) -> str:
    """Return the sentence of `choose_features`."""
    return choose_features(bands)[1]


def _is_colour(bands: Bands) -> bool:
    """Whether there are three bands, and none of them is known to be invisible."""
    return bands.count == 3 and find_roles(bands).keys() <= {"red", "green", "blue"}
