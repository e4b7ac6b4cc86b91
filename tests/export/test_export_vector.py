"""Polygons in files: what is told of each is true, neighbours share their border, same result, same bytes."""

import json
import time

import numpy as np
import pyogrio
import pytest
import shapely
from rasterio.warp import transform

import fallow
from fallow import InputError
from fallow.raster.vector import Polygons
from system_scenes import PLACE, contents, patches, write_raster

BY_GDAL = {"gpkg": "a.gpkg", "geojson": "a.geojson", "flatgeobuf": "a.fgb", "shapefile": "a.shp"}


def read(path):
    meta, _, geometry, values = pyogrio.raw.read(path, layer=0)
    return meta["crs"], shapely.from_wkb(geometry), dict(zip(meta["fields"], values, strict=True))


def no_overlap(polygons):
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    one, other = one[one < other], other[one < other]
    return (shapely.area(shapely.intersection(polygons[one], polygons[other])) == 0).all()


@pytest.mark.parametrize("to", list(BY_GDAL))
@pytest.mark.parametrize("by", ["region", "class"])
def test_each_format_holds_the_same(field, tmp_path, to, by):
    crs, polygons, told = read(field.export(to, tmp_path / BY_GDAL[to], by=by, simplify=0))
    labels = field.regions if by == "region" else field.classes
    order = np.argsort(told[by])  # FlatGeobuf sorts by place
    assert told[by][order].tolist() == np.unique(labels[labels > 0]).tolist()
    pixels = np.bincount(labels.ravel())[told[by]]
    np.testing.assert_array_equal(told["area_px"], pixels)
    np.testing.assert_allclose(told["area_m2"], 100.0 * pixels)
    np.testing.assert_allclose(told["hectares"], pixels / 100)
    assert shapely.is_valid(polygons).all()
    if to != "geojson":
        assert crs == PLACE["crs"]
        np.testing.assert_allclose(shapely.area(polygons), told["area_m2"], rtol=1e-9)
        assert set(told["color"]) <= {row.color for row in field.table}
        assert no_overlap(polygons)
    assert set(told["name"]) <= {row.name for row in field.table}


@pytest.mark.parametrize("options", [{}, {"smooth": True}, {"simplify": 5}, {"min_area": "40px", "smooth": True}])
def test_simple_outlines_leave_no_gap_and_no_overlap(tmp_path, options):
    image = patches(90, 131, bands=3, dtype="float32", cell=17)
    result = fallow.segment(write_raster(tmp_path / "full.tif", image), classes=3, effort="fast")
    for by in ("region", "class"):
        _, polygons, told = read(result.export("gpkg", tmp_path / f"{by}.gpkg", by=by, **options))
        assert no_overlap(polygons)
        assert shapely.area(polygons).sum() == pytest.approx(90 * 131 * 100, rel=1e-12)
        assert shapely.union_all(polygons).area == pytest.approx(90 * 131 * 100, rel=1e-12)
        assert told["area_px"].sum() == 90 * 131


def test_a_region_is_told_as_the_result_knows_it(field, tmp_path):
    _, _, told = read(field.export("gpkg", tmp_path / "a.gpkg"))
    merged = field.leaves.merged(field.region)
    np.testing.assert_allclose(told["mean_red"], merged.mean[:, 0])
    np.testing.assert_allclose(told["deviation_green"], merged.deviation[:, 1])
    assert [name for name in told if name.startswith("mean_near")] == ["mean_near_infrared", "mean_near_infrared_2"]
    for region in (1, int(told["region"][-1])):
        here = field.regions == region
        assert told["class"][region - 1] == np.bincount(field.classes[here]).argmax()
        assert told["confidence"][region - 1] == pytest.approx(field.confidence[here].mean(), abs=1e-4)


def test_a_class_is_told_as_in_the_table(field, tmp_path):
    _, _, told = read(field.export("gpkg", tmp_path / "a.gpkg", by="class"))
    for number, row in enumerate(field.table):
        assert [told[name][number] for name in ("class", "name", "color", "area_px")] == [
            *(row.label, row.name, row.color, row.area),
        ]
        assert told["mean_red"][number] == pytest.approx(row.mean[0], rel=1e-6)


def test_perimeters_are_of_the_outline_in_metres(field, tmp_path):
    _, polygons, told = read(field.export("gpkg", tmp_path / "a.gpkg", smooth=True))
    np.testing.assert_allclose(told["perimeter_m"], shapely.length(polygons), rtol=1e-9)


def test_an_image_without_a_place_is_drawn_in_pixels(photo, tmp_path):
    target = photo.export("geojson", tmp_path / "a.geojson", simplify=0)
    _, polygons, told = read(target)
    assert shapely.area(polygons).tolist() == told["area_px"].tolist()
    assert shapely.total_bounds(polygons).tolist() == [0, 0, 70, 60]
    np.testing.assert_allclose(told["perimeter_px"], shapely.length(polygons))
    assert "area_m2" not in told
    assert not [name for name in told if name.startswith("mean")]  # nobody kept those of pixels' regions
    labels = Polygons(target, (60, 70), None, "region").labels((0, 60, 0, 70))
    np.testing.assert_array_equal(labels, photo.regions)  # score reads it back


