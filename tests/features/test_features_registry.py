from __future__ import annotations

from pathlib import Path

import pytest

from fallow.errors import InputError
from fallow.features import FAMILIES, Bands, Feature, choose_features, describe_choice, parse_features
from fallow.features.color import Color
from fallow.features.gabor import Gabor
from fallow.features.registry import NEEDED, describe_features, find_family


def said(wanted, **options) -> list[tuple[str, float]]:
    return [(repr(family), round(weight, 6)) for family, weight in parse_features(wanted, **options)]


def test_every_family_is_registered_under_its_own_name():
    for name in FAMILIES:
        assert find_family(name).family == name


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


class Encoder(Feature):
    """A stand-in for a family whose weights are in a file."""

    family = "encoder"

    def __init__(self, path: str = "") -> None:
        self.path = path


@pytest.fixture
def encoder(monkeypatch):
    monkeypatch.setitem(FAMILIES, "encoder", f"{__name__}:Encoder")


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize(("wanted", "path", "weight"), [
    ("enc.fallow", "enc.fallow", 1),
    ("enc.fallow,weight=2", "enc.fallow", 2),
    ('"a, b=1.fallow",weight=0.5', "a, b=1.fallow", 0.5),
    ('encoder,path="a,b.fallow"', "a,b.fallow", 1),
    (Path("folder, old") / "enc.fallow", str(Path("folder, old") / "enc.fallow"), 1),
    ({Path("enc.fallow"): 3}, "enc.fallow", 3),
])  # fmt: skip
def test_a_file_of_an_encoder_is_a_name(wanted, path, weight):
    for each in (wanted, [wanted]):
        assert said(each) == [(f"Encoder(path={path!r})", weight)]
    again = parse_features(describe_features(parse_features(wanted)))
    assert [(family.path, weight) for family, weight in again] == [(path, weight)]


def test_a_name_on_the_hub_is_a_name():
    wanted = "color,hub:facebook/dinov2-small,weight=2,components=8,position"
    assert said(wanted) == [
        ("Color()", 1), ("Hub(model='facebook/dinov2-small', components=8)", 2), ("Position()", 1)
    ]  # fmt: skip
    assert said(describe_features(parse_features(wanted))) == said(wanted)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name in NEEDED])
def test_what_a_family_needs_is_one_of_its_options(name):
    assert NEEDED[name] in find_family(name).param_names()


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
    ('color,space="lab', "expected names and name=value options between commas"),
    ('color,space="l"ab"', "expected names and name=value options between commas"),
    ('"",color', "expected names and name=value options between commas"),
    ("hub", 'hub needs a model, a name such as in "hub:facebook/dinov2-small" or a folder, got \'\''),
    ("hub:", "hub needs a model"),
    ("hub,model=7", "hub needs a model.* got 7"),
    ("hub:a/b,revision=12", 'revision must be text, got 12: put it in double quotes, revision="12"'),
    ("hub:a/b,offline=1", "offline must be true or false, got 1"),
    ("hub:a/b,components=0", "components must be a whole number from 1 to 1024, got 0"),
    ("auto,sigma=2", '"auto" takes no option but weight, got sigma'),
    (7, "features must be a text, a Feature, a path, a list of these or a dict of weights, got 7"),
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
