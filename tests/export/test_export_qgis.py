"""Styles: XML with the nodes that QGIS reads, in the colours and names of the table."""

import sqlite3
from contextlib import closing
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio

from fallow.export.qgis import MOST_COLORS, class_style, polygon_style, region_style

LEGEND = [(1, "wheat & rye", "#e69f00"), (4, '"fallow" <old>', "#009e73")]


def test_classes_are_paletted():
    renderer = ElementTree.fromstring(class_style(LEGEND)).find("pipe/rasterrenderer")
    assert (renderer.get("type"), renderer.get("band")) == ("paletted", "1")
    entries = renderer.findall("colorPalette/paletteEntry")
    assert [(int(e.get("value")), e.get("label"), e.get("color")) for e in entries] == LEGEND


def test_polygons_are_categorised():
    renderer = ElementTree.fromstring(polygon_style(LEGEND)).find("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "class")
    categories = renderer.findall("categories/category")
    assert [(int(c.get("value")), c.get("label")) for c in categories] == [each[:2] for each in LEGEND]
    for category, color in zip(categories, ("230,159,0,255", "0,158,115,255"), strict=True):
        layer = renderer.find(f"symbols/symbol[@name='{category.get('symbol')}']/layer")
        assert layer.get("class") == "SimpleFill"
        assert layer.find("Option/Option[@name='color']").get("value") == color
        assert layer.find("prop[@k='color']").get("v") == color


@pytest.mark.parametrize("n", [1, 7, MOST_COLORS, 54321])
def test_regions_have_colours_up_to_the_last(n):
    items = ElementTree.fromstring(region_style(n)).findall(".//colorrampshader/item")
    ends = [float(each.get("value")) for each in items]
    assert len(ends) == min(n, MOST_COLORS)
    assert ends[-1] == np.inf
    assert (np.diff(ends) > 0).all()


def test_the_table_of_classes_lies_beside_their_raster(field):
    table = ElementTree.parse(field.folder / "classes.tif.aux.xml").find("PAMRasterBand/GDALRasterAttributeTable")
    names = [each.text for each in table.findall("FieldDefn/Name")]
    assert names == ["Value", "Name", "Red", "Green", "Blue", "Count", "share", "area_m2", "hectares"]
    assert [each.text for each in table.findall("FieldDefn/Usage")] == ["5", "2", "6", "7", "8", "1", "0", "0", "0"]
    for line, row in zip(table.findall("Row"), field.table, strict=True):
        said = dict(zip(names, (cell.text for cell in line), strict=True))
        assert (int(said["Value"]), said["Name"], int(said["Count"])) == (row.label, row.name, row.area)
        assert "#{:02x}{:02x}{:02x}".format(*(int(said[each]) for each in ("Red", "Green", "Blue"))) == row.color
        assert float(said["hectares"]) == pytest.approx(row.area / 100)


def test_rasters_name_their_bands_and_have_styles(field):
    for name in ("classes", "regions", "confidence"):
        with rasterio.open(field.folder / f"{name}.tif") as dataset:
            assert dataset.descriptions == (name,)
        assert ElementTree.parse(field.folder / f"{name}.qml").getroot().tag == "qgis"


def test_polygons_have_a_style_beside_and_a_geopackage_one_inside(field, tmp_path):
    target = field.export("gpkg", tmp_path / "a.gpkg")
    style = polygon_style([(row.label, row.name, row.color) for row in field.table])
    assert (tmp_path / "a.qml").read_text(encoding="utf-8") == style
    with closing(sqlite3.connect(target)) as base:
        columns = "f_table_name, f_geometry_column, styleQML, useAsDefault"
        assert base.execute(f"SELECT {columns} FROM layer_styles").fetchall() == [("a", "geom", style, 1)]


def test_a_zarr_has_no_rasters_to_style(field, tmp_path):
    pytest.importorskip("zarr")
    folder = field.save(tmp_path / "out", format="zarr")
    assert not [path for path in folder.iterdir() if path.suffix in (".qml", ".xml")]
