"""Each annotation format, written and joined again."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from annotation_tools import accepted
from PIL import Image
from scipy.ndimage import binary_erosion

import fallow
from fallow.errors import InputError
from fallow.export.annotation.hand_over import labels_of
from fallow.export.annotation.shown import Shown
from fallow.raster import open_source
from fallow.table import ClassTable
from system_scenes import contents

WAYS = {
    "coco": {},
    "coco as polygons": {"segmentation": "polygon"},
    "label-studio": {},
    "label-studio as polygons": {"shapes": "polygon"},
    "cvat": {},
    "masks": {},
}
each_way = pytest.mark.parametrize("way", WAYS)


def hand_over(result, way, target, **options):
    return result.export(way.split()[0], target, **WAYS[way] | {"picture": "none", "chip": 64} | options)


def joined(folder, target, **options):
    fallow.join_chips(folder, target, labels=accepted(folder), **options)
    with rasterio.open(target) as raster:
        return raster.read(1)


@each_way
@pytest.mark.parametrize("by", ["class", "region"])
def test_chips_joined_are_the_map_they_were_cut_from(tmp_path, result, by_region, way, by):
    expected = result.classes if by == "class" else by_region
    assert (by_region != result.classes).any()
    for chip in (64, None):
        folder = hand_over(result, way, tmp_path / f"{chip}", by=by, chip=chip)
        assert np.array_equal(joined(folder, tmp_path / f"{chip}.tif"), expected)


@each_way
def test_classes_keep_their_numbers_names_and_colours(tmp_path, edited, way):
    folder = hand_over(edited, way, tmp_path / "chips", by="class")
    assert np.array_equal(joined(folder, tmp_path / "classes.tif"), edited.classes)
    assert set(np.unique(edited.classes)) == {0, 1, 2, 4}
    with rasterio.open(tmp_path / "classes.tif") as raster:
        assert raster.colormap(1)[4] == (0x10, 0x20, 0x30, 255)
        assert (raster.nodata, raster.crs.to_epsg(), raster.transform.a) == (0, 32633, 10)
        assert raster.transform == rasterio.Affine(*edited.georeference.transform)
    rows = [[cell.text for cell in row] for row in ElementTree.parse(tmp_path / "classes.tif.aux.xml").iter("Row")]
    assert [(int(row[0]), row[1], float(row[5])) for row in rows] == [
        (row.label, row.name, row.area) for row in edited.table
    ]
    assert 'label="Öde"' in (tmp_path / "classes.qml").read_text(encoding="utf-8")


@each_way
def test_the_same_result_gives_the_same_bytes(tmp_path, folder, result, way):
    for name in ("first", "second"):
        hand_over(fallow.open_result(folder), way, tmp_path / name / "chips", picture="jpg")
    assert contents(tmp_path / "first/chips") == contents(tmp_path / "second/chips") != {}


@each_way
def test_pictures_are_the_image_as_it_is_shown(tmp_path, result, way):
    folder = hand_over(result, way, tmp_path / "chips", picture="png")
    whole = Shown(open_source(result.recipe["input"]["image"])).read((0, 130, 0, 150))
    for chip in json.loads((folder / "chips.json").read_text())["chips"]:
        row, col, rows, cols = (chip[key] for key in ("row", "col", "rows", "cols"))
        with Image.open(folder / f"images/{chip['name']}.png") as picture:
            assert np.array_equal(np.asarray(picture), whole[row : row + rows, col : col + cols])
    assert len(list((folder / "images").iterdir())) == 9


def test_what_coco_says_of_a_region(tmp_path, result):
    record = json.loads((hand_over(result, "coco", tmp_path / "it", chip=None) / "instances.json").read_text())
    assert [each["attributes"]["region"] for each in record["annotations"]] == list(range(1, result.n_regions + 1))
    for each in record["annotations"]:
        mask = result.regions == each["attributes"]["region"]
        rows, cols = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
        assert each["area"] == mask.sum()
        assert each["bbox"] == [cols[0], rows[0], np.ptp(cols) + 1, np.ptp(rows) + 1]
        assert each["attributes"]["confidence"] == pytest.approx(result.confidence[mask].mean(), abs=6e-5)


@pytest.mark.parametrize("way", ["coco as polygons", "label-studio as polygons"])
def test_simplified_polygons_have_fewer_points_and_leave_no_gap(tmp_path, result, way):
    sizes, maps = [], []
    for simplify in (0, 1.5):
        folder = hand_over(result, way, tmp_path / f"{simplify}", by="region", simplify=simplify)
        sizes.append(sum(len(path.read_text()) for path in folder.iterdir()))
        maps.append(joined(folder, tmp_path / f"{simplify}.tif"))
    assert sizes[1] < sizes[0]
    assert 0 < (maps[0] != maps[1]).mean() < 0.1
    inside = binary_erosion(maps[0] > 0, iterations=4)  # lines between areas may move, those to no data too
    assert maps[1][inside].all()


def test_masks_have_the_palette_and_are_listed(tmp_path, edited):
    folder = hand_over(edited, "masks", tmp_path / "it", chip=None)
    with Image.open(folder / "masks/field_r00000_c00000.png") as mask:
        assert mask.mode == "P"
        assert mask.getpalette()[12:15] == [0x10, 0x20, 0x30]
        assert np.array_equal(np.asarray(mask), edited.classes)
    listed = (folder / "classes.csv").read_text(encoding="utf-8").splitlines()
    assert listed[:2] == ["value,name,color", "0,no data,#000000"]
    assert listed[-1] == "4,Öde,#102030"


def test_the_image_is_found_where_it_has_gone(tmp_path, folder, result):
    moved = result.recipe | {"input": result.recipe["input"] | {"image": "gone.tif"}}
    away = fallow.open_result(folder)
    away.recipe = moved
    with pytest.raises(InputError, match=r"is not at gone\.tif; say where it is with --image, or leave pictures out"):
        away.export("coco", tmp_path / "no")
    assert not (tmp_path / "no").exists()
    away.export("coco", tmp_path / "yes", image=result.recipe["input"]["image"])
    Image.new("RGB", (400, 400)).save(tmp_path / "other.png")
    with pytest.raises(InputError, match="it has 400 x 400 pixels, the result 130 x 150"):
        away.export("coco", tmp_path / "no", image=tmp_path / "other.png")


@pytest.mark.parametrize(
    ("to", "options", "message"),
    [
        ("coco", {"by": "pixel"}, "by must be one of region, class"),
        ("coco", {"segmentation": "rlee"}, 'did you mean "rle"'),
        ("coco", {"shapes": "brush"}, "coco has no option 'shapes'"),
        ("cvat", {"picture": "gif"}, "picture must be one of jpg, png, none"),
        ("coco", {"simplify": 1.5}, "simplify is for polygons; say --segmentation polygon"),
        ("label-studio", {"simplify": 1.5}, "simplify is for polygons; say --shapes polygon"),
        ("coco", {"segmentation": "polygon", "simplify": -1}, "simplify must be at least 0"),
        ("label-studio", {"shapes": "box"}, "shapes must be one of brush, polygon"),
        ("masks", {"picture": "none", "image": "a.tif"}, 'image is for pictures, and picture "none" leaves them out'),
        ("masks", {"chip": 3}, "chip must be a number of pixels"),
    ],
)
def test_wrong_options_are_told(tmp_path, result, to, options, message):
    with pytest.raises(InputError, match=message):
        result.export(to, tmp_path / "it", **options)
    assert not (tmp_path / "it").exists()


def test_names_that_two_classes_share_are_told_apart(result):
    rows = [replace(row, name=name) for row, name in zip(result.table, ["a b", "A  B", "", "c"], strict=True)]
    assert [label.name for label in labels_of(ClassTable(tuple(rows), ()))] == ["a b 1", "A B 2", "3", "c"]
