import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from fallow.archive import read_archive, write_archive
from fallow.errors import FileError, InputError

TREE = {
    "name": "farm",
    "numbers": [1, 2.5, None, True],
    "nested": {"centers": np.arange(6, dtype=np.float32).reshape(2, 3), "array": {"deep": "the key itself"}},
    "empty": {},
}


def test_what_is_written_is_read(tmp_path):
    write_archive(tmp_path / "a.fallow", TREE, kind="test")
    back = read_archive(tmp_path / "a.fallow", kind="test")
    np.testing.assert_array_equal(back["nested"].pop("centers"), TREE["nested"]["centers"])
    assert back == TREE | {"nested": {"array": {"deep": "the key itself"}}}


def test_same_tree_same_bytes(tmp_path):
    for name in "ab":
        write_archive(tmp_path / name, TREE, kind="test")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_objects_are_refused_and_leave_no_file(tmp_path):
    with pytest.raises(TypeError, match="object is not plain data"):
        write_archive(tmp_path / "a", {"x": object()}, kind="test")
    with pytest.raises(ValueError, match=r"[Oo]bject arrays"):
        write_archive(tmp_path / "a", {"x": np.array([object()])}, kind="test")
    assert list(tmp_path.iterdir()) == []


def test_a_pickle_inside_is_never_run(tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.array([print], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "evil", "w") as file:
        file.writestr(
            "tree.json", json.dumps({"format": "fallow-test", "version": 1, "content": {"dict": {"x": {"array": 0}}}})
        )
        file.writestr("arrays/0.npy", buffer.getvalue())
    with pytest.raises(InputError, match="not a file that Fallow saved, or it is damaged"):
        read_archive(tmp_path / "evil", kind="test")


@pytest.mark.parametrize("content", [b"", b"no zip", pickle.dumps({"a": 1})])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(InputError, match="not a file that Fallow saved"):
        read_archive(tmp_path / "other", kind="test")


def test_a_member_that_claims_too_much_is_refused(tmp_path, monkeypatch):
    write_archive(tmp_path / "a", TREE, kind="test")
    monkeypatch.setattr("fallow.archive.MAX_JSON_BYTES", 10)
    with pytest.raises(InputError, match=r"claims .* bytes, more than the 10"):
        read_archive(tmp_path / "a", kind="test")


def test_missing_places_are_named(tmp_path):
    with pytest.raises(FileError, match=r"no such file: .*gone"):
        read_archive(tmp_path / "gone", kind="test")
    with pytest.raises(FileError, match=r"cannot write .*nowhere"):
        write_archive(tmp_path / "nowhere" / "a", TREE, kind="test")


def test_another_kind_is_refused(tmp_path):
    write_archive(tmp_path / "a", TREE, kind="test")
    with pytest.raises(InputError, match="holds a fallow-test, expected a fallow-model"):
        read_archive(tmp_path / "a", kind="model")


def test_a_newer_version_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("fallow.archive.VERSION", 99)
    write_archive(tmp_path / "a", TREE, kind="test")
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"was written by Fallow .*; this is .*, please update"):
        read_archive(tmp_path / "a", kind="test")
