"""The pages say what the code does: examples run, commands parse, tables hold the defaults, links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from fallow import Segmenter
from fallow.cli import group
from fallow.cluster import describe_method, make_clusterer
from fallow.cluster.registry import CLUSTERERS
from fallow.features import FAMILIES, parse_features
from fallow.features.reduce import parse_reduction
from fallow.features.registry import describe_features, find_family
from fallow.tiles.mapping_unit import min_area_pixels
from system_scenes import patches, write_photo, write_raster

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ENCODER_HALO = 48  # of a file that was trained: tests/features/test_features_encoder.py holds it
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])


def each_page(pages):
    return pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(ROOT)))


def code_blocks(page, language=""):
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [code for each, code in blocks if each == language]


def commands(page):
    lines = "\n".join(code_blocks(page)).splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("fallow ")]


@pytest.fixture
def named_images(tmp_path, monkeypatch):
    """The images that the examples name."""
    monkeypatch.chdir(tmp_path)
    scene = patches(90, 120, bands=4, dtype="uint16", n_kinds=3, cell=30)
    write_photo(tmp_path / "photo.jpg", scene[..., :3].astype("uint8"))
    for path in ("field.tif", "other.tif", "summer/a.tif", "summer/b.tif", "autumn/c.tif"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        write_raster(tmp_path / path, scene, describe=name_bands)


def name_bands(raster):
    raster.descriptions = ("red", "green", "blue", "nir")


@each_page([page for page in PAGES if code_blocks(page, "python")])
@pytest.mark.usefixtures("named_images")
def test_python_examples_run(page):
    namespace = {}
    for block in code_blocks(page, "python"):
        exec(compile(block, str(page), "exec"), namespace)


@each_page([page for page in PAGES if commands(page)])
def test_commands_parse(page):
    for name, *said in commands(page):
        options = group.get_command(None, name).make_context(name, said).params
        parse_features(options.get("features") or "color")
        make_clusterer(options.get("method") or "kmeans", 3)
        min_area_pixels(options.get("min_area") or 0, 1.0)
        if options.get("reduce") not in (None, "auto", "none"):
            parse_reduction(options["reduce"])


def test_every_option_is_explained():
    page = (DOCS / "command-line.md").read_text(encoding="utf-8")
    said = {option for name in group.list_commands(None) for each in group.get_command(None, name).params
            for option in each.opts if option.startswith("-")}  # fmt: skip
    assert {option for option in said if f"`{option}" not in page} == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_pages_of_features_hold_the_defaults(family):
    feature = find_family(family)()
    check_defaults(DOCS / f"features/{family}.md", describe_features([(feature, 1.0)])[0].removesuffix(",weight=1.0"))
    index = (DOCS / "features/README.md").read_text(encoding="utf-8")
    halo = ENCODER_HALO if family == "encoder" else feature.halo
    assert re.search(rf"^\| \[{family}\].* {halo} \|$", index, re.MULTILINE)


@pytest.mark.parametrize("method", CLUSTERERS)
def test_pages_of_methods_hold_the_defaults(method):
    check_defaults(DOCS / f"methods/{method}.md", describe_method(make_clusterer(method, 2)))


def check_defaults(page, described):
    table = page.read_text(encoding="utf-8").partition("| option | default |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", table, re.MULTILINE)
    assert rows == [tuple(option.split("=")) for option in described.split(",")[1:]]


def test_the_segmenters_defaults_are_told():
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    for name, default in Segmenter().get_params().items():
        assert f"| `{name}` | `{json.dumps(default)}` |" in page


@each_page(PAGES)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith("http"):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_tests_that_are_named_exist():
    named = set(re.findall(r"`(test_\w+)`", (DOCS / "invariance.md").read_text(encoding="utf-8")))
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named - defined == set()


def test_every_page_is_in_the_index():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index and not page.startswith("decisions/")} == set()
