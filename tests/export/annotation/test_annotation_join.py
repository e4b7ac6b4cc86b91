"""What comes back from annotation tools: corrected, incomplete, of another kind, or hostile."""

import json
import re

import numpy as np
import pytest
import rasterio
from annotation_tools import accepted
from PIL import Image

import fallow
from fallow.errors import FallowError, FileError, InputError

CHIP = "field_r00000_c00000"


@pytest.fixture(scope="module")
def exports(result, tmp_path_factory):
    """The result in each format as one chip, 130 x 150."""
    home = tmp_path_factory.mktemp("exports")
    return {to: result.export(to, home / to, picture="none") for to in ("coco", "cvat", "masks", "label-studio")}


@pytest.fixture
def answers(exports):
    """What each tool gives back, as text."""
    return {
        "coco": (exports["coco"] / "instances.json").read_text(),
        "cvat": (exports["cvat"] / "annotations.xml").read_text(),
        "label-studio": accepted(exports["label-studio"]).read_text(),
    }


@pytest.fixture
def join(exports, tmp_path):
    """Return ``join(text)``: the map that an answer gives with these chips."""

    def join(text, ending=None, **options):
        answer = tmp_path / f"answer.{ending or ('xml' if text.lstrip()[:1] == '<' else 'json')}"
        answer.write_text(text)
        target = tmp_path / "classes.tif"
        fallow.join_chips(exports["coco"], target, labels=answer, overwrite=True, **options)
        with rasterio.open(target) as raster:
            return raster.read(1)

    return join


def coco(annotations=(), images=({"id": 7, "file_name": f"{CHIP}.jpg", "width": 150, "height": 130},)):
    categories = [{"id": 9, "name": "class 2"}, {"id": 5, "name": "road"}, {"id": 6, "name": "unused"}]
    return json.dumps({"images": images, "categories": categories, "annotations": annotations})


def box(category=9, row=2, col=3, **changes):
    ring = [col, row, col + 10, row, col + 10, row + 20, col, row + 20]
    return {"id": 1, "image_id": 7, "category_id": category, "segmentation": [ring]} | changes


def test_what_was_corrected_is_in_the_map(join):
    """Classes are known by name whatever their number; the later lies on top; a new class follows the last."""
    labels = join(coco([box(), box(5, row=12)]))
    assert np.unique(labels[2:12, 3:13]) == 2
    assert np.unique(labels[12:32, 3:13]) == 5
    assert np.count_nonzero(labels) == 300


def test_runs_that_are_not_compressed_are_read_too(join):
    runs = {"size": [130, 150], "counts": [2, 5, 130 * 150 - 7]}
    assert np.argwhere(join(coco([box(segmentation=runs)]))).tolist() == [[row, 0] for row in range(2, 7)]


def test_cvat_puts_what_is_higher_on_top_and_knows_polygons(join):
    image = (
        f'<annotations><meta/><image id="0" name="{CHIP}.jpg" width="150" height="130"><tag label="cloudy"/>'
        '<polygon label="class 1" points="0,0;4,0;4,2;0,2" z_order="2"/>'
        '<mask label="class 3" rle="1, 3, 2" left="2" top="0" width="3" height="2" z_order="1"/>'
        "</image></annotations>"
    )
    assert join(image)[:3, :6].tolist() == [[1, 1, 1, 1, 3, 0], [1, 1, 1, 1, 0, 0], [0] * 6]


def test_of_several_annotations_the_last_that_counts_is_taken(join, answers):
    tasks = json.loads(answers["label-studio"])
    (whole,) = tasks[0]["annotations"]
    first = whole | {"result": whole["result"][:1]}
    tasks[0]["annotations"] = [whole, first, whole | {"was_cancelled": True}]
    assert np.unique(join(json.dumps(tasks))).tolist() == [0, 1]


def test_masks_of_colours_are_read_by_the_palette(exports, tmp_path, result):
    with Image.open(exports["masks"] / f"masks/{CHIP}.png") as mask:
        mask.convert("RGB").save(tmp_path / f"{CHIP}.png")
    fallow.join_chips(exports["masks"], tmp_path / "classes.tif", labels=tmp_path)
    with rasterio.open(tmp_path / "classes.tif") as raster:
        assert np.array_equal(raster.read(1), result.classes)


