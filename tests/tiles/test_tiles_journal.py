"""The journal of a run: who may go on with it."""

import json

import numpy as np
import pytest

from fallow.errors import InputError
from fallow.tiles.journal import HEAD, Journal, read_head, refuse_other

IDENTITY = {"fallow": "0.1.0", "options": {"classes": "4", "unit": "region"}, "image": ("/x.tif", 10, 20)}
TILE = (512, 1024)
WINDOW = (0, 512, 0, 1024)


@pytest.fixture
def begun(tmp_path):
    """A folder whose run was killed after one tile."""
    with Journal(tmp_path, IDENTITY, TILE) as journal:
        journal.records("finding superpixels").put(WINDOW, {"cells": np.arange(6)})
    return tmp_path


def test_the_same_run_goes_on_with_the_tiles_of_the_first(begun):
    with Journal(begun, IDENTITY, (2048, 512)) as journal:
        assert journal.tile == TILE
        np.testing.assert_array_equal(journal.records("finding superpixels").get(WINDOW)["cells"], np.arange(6))


def test_each_stage_has_records_of_its_own(begun):
    with Journal(begun, IDENTITY, TILE) as journal:
        assert WINDOW not in journal.records("classifying")
        assert journal.records("finding superpixels") is journal.records("finding superpixels")
    assert {path.name for path in begun.iterdir()} == {HEAD, "finding-superpixels.records", "classifying.records"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fallow": "0.2.0"}, r"\(fallow was '0\.1\.0', now '0\.2\.0'\)"),
        ({"options": {"classes": "5", "unit": "region"}}, r"\(options classes was '4', now '5'\)"),
        ({"options": {"classes": "4"}}, r"\(options unit was 'region', now None\)"),
        ({"image": ("/x.tif", 10, 21)}, r"\(image was \['/x\.tif', 10, 20\], now \['/x\.tif', 10, 21\]\)"),
        ({"model": "m.fallow", "fallow": "1"}, r"\(fallow was '0\.1\.0', now '1'; model was None, now 'm\.fallow'\)"),
    ],
)
def test_another_run_is_refused_and_told_what_differs(begun, change, told):
    before = {path.name: path.read_bytes() for path in begun.iterdir()}
    with pytest.raises(InputError, match=f"holds an unfinished run of something else {told}; repeat that one"):
        Journal(begun, IDENTITY | change, TILE)
    with pytest.raises(InputError, match="or say --overwrite to begin anew"):
        refuse_other(begun, IDENTITY | change)
    assert {path.name: path.read_bytes() for path in begun.iterdir()} == before


def test_overwriting_another_run_begins_anew_and_forgets_its_records(begun):
    with Journal(begun, IDENTITY | {"fallow": "0.2.0"}, (1024, 512), overwrite=True) as journal:
        assert journal.tile == (1024, 512)
        assert len(journal.records("finding superpixels")) == 0
    with Journal(begun, IDENTITY | {"fallow": "0.2.0"}, TILE) as journal:
        assert journal.tile == (1024, 512)


def test_overwriting_goes_on_with_the_same_run(begun):
    """A run that replaces a result and is killed is repeated with the same command."""
    with Journal(begun, IDENTITY, (1024, 512), overwrite=True) as journal:
        assert journal.tile == TILE
        assert WINDOW in journal.records("finding superpixels")


@pytest.mark.parametrize("text", ["", "{", "\x00\x01", '{"tile": [5'])
def test_a_head_that_cannot_be_read_is_no_run(begun, text):
    (begun / HEAD).write_text(text)
    assert read_head(begun) is None
    with Journal(begun, IDENTITY, (1024, 512)) as journal:
        assert journal.tile == (1024, 512)
        assert len(journal.records("finding superpixels")) == 0
    assert json.loads((begun / HEAD).read_text())["tile"] == [1024, 512]


def test_a_folder_without_a_run_is_nobodys(tmp_path):
    assert read_head(tmp_path) is None
    refuse_other(tmp_path, IDENTITY)


@pytest.mark.parametrize("identity", [{"scale": 1.5}, {"window": (1, 2)}, {"name": "größe"}, {"seed": 2**70}, {}])
def test_an_identity_is_itself_after_a_file(tmp_path, identity):
    Journal(tmp_path, identity, TILE).close()
    with Journal(tmp_path, identity, (512, 512)) as journal:
        assert journal.tile == TILE
