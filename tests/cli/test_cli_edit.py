"""fallow edit, and fallow apply --edits"""

import json

import pytest

from fallow.edits import Edits
from fallow.stored import open_result
from system_scenes import contents

LINES = [
    {"do": "merge", "classes": [1, 2]},
    {"do": "name", "class": 1, "name": "wheat"},
    {"do": "split", "class": 3},
    {"do": "scale", "factor": 2},
]


@pytest.fixture
def recipe(fallow_cli, photo, tmp_path):
    assert fallow_cli("segment", photo, "-o", "out", "-k", "3", "--effort", "fast", "-q") == (0, "", "")
    Edits.of(LINES).write(tmp_path / "edits.toml")
    return "edits.toml"


def test_edits_are_painted_and_kept(fallow_cli, recipe, tmp_path):
    code, told, _ = fallow_cli("edit", "out", "--with", recipe)
    assert code == 0
    assert "4 edits" in told
    assert "wheat" in told
    assert "written to out/edited/" in told
    edited = open_result(tmp_path / "out/edited")
    assert [row.label for row in edited.table] == [1, 3, 4]
    first = contents(tmp_path / "out/edited")
    assert fallow_cli("edit", "out", "-q") == (0, "", "")
    assert contents(tmp_path / "out/edited") == first
    told = json.loads(fallow_cli("edit", "out", "--json")[1])
    assert (told["edits"], told["classes"][0]["name"]) == (4, "wheat")
    assert "4 edit(s) more" in fallow_cli("info", "out")[1]
    assert '"wheat"' in fallow_cli("info", "out/edited")[1]


def test_edits_elsewhere_leave_the_result_alone(fallow_cli, recipe, tmp_path):
    before = contents(tmp_path / "out")
    assert fallow_cli("edit", "out", "--with", recipe, "-o", "other", "--format", "cog", "-q") == (0, "", "")
    assert contents(tmp_path / "out") == before
    assert open_result(tmp_path / "other").n_classes == 3


def test_edits_of_classes_go_on_to_the_next_image(fallow_cli, photo, recipe, tmp_path):
    assert fallow_cli("fit", photo, "-k", "3", "--effort", "fast", "-o", "m.fallow", "-q")[0] == 0
    code, _, error = fallow_cli("apply", "m.fallow", photo, "-o", "next", "--edits", recipe)
    assert (code, error.count("\n")) == (2, 1)
    assert "line 3: the split has no centers" in error
    assert fallow_cli("edit", "out", "--with", recipe, "-q")[0] == 0
    code, told, _ = fallow_cli("apply", "m.fallow", photo, "-o", "next", "--edits", "out/edits.toml")
    assert code == 0
    assert "wheat" in told
    assert "1 edit(s) of regions or their scale are of another image: left out" in told
    assert [row.label for row in open_result(tmp_path / "next").table] == [1, 3, 4]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("edit", "out"), "out has no edits.toml"),
        (("edit", "out", "--with", "none.toml"), "cannot read none.toml"),
        (("edit", "."), "holds no result"),
        (("edit", "out", "--with", "wrong.toml"), "line 2: there is no class 9; there are 1 to 3"),
        (("edit", "out", "--with", "edits.toml", "--format", "png"), "format"),
        (("edit", "out", "--with", "edits.toml", "-o", "out"), "already holds a result"),
    ],
)
def test_mistakes_are_one_line(fallow_cli, recipe, tmp_path, args, told):
    Edits.of([LINES[1], {"do": "drop", "class": 9}]).write(tmp_path / "wrong.toml")
    code, out, error = fallow_cli(*args)
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert told in error
