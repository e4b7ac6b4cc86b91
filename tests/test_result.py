"""What a result holds and what it leaves on disk."""

import csv
import gc
import io
import tempfile
import tomllib
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

import fallow
from fallow import FileError, InputError, Segmentation
from fallow.errors import WriteError
from fallow.raster import read_labels
from fallow.render.palette import class_color
from fallow.saving import FILES, MARKER
from system_scenes import PLACE, contents, holes, layers, patches, write_raster

PIXEL_RASTERS = {"classes.tif", "regions.tif", "confidence.tif"}
STYLES = {"classes.qml", "regions.qml", "confidence.qml", "classes.tif.aux.xml"}
RASTERS = PIXEL_RASTERS | {"superpixels.tif"}
ALWAYS = {"clusterer.fallow", "picture.jpg", "classes.csv", "recipe.toml", *STYLES}
EVERYWHERE = RASTERS | ALWAYS | {"tree.fallow", "preview.png"}


@pytest.fixture(scope="module")
def photo_result(picture) -> Segmentation:
    return fallow.segment(picture, classes=4)


@pytest.fixture(scope="module")
def field_result(tmp_path_factory) -> Segmentation:
    image = patches(ROWS := 90, COLS := 130, bands=5, dtype="float32", cell=20)
    image[holes(ROWS, COLS)] = -1
    return fallow.segment(write_raster(tmp_path_factory.mktemp("field") / "field.tif", image, nodata=-1), classes=4)


# ---------------------------------------------------------------------- files
def test_a_raster_gives_these_files(tmp_path, field_result):
    assert contents(field_result.save(tmp_path / "out")).keys() == EVERYWHERE


def test_the_pixel_unit_has_neither_superpixels_nor_a_tree(tmp_path, picture, photo_result):
    result = fallow.segment(picture, classes=4, unit="pixel")
    folder = photo_result.save(tmp_path / "out")
    result.save(folder, overwrite=True)
    assert {each for each in contents(folder) if not each.endswith("png")} == PIXEL_RASTERS | ALWAYS