def test_a_missing_chip_is_told(fallow_cli, result, tmp_path):
    folder = result.export("masks", tmp_path / "chips", picture="none", chip=64)
    (folder / "masks/field_r00044_c00050.png").unlink()
    code, _, err = fallow_cli("join", folder, "-o", "classes.tif")
    assert code == 2
    assert "1 of 9 chips are not in" in err
    assert "field_r00044_c00050; say --missing nodata" in err
    assert not (tmp_path / "classes.tif").exists()
    code, out, _ = fallow_cli("join", folder, "-o", "classes.tif", "--missing", "nodata")
    assert code == 0
    assert out.splitlines()[-1] == "  missing, now no data: field_r00044_c00050"
    expected = result.classes.copy()
    expected[44:87, 50:100] = 0
    with rasterio.open(tmp_path / "classes.tif") as raster:
        assert np.array_equal(raster.read(1), expected)


def test_the_command_line_hands_over_and_joins(fallow_cli, folder, tmp_path):
    code, out, _ = fallow_cli("export", folder, "--to", "cvat", "--chip", 64, "-o", "chips", "--by", "class")
    assert (code, out) == (0, "written: chips\n")
    code, out, _ = fallow_cli("join", "chips", "-o", "classes.tif", "--json")
    told = json.loads(out)
    assert (told["n_chips"], told["missing"], told["added"]) == (9, [], [])
    assert [each["number"] for each in told["classes"]] == [1, 2, 3, 4]
    code, _, err = fallow_cli("join", "chips", "-o", "classes.tif")
    assert (code, "classes.tif exists already; say --overwrite" in err) == (2, True)


