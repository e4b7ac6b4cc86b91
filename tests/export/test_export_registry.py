"""Formats by name: options are checked, files appear whole or not at all."""

import pytest

import fallow
from fallow import FileError, InputError
from fallow.export.registry import FORMATS


@pytest.mark.parametrize("to", list(FORMATS))
def test_every_format_is_found_and_says_its_options(to):
    assert all(name.isidentifier() for name in FORMATS[to].defaults())
    assert not set(FORMATS[to].defaults()) & set(FORMATS[to].fixed)


def test_a_wrong_name_is_told_with_the_nearest(field):
    with pytest.raises(InputError, match=r'to must be one of gpkg, .* did you mean "geojson"'):
        field.export("geojso")
    with pytest.raises(InputError, match=r"gpkg has no option 'simplfy'; it has by, .* did you mean \"simplify\""):
        field.export("gpkg", simplfy=2)
    with pytest.raises(InputError, match="geojson has no option 'to_crs'"):
        field.export("geojson", to_crs="EPSG:3857")


def test_a_target_is_made_for_the_image_and_what_is_drawn(field):
    assert field.export("flatgeobuf", overwrite=True) == field.folder / "export" / "field-region.fgb"
    assert field.export("flatgeobuf", by="class", overwrite=True) == field.folder / "export" / "field-class.fgb"


def test_a_new_result_has_no_folder(picture, tmp_path):
    result = fallow.segment(picture, classes=3, unit="pixel")
    with pytest.raises(InputError, match="a result that was not saved has no folder to write to; say a target"):
        result.export("gpkg")
    assert result.export("gpkg", tmp_path / "a.gpkg").is_file()


def test_what_is_there_stays_unless_it_may_go(field, tmp_path):
    target = field.export("gpkg", tmp_path / "a.gpkg")
    before = target.read_bytes()
    with pytest.raises(InputError, match=r"a\.gpkg exists already; say --overwrite"):
        field.export("gpkg", target, by="class")
    assert target.read_bytes() == before
    assert field.export("gpkg", target, by="class", overwrite=True).read_bytes() != before
    field.export("geojson", tmp_path / "a.geojson")  # whose style is the same
    (tmp_path / "b.qml").write_text("my own")
    with pytest.raises(InputError, match=r"b\.qml exists already"):
        field.export("gpkg", tmp_path / "b.gpkg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.geojson", "a.gpkg", "a.qml", "b.qml"]


def test_nothing_is_left_of_what_failed(field, tmp_path):
    with pytest.raises(InputError, match="min_area must be pixels"):
        field.export("gpkg", tmp_path / "new" / "a.gpkg", min_area="many")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot write"):
        field.export("gpkg", tmp_path / "file" / "a.gpkg")
