import json

import pytest

from fallow.errors import InputError
from fallow.export.annotation.chips import Chip, Label, Sheet, cut, read_sheet
from fallow.export.registry import SHEET
from fallow.raster import Georeference

PLACE = Georeference("EPSG:32633", (10.0, 0.0, 5e5, 0.0, -10.0, 5e6))


def make_sheet(**changes):
    chips = cut("a field", (200, 150), 80)
    said = {"name": "a field", "shape": (200, 150), "georeference": PLACE, "labels": (Label(1, "Öde", "#102030"),)}
    return Sheet(**said | {"chips": chips, "pictures": "jpg"} | changes)


@pytest.mark.parametrize(("shape", "chip"), [((200, 150), 80), ((64, 64), 64), ((65, 300), 64), ((3000, 10), None)])
def test_chips_cover_each_pixel_once_and_are_of_one_size(shape, chip):
    chips = cut("it", shape, chip)
    pixels = [(row, col) for each in chips for row in range(*each.window[:2]) for col in range(*each.window[2:])]
    assert len(pixels) == len(set(pixels)) == shape[0] * shape[1]
    for side in ("rows", "cols"):
        sizes = {getattr(each, side) for each in chips}
        assert max(sizes) - min(sizes) <= 1
        assert max(sizes) <= (chip or 1024)


def test_an_image_of_2048_pixels_is_left_whole():
    assert cut("it", (2048, 7), None) == (Chip("it_r00000_c00000", 0, 0, 2048, 7),)
    assert len(cut("it", (2049, 7), None)) == 3


@pytest.mark.parametrize("chip", [63, 0, 100.0, True, "100"])
def test_chips_of_no_use_are_refused(chip):
    with pytest.raises(InputError, match="chip must be a number of pixels of at least 64"):
        cut("it", (200, 200), chip)


@pytest.mark.parametrize("changes", [{}, {"georeference": None, "pictures": ""}])
def test_a_sheet_comes_back(tmp_path, changes):
    sheet = make_sheet(**changes)
    sheet.write(tmp_path / SHEET)
    assert read_sheet(tmp_path) == sheet


@pytest.mark.parametrize(
    "name", ["{}", "{}.jpg", "images/{}.png", "c:\\{}", "/data/upload/1/0f3e5d7c-{}.jpg", "?d=x/{}.jpg"]
)
def test_a_chip_is_known_by_its_picture(name):
    assert make_sheet().chip_of(name.format("a_field_r00000_c00075")).col == 75
    assert make_sheet().chip_of(name.format("a_field_r00000_c00076")) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("rows", -200),
        ("rows", 201),
        ("cols", "150"),
        ("rows", 10**12),
        ("chips", []),
        ("chips", [7]),
        ("chips", [{"name": "../../other", "row": 0, "col": 0, "rows": 200, "cols": 150}]),
        ("chips", {}),
        ("classes", [{"class": 0, "name": "a", "color": "#000000"}]),
        ("classes", [{"class": 1, "name": "a", "color": "red"}]),
        ("classes", [{"class": 1, "name": "a", "color": "#000000"}] * 2),
        ("classes", None),
        ("georeference", 3),
        ("georeference", {"crs": None}),
    ],
)
def test_damaged_sheets_are_refused(tmp_path, key, value):
    make_sheet().write(tmp_path / SHEET)
    record = json.loads((tmp_path / SHEET).read_text()) | {key: value}
    (tmp_path / SHEET).write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"chips\.json") as refused:
        read_sheet(tmp_path)
    assert "\n" not in str(refused.value)


def test_chips_that_overlap_are_refused(tmp_path):
    chips = list(cut("a field", (200, 150), 80))
    chips[1] = Chip(chips[1].name, chips[0].row, chips[0].col, chips[1].rows, chips[1].cols)
    make_sheet(chips=tuple(chips)).write(tmp_path / SHEET)
    with pytest.raises(InputError, match="must cover its 200 x 150 pixels once"):
        read_sheet(tmp_path)
