"""Lines of edits, and the file that holds them."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallow import FileError, InputError
from fallow.edits import Edits

EVERY = [
    {"do": "name", "class": 3, "name": 'wheat "hard" \\ Weizen ü'},
    {"do": "recolor", "class": 3, "color": "#e69f00"},
    {"do": "add", "class": 9, "name": "roof", "color": "#000000"},
    {"do": "merge", "classes": [2, 5]},
    {"do": "merge", "regions": [14, 15]},
    {"do": "split", "class": 2, "parts": 2, "centers": [[0.5, -1e-07], [2.0, 3.25]]},
    {"do": "split", "region": 14, "parts": 3},
    {"do": "assign", "regions": [14, 20], "class": 3},
    {"do": "drop", "class": 4},
    {"do": "drop", "regions": [7]},
    {"do": "scale", "n_regions": 60, "min_area": 4},
    {"do": "scale", "factor": 1.5},
    {"do": "scale", "height": 0.31},
    {"do": "classes", "n": 6},
]


def test_a_recipe_is_read_as_it_was_written(tmp_path):
    edits = Edits.of(EVERY)
    again = Edits.read(edits.write(tmp_path / "edits.toml"))
    assert again == edits
    assert again.text() == edits.text()
    assert [line for line in edits.text().splitlines() if line.startswith("  {")] == edits.text().splitlines()[2:-1]


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=30))
def test_any_name_survives(name):
    if name.strip() and name.isprintable():
        edits = Edits.of([{"do": "name", "class": 1, "name": name}])
        assert tomllib.loads(edits.text())["edits"][0]["name"] == name.strip()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("name", "an edit says what to do"),
        ({}, "an edit says what to do"),
        ({"do": 3}, "an edit says what to do"),
        ({"do": "nam", "class": 1}, "no edit 'nam'; did you mean \"name\""),
        ({"do": "name", "class": 1}, "name needs class and name"),
        ({"do": "name", "class": 1, "name": "a", "klass": 2}, "name has no 'klass'; did you mean \"class\""),
        ({"do": "name", "class": 0, "name": "a"}, "class must be a whole number from 1"),
        ({"do": "name", "class": True, "name": "a"}, "class must be a whole number"),
        ({"do": "name", "class": 1.0, "name": "a"}, "class must be a whole number"),
        ({"do": "name", "class": 1, "name": "  "}, "name must be a text"),
        ({"do": "name", "class": 1, "name": "a\nb"}, "printable"),
        ({"do": "name", "class": 1, "name": "a" * 201}, "1 to 200"),
        ({"do": "recolor", "class": 1, "color": "red"}, 'a color must be written as in "#e69f00"'),
        ({"do": "merge"}, "merge needs classes or regions"),
        ({"do": "merge", "classes": [1, 2], "regions": [1, 2]}, "only one of classes, regions"),
        ({"do": "merge", "classes": [1]}, "a list of 2 or more"),
        ({"do": "merge", "classes": [1, 1]}, "names one twice"),
        ({"do": "merge", "classes": "1,2"}, "a list of 2 or more"),
        ({"do": "split", "class": 1, "parts": 1}, "parts must be a whole number from 2 to 50"),
        ({"do": "split", "class": 1, "centers": [[1.0], [2.0, 3.0]]}, "as many numbers each"),
        ({"do": "split", "class": 1, "centers": [[1.0], [float("nan")]]}, "centers must be a number"),
        ({"do": "scale", "factor": 0}, "factor must be a number of at least 1e-06"),
        ({"do": "scale", "height": float("inf")}, "height must be a number"),
        ({"do": "drop"}, "drop needs class or regions"),
    ],
)
def test_a_wrong_line_is_told_by_its_number(line, told):
    with pytest.raises(InputError, match="line 2: ") as failure:
        Edits.of([EVERY[0], line])
    assert told in str(failure.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "edits = []",
        "format = 2\nedits = []",
        "format = 1\nedits = 3",
        "format = 1\nedits = [",
        "\x00",
        "format = 1\nedits = [" + "[" * 5000,
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path, text):
    (tmp_path / "edits.toml").write_text(text)
    with pytest.raises(InputError, match="is not a recipe of edits"):
        Edits.read(tmp_path / "edits.toml")


def test_a_missing_recipe_is_an_error_of_files(tmp_path):
    with pytest.raises(FileError, match="cannot read"):
        Edits.read(tmp_path / "edits.toml")


def test_lines_of_classes_go_on_to_other_images():
    kept = [line for line in EVERY if line["do"] != "classes"]
    of_classes = Edits.of(kept).check_elsewhere()
    assert [tuple(line)[1] for line in of_classes] == ["class", "class", "class", "classes", "class", "class"]


@pytest.mark.parametrize("line", [{"do": "classes", "n": 3}, {"do": "split", "class": 1}])
def test_lines_that_depend_on_their_image_are_refused_elsewhere(line):
    with pytest.raises(InputError, match="line 1: "):
        Edits.of([line]).check_elsewhere()
