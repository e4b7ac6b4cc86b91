from __future__ import annotations

import pytest

from fallow.errors import InputError
from fallow.features import FAMILIES, Bands, choose_features, describe_choice, parse_features
from fallow.features.color import Color
from fallow.features.gabor import Gabor
from fallow.features.grammar import read_terms, write_term
from fallow.features.registry import describe_features, make_family


def said(wanted, **options) -> list[tuple[str, float]]:
    return [(repr(family), round(weight, 6)) for family, weight in parse_features(wanted, **options)]


def test_every_family_is_registered_under_its_own_name():
    for name in FAMILIES:
        assert make_family(name).family == name


@pytest.mark.parametrize("wanted", [
    "color,space=hsv,position,weight=0.5",
    ["color,space=hsv", "position,weight=0.5"],
    [Color("hsv"), "position,weight=0.5"],
])  # fmt: skip
def test_texts_and_lists_say_the_same(wanted):
    assert said(wanted) == [("Color(space='hsv')", 1), ("Position()", 0.5)]


def test_a_dict_gives_weights():
    assert said({"color": 2, "gradient": 0.5}) == [("Color()", 2), ("Gradient()", 0.5)]


def test_a_group_shares_its_weight_and_hands_on_its_options():
    texture = said("texture,sigma=6,orientations=8,weight=2")
    assert texture == [("LBP(sigma=6)", 1.414214), ("Gabor(orientations=8, sigma=6)", 1.414214)]


def test_auto_stands_for_what_the_caller_chose():
    assert said("auto,weight=0.5,position", auto=[(Color(), 2.0)]) == [("Color()", 1), ("Position()", 1)]


def test_a_feature_given_is_not_the_feature_used():
    mine = Gabor(scales=2)
    ((used, _),) = parse_features(mine)
    assert used is not mine
    assert used.scales == 2


def test_what_was_read_can_be_written_and_read_again():
    features = parse_features("color,space=rgb,sigma=0.5,texture,weight=0.3,indices,which=ndvi+evi,spectral")
    again = parse_features(describe_features(features))
    assert [(repr(family), weight) for family, weight in again] == [(repr(f), weight) for f, weight in features]


def test_terms_survive_writing():
    options = {"a": 1, "b": 0.1, "c": True, "d": "x+y"}
    assert read_terms(write_term("name", options)) == [("name", options)]


@pytest.mark.parametrize(("wanted", "message"), [
    ("colour", 'features must be one of .*; did you mean "color"'),
    ("color,spaec=lab", 'color has no option \'spaec\'; did you mean "space"'),
    ("texture,radius=3", r"texture has no option 'radius'.*scales, sigma, orientations, weight"),
    ("color,space=labb", 'space must be one of lab, rgb, hsv, got \'labb\'; did you mean "lab"'),
    ("color,sigma=-1", "sigma must be a number from 0 to 100, got -1"),
    ("color,sigma=wide", "sigma must be a number from 0 to 100, got 'wide'"),
    ("gabor,scales=9", "scales must be a whole number from 1 to 3, got 9"),
    ("color,weight=0", "weight must be a number above 0, got 0"),
    ("sigma=2,color", 'the option "sigma=2" must follow the name it belongs to'),
    ("color,,texture", "expected names and name=value options between commas"),
    ("auto,sigma=2", '"auto" takes no option but weight, got sigma'),
    (7, "features must be a text, a Feature, a list of these or a dict of weights, got 7"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused(wanted, message):
    with pytest.raises(InputError, match=message):
        parse_features(wanted)


@pytest.mark.parametrize(("bands", "families", "reason"), [
    (Bands(1), ["color", "lbp", "gabor"], "one band alone"),
    (Bands(3), ["color"], "three bands"),
    (Bands(3, ("nir", "red", "green")), ["spectral"], "all 3 bands"),
    (Bands(2), ["spectral"], "all 2 bands"),
    (Bands(4, ("red", "green", "blue", "nir")), ["spectral"], "all 4 bands"),
    (Bands(204), ["spectral"], "so many narrow bands are noisy"),
])  # fmt: skip
def test_the_bands_choose_the_features(bands, families, reason):
    chosen, sentence = choose_features(bands)
    assert [family.family for family, _ in chosen] == families
    assert reason in sentence
    assert describe_choice(bands) == sentence
