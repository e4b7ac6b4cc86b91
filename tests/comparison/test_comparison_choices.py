import pytest

from fallow.comparison.choices import read_choices, read_classes
from fallow.errors import InputError
from fallow.features import Bands

RGB = Bands(3, ("red", "green", "blue"), "uint8")


def read(features=None, methods=None, classes=None, bands=RGB):
    return read_choices(features, methods, classes, bands)


def test_defaults_suit_the_bands():
    found = read()
    assert found.features == ("auto", "color", "color,texture")
    assert found.methods == ("kmeans", "mixture", "som")
    assert found.classes == (3, 5, 7, 9)
    assert read(bands=Bands(204)).features == ("auto", "spectral", "spectral,texture")
    assert read(bands=Bands(1)).features == ("auto", "color", "texture")


@pytest.mark.parametrize(
    "said", ["color; color,texture;auto", ["color", "color,texture", "auto"], ("color;color,texture", "auto")]
)
def test_lists_may_be_texts_with_semicolons(said):
    assert read(features=said).features == ("color", "color,texture", "auto")


def test_a_semicolon_in_quotes_is_part_of_a_name():
    assert read(features='color; encoder,path="a;b.fallow"').features == ("color", 'encoder,path="a;b.fallow"')


def test_what_means_the_same_is_compared_once():
    assert read(features="color; color , texture; color,texture").features == ("color", "color , texture")
    assert read(methods="kmeans; som,shape=10x10; som; kmeans").methods == ("kmeans", "som,shape=10x10")
    assert read(classes="5,3-6,5").classes == (3, 4, 5, 6)


@pytest.mark.parametrize(("said", "numbers"), [("3,5, 8", (3, 5, 8)), ("4-6", (4, 5, 6)), ([7, 2], (2, 7)), (4, (4,)),
                                               (["3-4", 9], (3, 4, 9))])  # fmt: skip
def test_numbers_come_in_many_ways(said, numbers):
    assert read_classes(said) == numbers


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ({"features": ""}, "features must name at least one choice, got none"),
        ({"methods": [" ; "]}, "methods must name at least one choice, got none"),
        ({"classes": ""}, 'classes must name at least one number, as in "3,5,8" or "3-7", got none'),
        ({"classes": []}, "classes must name at least one number"),
        ({"classes": "1,3"}, "classes must be a number of at least 2"),
        ({"classes": "7-3"}, "classes must be a number of at least 2"),
        ({"classes": "3.5"}, "classes must be a number of at least 2"),
        ({"classes": "auto"}, "classes to compare must be numbers"),
        ({"features": "color; colour"}, "got 'colour'; did you mean \"color\"?"),
        ({"features": 3}, "features to compare must be texts, with semicolons between several, got 3"),
        ({"methods": "kmeans; kmaens"}, "got 'kmaens'; did you mean \"kmeans\"?"),
        ({"methods": "som,size=3"}, "som has no option 'size'"),
        ({"classes": "2-60"}, "at most 400 combinations are compared, got 531; shorten one of the lists"),
    ],
)
def test_what_cannot_be_right_is_refused(lists, message):
    with pytest.raises(InputError, match=message.replace("(", r"\(").replace("?", r"\?")):
        read(**lists)