def test_a_folder_that_is_no_export_is_never_replaced(tmp_path, result):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"mine holds no export"):
        result.export("masks", tmp_path / "mine", picture="none", overwrite=True)
    assert (tmp_path / "mine/thesis.txt").exists()
    for _ in range(2):
        result.export("masks", tmp_path / "chips", picture="none", overwrite=True)


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]><annotations><image name="&b;"/></annotations>'
DEEP = "<annotations>" + "<image>" * 50_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("[", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("7", "neither of COCO"),
        ("{}", "neither of COCO"),
        ("[7]", "is damaged, or not what the tool exports"),
        ('[{"data": {}, "annotations": [{"result": []}]}]', "is damaged"),
        (f'[{{"data": {{"chip": "{CHIP}"}}}}]', "tasks without annotations; export from Label Studio as JSON"),
        ('[{"data": {"image": "a.png"}, "annotations": [{"result": []}]}]', "'a.png' that is no chip of field"),
        (coco(images=[]), "1 of 1 chips are not in"),
        (coco(images=[{"id": 1, "file_name": "../../a.png", "width": 1, "height": 1}]), "is no chip of field"),
        (coco(images=[{"id": 1, "file_name": f"{CHIP}.png", "width": 1, "height": 1}]), "1 x 1 pixels, but the chip"),
        (coco(images=[{"id": 7, "file_name": CHIP, "width": 150, "height": 130}] * 2), f"has the chip {CHIP} twice"),
        (coco([box(image_id=8)]), "annotations of an image 8 that is not in it"),
        (coco([box(77)]), "of a category 77 that is not in the file"),
        (coco([box(segmentation=[[1, 2, 3, 4]])]), "at least three points"),
        (coco([box(segmentation=[[1, 2, 3, 4, 5, 1e400]])]), "at least three points"),
        (coco([box(segmentation=[[1, 2, 3, 4, 5, 6, 7]])]), "is damaged"),
        (coco([box(segmentation="all")]), "is damaged"),
        (coco([box(segmentation={"size": [10, 10], "counts": "0"})]), "but its image of [130, 150]"),
        (coco([box(segmentation={"size": [130, 150], "counts": "ÿ"})]), "not a text that COCO's tools write"),
        (coco([box(segmentation={"size": [130, 150], "counts": "Pb1Z"})]), "not a text that COCO's tools write"),
        (coco([box(segmentation={"size": [130, 150], "counts": [10**15]})]), "whole numbers from 0 to its 19500"),
        ("<a/>", "must begin with <annotations>, got <a>"),
        ("<annotations>", "is not XML"),
        (BOMB, "has a document type, which CVAT does not write"),
        (DEEP, "is not XML"),
        ("<annotations><image/></annotations>", "is damaged"),
        ('<annotations><image name="a" width="1" height="1"/></annotations>', "'a' that is no chip of field"),
    ],
)  # fmt: skip
def test_what_is_hostile_or_damaged_gives_one_line(join, tmp_path, text, message):
    with pytest.raises(FallowError, match=re.escape(message)) as refused:
        join(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400
    assert not (tmp_path / "classes.tif").exists()


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        ('<mask label="a" rle="0, 99" left="149" top="0" width="9" height="11"/>', "reaches beyond the picture"),
        ('<mask label="a" rle="0, 99" left="-1" top="0" width="9" height="11"/>', "reaches beyond the picture"),
        (
            '<mask label="a" rle="0, 101" left="0" top="0" width="9" height="11"/>',
            "whole numbers from 0 to its 99 pixels",
        ),
        ('<mask label="a" rle="x" left="0" top="0" width="9" height="11"/>', "is damaged"),
        ('<polygon label="a" points="0,0;1,1"/>', "at least three points"),
        ('<polygon label="a" points="0,0;1,nan;2,2"/>', "at least three points"),
        ('<box label="a" xtl="0" ytl="0" xbr="9" ybr="9"/>', "holds a 'box'; only masks and polygons"),
    ],
)
def test_shapes_that_are_no_areas_are_refused(join, drawn, message):
    with pytest.raises(InputError, match=message):
        join(f'<annotations><image name="{CHIP}" width="150" height="130">{drawn}</image></annotations>')


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "rectanglelabels"}, "holds 'rectanglelabels'; only brushes and polygons"),
        ({"original_width": 151}, "turned or is of another size"),
        ({"image_rotation": 90}, "turned or is of another size"),
        ({"value": {"rle": [1, 2, 300], "brushlabels": ["a"]}}, "must be a list of bytes"),
        ({"value": {"rle": [1, 2, 30], "brushlabels": ["a"]}}, "is damaged, or not of 130 x 150 pixels"),
        ({"value": {"rle": [1, 2, 30], "brushlabels": []}}, "is damaged, or not what the tool exports"),
    ],
)
def test_brushes_that_cannot_be_joined_are_refused(join, answers, change, message):
    tasks = json.loads(answers["label-studio"])
    tasks[0]["annotations"][0]["result"][0] |= change
    with pytest.raises(InputError, match=message):
        join(json.dumps(tasks))


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.full((130, 150), 9, np.uint8), "holds 9, which is the number of no class"),
        (np.full((130, 150, 3), 9, np.uint8), "holds the colour #090909, which is that of no class"),
        (np.zeros((9, 9), np.uint8), "has 9 x 9 pixels, but its chip 130 x 150"),
    ],
)
def test_masks_that_are_not_of_the_chips_are_refused(exports, tmp_path, pixels, message):
    Image.fromarray(pixels).save(tmp_path / f"{CHIP}.png")
    with pytest.raises(InputError, match=message):
        fallow.join_chips(exports["masks"], tmp_path / "classes.tif", labels=tmp_path)


def test_masks_that_are_no_pictures_are_refused(exports, tmp_path):
    whole = (exports["masks"] / f"masks/{CHIP}.png").read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2]):
        (tmp_path / f"{CHIP}.png").write_bytes(content)
        with pytest.raises(FallowError, match=r"is not a picture|cannot read"):
            fallow.join_chips(exports["masks"], tmp_path / "classes.tif", labels=tmp_path)


def test_what_is_not_there_is_told(exports, tmp_path):
    for folder, labels, message in (
        (tmp_path, None, "chips.json"),
        (exports["coco"], tmp_path / "no.json", r"there is no .*no\.json"),
    ):
        with pytest.raises(FileError, match=message):
            fallow.join_chips(folder, tmp_path / "classes.tif", labels=labels)
    (tmp_path / "answer.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match="unpack what a tool has packed"):
        fallow.join_chips(exports["coco"], tmp_path / "classes.tif", labels=tmp_path / "answer.zip")
    with pytest.raises(InputError, match="missing must be one of fail, nodata"):
        fallow.join_chips(exports["coco"], tmp_path / "classes.tif", missing="skip")
