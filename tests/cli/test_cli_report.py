"""fallow report, and --report"""

import json
import sys

import pytest

from fallow.saving import MARKER


@pytest.fixture(autouse=True)
def _extra():
    pytest.importorskip("jinja2", reason="jinja2 is not installed: pip install 'fallow[report]'")


def segment(fallow_cli, *said):
    assert fallow_cli("segment", *said, "-k", "3", "--effort", "fast", "-q") == (0, "", "")


def test_a_report_goes_into_the_result(fallow_cli, photo):
    segment(fallow_cli, photo, "-o", "out")
    assert fallow_cli("report", "out") == (0, "written: out/report.html\n", "")
    assert fallow_cli("report", "out", "-q") == (0, "", "")
    assert json.loads(fallow_cli("report", "out", "--json")[1]) == ["out/report.html"]


def test_the_option_gives_the_same_report(fallow_cli, photo, tmp_path):
    segment(fallow_cli, photo, "-o", "out", "--report")
    written = (tmp_path / "out/report.html").read_bytes()
    assert fallow_cli("report", "out", "-q") == (0, "", "")
    assert (tmp_path / "out/report.html").read_bytes() == written
    segment(fallow_cli, photo, "-o", "out", "--overwrite")
    assert not (tmp_path / "out/report.html").exists()  # it told of another result


def test_several_results_get_an_index(fallow_cli, photo, field, tmp_path):
    segment(fallow_cli, photo, field, "-o", "out", "--report", "--runner", "serial")
    index = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    for name in ("photo", "field"):
        assert (tmp_path / "out" / name / "report.html").is_file()
        assert f'<a href="{name}/report.html">' in index
    pages = ["out/field/report.html", "out/photo/report.html", "out/index.html"]
    assert fallow_cli("report", "out")[1].splitlines() == [f"written: {page}" for page in pages]


def test_classes_of_a_model_are_reported_too(fallow_cli, field, tmp_path):
    assert fallow_cli("fit", field, "-k", "3", "--unit", "pixel", "-o", "m.fallow", "-q")[0] == 0
    assert fallow_cli("apply", "m.fallow", field, "-o", "out", "--report", "-q") == (0, "", "")
    assert "The classes come from m.fallow" in (tmp_path / "out/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("gone", "gone is not there; name the folder of a result"),
        ("photo.png", "photo.png is a file; name the folder of a result"),
        (".", f". is no result of fallow and holds none: there is no {MARKER} in it or one folder below"),
    ],
)
def test_what_is_no_result_is_one_line(fallow_cli, photo, folder, message):
    assert fallow_cli("report", folder) == (2, "", f"fallow: {message}\n")


def test_nothing_of_the_users_own_is_replaced(fallow_cli, photo, field, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/index.html").write_text("my own")
    code, _, err = fallow_cli("segment", photo, field, "-k", "3", "-o", "out", "--report")
    assert (code, err) == (2, "fallow: out/index.html is there and no report of fallow; move it away\n")
    assert (tmp_path / "out/index.html").read_text() == "my own"
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["index.html"]


def test_what_is_missing_is_told_before_any_work(fallow_cli, photo, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    for said in (("segment", photo, "--report", "-o", "out"), ("report", ".")):
        code, out, err = fallow_cli(*said)
        assert (code, out) == (2, "")
        assert err.startswith("fallow: ")
    assert not (tmp_path / "out").exists()
