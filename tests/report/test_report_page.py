"""The report holds everything, stands alone, and can be read by anybody."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest

import fallow
from fallow.config import Job
from fallow.errors import MissingExtraError
from fallow.features.base import Bands
from fallow.features.encoder_file import EncoderFile
from fallow.report import write_report
from fallow.report.evidence import learned_of
from fallow.report.folder import MARK

VOID = {"meta", "br", "input", "img", "link", "hr"}
ALWAYS = ["image", "cards", "regions", "confidence-map", "recipe"]
SECTIONS = {
    "cube": [*ALWAYS[:4], "choice", "som", "recipe"],
    "plain": ALWAYS,
    "applied": [*ALWAYS[:4], "drift", "recipe"],
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
each_kind = pytest.mark.parametrize("kind", SECTIONS)


class Reader(HTMLParser):
    """Read a page: its elements, its text, and that every element ends where it should."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self._open = [], "", []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def pages(cube, plain, applied, tmp_path_factory):
    """The text of each report."""
    folder = tmp_path_factory.mktemp("reports")
    written = {}
    for kind, result in (("cube", cube), ("plain", plain), ("applied", applied)):
        (folder / kind).mkdir()
        written[kind] = write_report(fallow.open_result(result), folder / kind).read_text(encoding="utf-8")
    return written


@each_kind
def test_it_has_the_sections_that_the_result_has_something_for(pages, kind):
    page = Reader(pages[kind])
    assert [each["id"] for tag, each in page.elements if tag == "section"] == SECTIONS[kind]
    headings = Counter(tag for tag, _ in page.elements)
    assert headings["h1"] == 1
    assert headings["h2"] == len(SECTIONS[kind])