def test_a_plain_picture_gives_pngs_as_well(tmp_path, photo_result):
    folder = photo_result.save(tmp_path / "out")
    assert contents(folder).keys() == EVERYWHERE | {"classes.png", "regions.png"}
    assert contents(folder).keys() == {*FILES, MARKER} - {"stability.tif", "stability.qml"}
    with Image.open(folder / "classes.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), photo_result.classes)
        assert tuple(picture.getpalette()[3:6]) == class_color(1)
    with Image.open(folder / "regions.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), photo_result.regions)


def test_rasters_are_tiled_compressed_coloured_and_in_place(tmp_path, field_result):
    folder = field_result.save(tmp_path / "out")
    for name in RASTERS:
        with rasterio.open(folder / name) as dataset:
            assert dataset.dtypes == ("uint8",)
            assert dataset.block_shapes == [(96, 144)]
            assert dataset.compression.value == "DEFLATE"
            assert dataset.nodata == 0
            assert dataset.crs.to_string() == PLACE["crs"]
            assert dataset.transform == PLACE["transform"]
    with rasterio.open(folder / "classes.tif") as dataset:
        assert [dataset.colormap(1)[label][:3] for label in (1, 2, 3, 4)] == [class_color(n) for n in (1, 2, 3, 4)]
    with rasterio.open(folder / "confidence.tif") as dataset:
        assert dataset.scales == (0.01,)


@pytest.mark.parametrize(
    ("n_classes", "shape", "classes_type", "regions_type"),
    [(255, (60, 90), "uint8", "uint16"), (256, (60, 90), "uint16", "uint16"), (3, (450, 500), "uint8", "uint32")],
)
def test_labels_have_the_smallest_type_that_holds_them(tmp_path, n_classes, shape, classes_type, regions_type):
    noise = np.random.default_rng(0).random(shape)
    result = fallow.segment(noise, classes=n_classes, features="spectral", unit="pixel", min_area=0, sample=8000)
    folder = result.save(tmp_path / "out")
    assert read_labels(folder / "classes.tif").dtype == classes_type
    assert read_labels(folder / "regions.tif").dtype == regions_type


def test_files_hold_what_the_arrays_hold(tmp_path, field_result):
    folder = field_result.save(tmp_path / "out")
    np.testing.assert_array_equal(read_labels(folder / "classes.tif"), field_result.classes)
    np.testing.assert_array_equal(read_labels(folder / "regions.tif"), field_result.regions)
    percent = read_labels(folder / "confidence.tif")
    np.testing.assert_allclose(field_result.confidence, percent / 100, rtol=1e-6)
    assert field_result.classes.dtype == field_result.regions.dtype == np.int32
    assert field_result.confidence.dtype == np.float32
    assert percent.max() <= 100


def test_the_table_counts_as_numpy_does(tmp_path, field_result):
    folder = field_result.save(tmp_path / "out")
    with (folder / "classes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    image = patches(90, 130, bands=5, dtype="float32", cell=20).astype("float64")
    n_valid = np.count_nonzero(field_result.classes)
    assert len(rows) == 4
    for number, row in enumerate(rows, start=1):
        pixels = image[field_result.classes == number]
        assert (row["class"], row["name"]) == (str(number), f"class {number}")
        assert row["color"] == "#{:02x}{:02x}{:02x}".format(*class_color(number))
        assert int(row["area_px"]) == len(pixels)
        assert float(row["area_m2"]) == len(pixels) * 100
        assert float(row["share"]) == pytest.approx(len(pixels) / n_valid)
        for band in range(5):
            assert float(row[f"mean band {band + 1}"]) == pytest.approx(pixels[:, band].mean())
            assert float(row[f"deviation band {band + 1}"]) == pytest.approx(pixels[:, band].std(), rel=1e-5)


def test_records_and_text_of_the_table(photo_result, field_result):
    records = list(photo_result.table.records())
    assert [record["class"] for record in records] == [1, 2, 3, 4]
    assert records[0]["area_m2"] is None
    bands = ["red", "green", "blue"]
    assert list(records[0])[6:] == [f"{what} {band}" for what in ("mean", "deviation") for band in bands]
    assert str(photo_result.table).splitlines()[0].split() == ["class", "color", "pixels", "share", *bands]
    assert "hectares" in str(field_result.table)
    assert len(str(field_result.table).splitlines()) == 5


def test_the_recipe_tells_what_was_done(tmp_path, picture):
    result = fallow.segment(picture, classes="2-5", features=["spectral", "position,weight=0.5"], window=(0, 50, 5, 70),
                            bands="1,3", nodata=300, mask=np.ones((60, 80)), reduce=None, random_state=7)  # fmt: skip
    recipe = tomllib.loads((result.save(tmp_path / "out") / "recipe.toml").read_text(encoding="utf-8"))
    assert recipe["fallow"]["version"] == fallow.__version__
    assert recipe["input"] == {
        "image": "image", "rows": 50, "cols": 65, "band_names": ["red", "blue"], "dtype": "uint8", "bands": "1,3",
        "nodata": 300, "window": [0, 50, 5, 70], "mask": "array (60, 80)",
    }  # fmt: skip
    assert recipe["segment"]["random_state"] == 7
    assert recipe["segment"]["reduce"] == "none"
    assert [each.partition(",")[0] for each in recipe["segment"]["features"]] == ["spectral", "position"]
    assert recipe["found"]["classes"] == result.n_classes


# ---------------------------------------------------------------------- what was there before
def test_a_result_is_kept_unless_told_otherwise(tmp_path, photo_result, field_result):
    before = contents(photo_result.save(tmp_path / "out"))
    with pytest.raises(InputError, match="out already holds a result; say --overwrite"):
        field_result.save(tmp_path / "out")
    assert contents(tmp_path / "out") == before
    field_result.save(tmp_path / "out", overwrite=True)
    assert contents(tmp_path / "out").keys() == EVERYWHERE  # no PNG of the picture is left beside it


def test_files_of_others_are_not_touched(tmp_path, photo_result):
    for name in ("notes.txt", ".hidden", "sub/classes.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    photo_result.save(tmp_path)
    for name in ("notes.txt", ".hidden", "sub/classes.tif"):
        assert (tmp_path / name).read_text() == name


@pytest.mark.parametrize("name", ["classes.png", "classes.tif", "preview.png"])
def test_a_file_of_another_that_has_a_name_of_ours_is_kept(tmp_path, field_result, name):
    (tmp_path / name).write_text("labels drawn by hand")
    with pytest.raises(InputError, match=f"already holds a file {name}; say --overwrite"):
        field_result.save(tmp_path)
    assert contents(tmp_path) == {name: b"labels drawn by hand"}


def test_a_result_goes_into_a_folder(tmp_path, photo_result):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="file is a file, but a folder is needed for the results"):
        photo_result.save(tmp_path / "file")
    with pytest.raises(FileError, match=r"cannot make the folder .*sub: .*file is a file"):
        photo_result.save(tmp_path / "file" / "sub")


# ---------------------------------------------------------------------- interruptions
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("where", ["fallow.saving.write_png", "tomli_w.dumps", "fallow.result.preview"])
def test_an_interrupted_save_leaves_nothing(tmp_path, monkeypatch, photo_result, where, error):
    def fail(*args, **options):
        raise error

    (tmp_path / "other.txt").write_text("mine")
    monkeypatch.setattr(where, fail)
    with pytest.raises((KeyboardInterrupt, OSError)):
        photo_result.save(tmp_path)
    assert contents(tmp_path) == {"other.txt": b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]


def test_an_interrupted_overwrite_keeps_the_old_result(tmp_path, monkeypatch, photo_result, field_result):
    before = contents(photo_result.save(tmp_path))
    monkeypatch.setattr("fallow.saving.write_png", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division"):
        field_result.save(tmp_path, overwrite=True)
    assert contents(tmp_path) == before


# ---------------------------------------------------------------------- large results
@pytest.fixture
def small_memory(monkeypatch, tmp_path):
    """Let every image be too large for memory; return the folder for what is temporary."""
    monkeypatch.setattr("fallow.tiles.canvas.MEMORY_PIXELS", 0)
    monkeypatch.setattr("fallow.tiles.records.MEMORY_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


def test_a_large_result_lives_in_a_temporary_folder_until_it_is_dropped(tmp_path, small_memory, photo_result, picture):
    result = fallow.segment(picture, classes=4)
    assert [path.name for path in small_memory.rglob("*.tif")]
    assert layers(result) == layers(photo_result)
    saved = contents(result.save(tmp_path / "large"))
    assert saved == contents(photo_result.save(tmp_path / "small"))
    del result
    gc.collect()
    assert not list(small_memory.iterdir())
    assert contents(tmp_path / "large") == saved


def test_a_failed_large_result_leaves_nothing(small_memory, monkeypatch, picture):
    monkeypatch.setattr("fallow.tiles.paint_regions.Thumbnail.label", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division"):
        fallow.segment(picture, classes=4)
    gc.collect()
    assert not list(small_memory.iterdir())


@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_a_full_disk_for_what_is_temporary_is_one_clear_error(small_memory, monkeypatch, picture, unit):
    class Full(io.FileIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    def temporary_file(**options):
        file = Full(small_memory / "records", "w+")
        (small_memory / "records").unlink()  # a temporary file has no name
        return file

    monkeypatch.setattr("fallow.tiles.records.tempfile.TemporaryFile", temporary_file)
    with pytest.raises(WriteError, match=f"cannot write {small_memory}: No space left on device"):
        fallow.segment(picture, classes=4, unit=unit)
    gc.collect()
    assert not list(small_memory.iterdir())


def test_a_caller_may_say_where_to_paint(tmp_path, picture):
    model = fallow.fit(picture, classes=4)
    result = model.predict(picture, into=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == RASTERS
    assert layers(result) == layers(model.predict(picture))
    with pytest.raises(FileError, match="there is no folder"):
        model.predict(picture, into=str(tmp_path / "gone"))
    assert not Path(tmp_path / "gone").exists()
