"""What is done with a result in the viewer is a recipe of edits; nothing here needs napari."""

from dataclasses import replace

import numpy as np
import pytest

import fallow
from fallow.editing import EDITED, edit_result
from fallow.edits import Edits
from fallow.errors import InputError
from fallow.napari.session import Session
from fallow.saving import EDITS
from system_scenes import contents


@pytest.fixture
def session(result_folder):
    return Session.open(result_folder)


def test_a_scale_takes_the_place_of_the_one_before(session):
    fewest, most = session.region_limits()
    for n in (most, fewest, fewest + 1):
        session.scale(n)
        assert session.result.n_regions == len(np.unique(session.result.regions[session.result.regions > 0])) == n
    assert [line["n_regions"] for line in session.result.edits] == [fewest + 1]
    session.undo()
    assert not session.can_undo
    assert not session.result.edits


def test_classes_and_scales_are_steps_of_their_own(session):
    session.scale(3)
    session.classes(2)
    session.scale(4)
    session.scale(5)
    assert [line["do"] for line in session.result.edits] == ["scale", "classes", "scale"]
    assert session.result.n_classes == 2
    session.undo()
    session.undo()
    assert [line["n_regions"] for line in session.result.edits] == [3]
    assert session.result.n_classes == 3


def test_what_is_saved_is_what_fallow_edit_makes_of_the_lines(tmp_path, session):
    session.scale(4)
    session.classes(2)
    saved = session.save(tmp_path / "out")
    assert [line["do"] for line in Edits.read(saved / EDITS)] == ["scale", "classes"]
    _, painted = edit_result(saved, output=tmp_path / "again")
    assert contents(painted) == contents(saved / EDITED)
    np.testing.assert_array_equal(fallow.open_result(saved).regions, session.result.regions)


def test_saved_lines_are_one_step_when_opened_again(tmp_path, session):
    session.scale(4)
    session.classes(2)
    again = Session.open(session.save(tmp_path / "out"))
    again.scale(3)
    assert [line["do"] for line in again.result.edits] == ["scale", "classes", "scale"]
    again.undo()
    again.undo()
    assert again.save() == tmp_path / "out"
    assert len(Edits.read(tmp_path / "out" / EDITS)) == 0


def test_another_result_is_not_replaced(tmp_path, session):
    fallow.open_result(session.folder).save(tmp_path / "other")
    before = contents(tmp_path / "other")
    with pytest.raises(InputError, match="already holds a result"):
        session.save(tmp_path / "other")
    assert contents(tmp_path / "other") == before


def test_a_result_without_a_tree_has_no_scales(session):
    session = Session(replace(session.result, tree=None))
    assert session.region_limits() is None
    with pytest.raises(InputError, match="no tree of scales"):
        session.scale(3)
    with pytest.raises(InputError, match="choose a folder"):
        session.save()
