"""fallow export"""

import json
import re

import pyogrio
import pytest


@pytest.fixture
def results(fallow_cli, photo, field):
    for image, folder in ((photo, "one"), (field, "two")):
        assert fallow_cli("segment", image, "-o", folder, "-k", "3", "--unit", "pixel", "-q") == (0, "", "")
    return "one", "two"


def test_results_are_handed_over_each_in_its_folder(fallow_cli, results, tmp_path):
    said = ("export", *results, "--to", "gpkg", "--by", "class", "--smooth", "--simplify", "2", "--min-area", "9")
    names = ["one/export/photo-class.gpkg", "two/export/field-class.gpkg"]
    assert fallow_cli(*said) == (0, "".join(f"written: {name}\n" for name in names), "")
    assert pyogrio.read_info(tmp_path / names[1], layer=0)["features"] == 3
    code, out, err = fallow_cli(*said, "--overwrite", "--json")
    assert (code, json.loads(out), err) == (0, names, "")
    assert fallow_cli(*said, "--overwrite", "-q") == (0, "", "")
    assert fallow_cli("export", "two", "--to", "geojson", "-o", "x/my.json", "-q") == (0, "", "")
    assert (tmp_path / "x/my.json").is_file()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (("one", "--to", "gkpg"), "to must be one of gpkg, .*, got 'gkpg'; did you mean \"gpkg\"?"),
        (("one", "--to", "geojson", "--to-crs", "EPSG:3857"), "geojson has no option 'to_crs'; it has by, simplify"),
        (("one", "--to", "gpkg", "--to-crs", "EPSG:4326"), "the image has no georeference with a named system"),
        (("one", "two", "--to", "gpkg", "-o", "a.gpkg"), "2 results cannot all be written to a.gpkg"),
        (("three", "--to", "gpkg"), "three holds no result of fallow"),
        (("one",), "Missing option '--to'"),
    ],
)
def test_mistakes_are_one_line(fallow_cli, results, said, message):
    code, out, err = fallow_cli("export", *said)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.search(message.replace("?", r"\?") if message.endswith("?") else message, err)