@each_kind
def test_it_stands_alone(pages, kind):
    page = Reader(pages[kind])
    assert "://" not in pages[kind]
    assert not {tag for tag, _ in page.elements} & {"script", "link", "iframe", "object", "embed"}
    pointed = [each[name] for _, each in page.elements for name in ("href", "src", "xlink:href") if name in each]
    assert all(each.startswith(("#", "data:image/")) for each in pointed)
    assert not re.findall(r"url\((?!#)", pages[kind])
    policy = next(each["content"] for _, each in page.elements if each.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@each_kind
def test_what_it_points_at_is_there(pages, kind):
    page = Reader(pages[kind])
    ids = {each["id"] for _, each in page.elements if "id" in each}
    pointed = [each["href"][1:] for _, each in page.elements if each.get("href", "").startswith("#")]
    pointed += re.findall(r"url\(#(\w+)\)", pages[kind])
    pointed += [each[name] for _, each in page.elements for name in ("for", "aria-labelledby") if name in each]
    assert set(pointed) - ids == set()


@each_kind
def test_pictures_are_described_and_tables_have_heads(pages, kind):
    elements = Reader(pages[kind]).elements
    assert all(each.get("aria-label") for _, each in elements if each.get("role") == "img")
    drawn = [each for tag, each in elements if tag == "svg"]
    assert all(each.get("role") == "img" or each.get("aria-hidden") == "true" for each in drawn)
    counts = Counter(tag for tag, _ in elements)
    assert all("scope" in each for tag, each in elements if tag == "th")
    assert counts["th"] >= counts["tr"]


def test_hostile_names_are_only_text(pages):
    page = Reader(pages["cube"])
    assert "<script>alert(1)" not in pages["cube"]
    assert "onerror=alert(1)>" not in pages["cube"]
    assert "<script>alert(1)" in page.text
    assert not any("onerror" in each for _, each in page.elements)


def test_cards_tell_of_each_class(pages, cube, plain):
    page, result = Reader(pages["cube"]), fallow.open_result(cube)
    assert sum(each.get("class") == "card" for _, each in page.elements) == result.n_classes
    assert sum("over the bands, with its deviation" in each.get("aria-label", "") for _, each in page.elements) == (
        result.n_classes
    )
    assert all(f"{row.area:,} px" in page.text and row.color in pages["cube"] for row in result.table)
    assert f"{sum(row.area_m2 for row in result.table) / 1e4:.2f} ha" in page.text
    assert "mean colour" in Reader(pages["plain"]).text
    assert pages["plain"].count('<th scope="row">red</th>') == fallow.open_result(plain).n_classes


def test_numbers_of_the_evidence_are_told(pages):
    page = Reader(pages["cube"]).text
    assert "Stability: the share of other samples" in page
    assert "Percent of a class (row)" in page
    assert "6 × 6 units, hexagonal" in page
    assert "silhouette" in page


def test_drift_is_a_warning_and_a_class_without_pixels_says_so(pages):
    page = Reader(pages["applied"])
    assert [each["role"] for _, each in page.elements if each.get("class") == "warning"] == ["note"]
    assert "Warning: " in page.text
    assert "It has no pixel here." in page.text
    assert "in deviations of the fitted pixels" in page.text


def test_times_are_told_where_they_are_known(plain, tmp_path):
    result = fallow.open_result(plain)
    assert "in all" not in write_report(result, tmp_path).read_text(encoding="utf-8")
    result.seconds = {"sampling": 1.0, "fitting": 2.0, "all": 4.0}
    page = Reader(write_report(result, tmp_path).read_text(encoding="utf-8")).text
    assert "4 s in all" in page
    assert "all else" in page


def test_the_same_result_gives_the_same_bytes(pages, cube, tmp_path):
    again = write_report(fallow.open_result(cube), tmp_path).read_bytes()
    assert again == pages["cube"].encode()
    assert MARK.encode() in again
    assert len(again) < 6_000_000


def test_how_an_encoder_learned_is_shown_while_it_is_there(plain, tmp_path):
    result = fallow.open_result(plain)
    assert learned_of(result) == []
    curve = np.array([[0, 1.0, 1.1], [10, 0.5, 0.7]])
    origin = {"objective": "contrastive", "steps": 10}
    path = tmp_path / "a,b.fallow"
    EncoderFile((b"",), Bands(3), 4, 8, 4, origin=origin, curve=curve).save(path)
    result.recipe["found"]["features"] = ["color", f'encoder,path="{path}"']
    (told,) = learned_of(result)
    assert told["path"] == str(path)
    assert told["origin"] == [("objective", "contrastive"), ("steps", "10")]
    assert "loss, contrastive" in told["figure"]
    path.write_bytes(b"something else")
    assert learned_of(result) == []


def test_a_page_of_somebody_else_is_left_alone(plain, tmp_path):
    (tmp_path / "report.html").write_text("my own")
    with pytest.raises(fallow.InputError, match=r"report.html is there and no report of fallow; move it away$"):
        write_report(fallow.open_result(plain), tmp_path)
    assert (tmp_path / "report.html").read_text() == "my own"


@pytest.mark.parametrize("module", ["jinja2", "matplotlib"])
def test_what_is_missing_is_told_before_any_work(monkeypatch, tmp_path, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"this needs {module}; install it with: pip install 'fallow\[report"):
        Job.from_options(("gone.png",), str(tmp_path), report=True)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look with")
def test_nothing_reaches_over_the_edge_of_a_telephone(pages, tmp_path):
    path = tmp_path / "page.html"
    told = "<script>document.title = [innerWidth, document.documentElement.scrollWidth].join(' ')</script>"
    path.write_text(re.sub(r'<meta http-equiv="Content-S.*?>', "", pages["cube"]) + told, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=400,2000", "--dump-dom"]
    options.append(f"--user-data-dir={tmp_path / 'profile'}")
    seen = subprocess.run([CHROMIUM, *options, path.as_uri()], capture_output=True, text=True, timeout=120)
    width, needed = re.findall(r"<title>(\d+) (\d+)</title>", seen.stdout)[0]
    assert int(needed) <= int(width) <= 500