@pytest.mark.parametrize("to_crs", ["EPSG:4326", "EPSG:3857", "EPSG:3035"])
def test_other_systems_keep_what_is_shared(field, tmp_path, to_crs):
    crs, polygons, told = read(field.export("gpkg", tmp_path / "a.gpkg", to_crs=to_crs, simplify=0))
    assert crs == to_crs
    assert shapely.is_valid(polygons).all()
    assert no_overlap(polygons)
    assert shapely.union_all(polygons).area == pytest.approx(shapely.area(polygons).sum(), rel=1e-9)
    np.testing.assert_array_equal(told["area_px"], np.bincount(field.regions.ravel())[1:])
    at = (500_650.0, 4_999_550.0)  # and it lies where it should
    moved = shapely.Point(*np.ravel(transform(PLACE["crs"], to_crs, *np.array([at]).T)))
    assert shapely.total_bounds(polygons)[0] < moved.x < shapely.total_bounds(polygons)[2]
    assert shapely.total_bounds(polygons)[1] < moved.y < shapely.total_bounds(polygons)[3]


def test_geojson_is_rfc_7946(field, tmp_path):
    said = json.loads(field.export("geojson", tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert "crs" not in said
    for each in said["features"]:
        for rings in each["geometry"]["coordinates"]:
            signed = [shapely.is_ccw(shapely.linearrings(ring)) for ring in rings]
            assert signed == [True] + [False] * (len(rings) - 1)
            assert all(14 < x < 16 and 45 < y < 46 for ring in rings for x, y in ring)


def test_long_borders_bend_with_the_system(tmp_path):
    image = np.zeros((40, 1000, 1), np.float32)
    image[20:] = 200
    path = write_raster(tmp_path / "long.tif", image, transform=PLACE["transform"] @ PLACE["transform"].scale(50))
    frame = shapely.box(500_000, 5_000_000 - 40 * 500, 500_000 + 1000 * 500, 5_000_000)
    result = fallow.segment(path, classes=2, unit="pixel")
    _, polygons, _ = read(result.export("gpkg", tmp_path / "a.gpkg", to_crs="EPSG:4326"))
    degrees = shapely.segmentize(shapely.union_all(polygons), 0.01)  # as straight as the file says
    metres = shapely.transform(degrees, lambda at: np.stack(transform("EPSG:4326", PLACE["crs"], *at.T), axis=1))
    assert shapely.hausdorff_distance(metres.exterior, frame.exterior) < 0.02 * 500 + 0.02
    assert no_overlap(polygons)


def test_small_areas_join_their_neighbours_or_go(photo, tmp_path):
    _, _, told = read(photo.export("gpkg", tmp_path / "a.gpkg", min_area=30))
    assert told["area_px"].min() >= 30
    assert told["area_px"].sum() == 60 * 70
    with pytest.raises(InputError, match=r"there are no polygons to write: no area has 99999 pixels \(min_area\)"):
        photo.export("gpkg", tmp_path / "b.gpkg", min_area=99999)
    with pytest.raises(InputError, match="min_area is 1ha, but the image has no georeference"):
        photo.export("gpkg", tmp_path / "b.gpkg", min_area="1ha")


@pytest.mark.parametrize("to", list(BY_GDAL))
def test_same_result_same_bytes(field, tmp_path, to):
    for folder in ("one", "two"):
        field.export(to, tmp_path / folder / BY_GDAL[to])
        time.sleep(0.01)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_edits_are_in_what_is_handed_over(field, tmp_path):
    edited = field.edit(
        [
            {"do": "name", "class": 1, "name": "wheat & rye"},
            {"do": "recolor", "class": 1, "color": "#123456"},
            {"do": "drop", "regions": [2]},
        ]
    )
    _, _, told = read(edited.export("gpkg", tmp_path / "a.gpkg"))
    assert 2 not in told["region"]
    assert {told["color"][k] for k in np.flatnonzero(told["name"] == "wheat & rye")} == {"#123456"}
    assert np.isfinite(told["mean_red"]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "pixel"}, "by must be one of region, class, got 'pixel'"),
        ({"to_crs": "EPSG:0"}, "to_crs must be a coordinate system such as EPSG:4326, got 'EPSG:0'"),
        ({"simplify": -1}, "simplify must be at least 0 pixels, got -1"),
        ({"min_area": "x"}, "min_area must be pixels or an area"),
    ],
)
def test_wrong_values_are_told(field, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        field.export("gpkg", tmp_path / "a.gpkg", **options)


def test_pixels_have_no_other_system(photo, tmp_path):
    with pytest.raises(InputError, match="coordinates cannot be taken to EPSG:4326: the image has no georeference"):
        photo.export("gpkg", tmp_path / "a.gpkg", to_crs="EPSG:4326")


def test_columns_have_short_names_in_a_shapefile(field, tmp_path):
    _, _, told = read(field.export("shapefile", tmp_path / "a.shp"))
    assert list(told) == [
        *("region", "class", "name", "color", "area_px", "area_m2", "hectares", "perimeter", "confidence"),
        *("m_red", "m_green", "m_near_inf", "m_near_i_2", "d_red", "d_green", "d_near_inf", "d_near_i_2"),
    ]


def test_geoparquet_tells_where_it_lies(field, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: pip install 'fallow[geo]'")
    target = field.export("geoparquet", tmp_path / "a.parquet")
    table = parquet.read_table(target)
    told = json.loads(table.schema.metadata[b"geo"])
    column = told["columns"]["geometry"]
    assert (told["version"], told["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 32633}
    _, polygons, values = read(field.export("gpkg", tmp_path / "a.gpkg"))
    found = shapely.from_wkb(table["geometry"].to_pylist())
    assert shapely.equals_exact(found, polygons).all()
    assert column["bbox"] == shapely.total_bounds(polygons).tolist()
    for name, each in values.items():
        assert table[name].to_pylist() == each.tolist()
    assert field.export("geoparquet", tmp_path / "b.parquet").read_bytes() == target.read_bytes()
