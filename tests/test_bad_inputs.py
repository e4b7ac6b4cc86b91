"""Bad input gets one clear line, the right exit code, and leaves nothing behind."""

import numpy as np
import pytest

import fallow
from fallow import InputError
from system_scenes import contents, patches, write_photo, write_raster


@pytest.fixture
def folder(tmp_path, photo, field):
    """A folder of good and bad files."""
    data = field.read_bytes()
    (tmp_path / "truncated.tif").write_bytes(data[: len(data) // 2])
    (tmp_path / "head.tif").write_bytes(data[:60])
    (tmp_path / "empty.tif").write_bytes(b"")
    (tmp_path / "text.tif").write_text("not an image")
    (tmp_path / "truncated.png").write_bytes(photo.read_bytes()[:3000])
    jpeg = write_photo(tmp_path / "whole.jpg", patches(90, 130, cell=20)).read_bytes()
    (tmp_path / "truncated.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("no image either")
    write_raster(tmp_path / "void.tif", np.zeros((30, 40, 2), np.uint16), nodata=0)
    np.save(tmp_path / "rowless.npy", np.ones((0, 5)))
    np.save(tmp_path / "constant.npy", np.full((30, 40, 3), 7.0))
    np.save(tmp_path / "nan.npy", np.full((30, 40), np.nan))
    np.save(tmp_path / "one.npy", np.ones((1, 1)))
    np.save(tmp_path / "complex.npy", np.ones((30, 40), complex))
    np.save(tmp_path / "text.npy", np.array([["a", "b"]]))
    np.save(tmp_path / "two.npy", np.eye(30, dtype=bool))
    np.save(tmp_path / "line.npy", np.arange(9))
    write_raster(tmp_path / "complex.tif", np.ones((30, 40, 1), np.complex64))
    (tmp_path / "bad.geojson").write_text("{}")
    return tmp_path


FILES = {
    "gone.png": "no such file: gone.png",
    "phto.png": 'no such file: phto.png; did you mean "photo.png"?',
    "none/photo.png": "no such file: none/photo.png",
    "*.bmp": "no file matches *.bmp",
    "truncated.tif": "cannot read rows 0:90, columns 0:130 of truncated.tif",
    "head.tif": "cannot open head.tif",
    "empty.tif": "cannot open empty.tif",
    "text.tif": "cannot open text.tif",
    "truncated.png": "cannot read truncated.png",
    "truncated.jpg": "truncated.jpg",
    "empty.jpg": "cannot read empty.jpg",
    "notes.txt": "cannot open notes.txt",
    "void.tif": "void: every pixel is no data; nothing is left to segment",
    "nan.npy": "nan: every pixel is no data; nothing is left to segment",
    "rowless.npy": "rowless.npy has no pixels: its shape is (0, 5)",
    "constant.npy": "the image is constant: there is nothing to tell apart",
    "one.npy": "the image is constant: there is nothing to tell apart",
    "complex.npy": "is complex (complex128); give its magnitude",
    "complex.tif": "complex",
    "text.npy": "text.npy",
    "line.npy": "line.npy has no array of two or three dimensions",
}


@pytest.mark.parametrize(("name", "message"), FILES.items(), ids=FILES)
@pytest.mark.parametrize("command", ["segment", "fit"])
def test_files_that_cannot_be_segmented(folder, fallow_cli, command, name, message):
    before = contents(folder)
    code, out, err = fallow_cli(command, name, "-o", "out")
    assert (code, out) == (2, "")
    assert err.startswith("fallow: ")
    assert message in err
    assert err.count("\n") == 1
    assert contents(folder) == before
    assert not (folder / "out").exists()


OPTIONS = {
    ("-m", "kmaens"): "method must be one of kmeans, mixture, som, got 'kmaens'; did you mean \"kmeans\"?",
    ("-m", "som,shap=4x4"): "som has no option 'shap'; did you mean \"shape\"?",
    ("-m", "som,shape=4"): "shape must be",
    ("-m", "som,shape=1x2", "-k", "3"): "a map of 1 x 2 has 2 units, too few for 3 classes",
    ("-m", "kmeans,n_starts=0"): "n_starts must be",
    ("-m", ""): "method must be one of",
    ("-f", "colour"): 'did you mean "color"?',
    ("-f", "color,spce=hsv"): 'did you mean "space"?',
    ("-f", "color,space=hsl"): 'did you mean "hsv"?',
    ("-f", "color,weight=0"): "weight must be a number above 0",
    ("-f", ""): "expected names and name=value options between commas",
    ("-f", "sigma=2"): 'the option "sigma=2" must follow the name it belongs to',
    ("-f", "indices,which=ndvi"): "ndvi lacks nir",
    ("--scaling", "standrad"): 'did you mean "standard"?',
    ("--unit", "pixle"): 'did you mean "pixel"?',
    ("--unit", "regoin"): 'did you mean "region"?',
    ("--scene", "ariel"): "scene must be one of auto, photo, aerial, got 'ariel'; did you mean \"aerial\"?",
    ("--scale", "0"): "scale must be a number above 0, got 0.0",
    ("--scale", "-2"): "scale must be a number above 0, got -2.0",
    ("--scale", "inf"): "scale must be a number above 0, got inf",
    ("--scale", "large"): "'large' is not a valid float",
    ("--effort", "fats"): "effort must be one of fast, balanced, best, got 'fats'; did you mean \"fast\"?",
    ("--reduce", "pac"): 'did you mean "pca"?',
    ("--reduce", "pca,n_components=x"): "n_components must be a whole number of at least 1, or a share",
    ("-k", "1"): 'classes must be a number of at least 2, a range such as "4-20", or "auto", got 1',
    ("-k", "-3"): "classes must be a number of at least 2",
    ("-k", "two"): "classes must be a number of at least 2",
    ("-k", "9-3"): "classes must be a number of at least 2",
    ("-k", "3.5"): "classes must be a number of at least 2",
    ("-k", "²"): "classes must be a number of at least 2",
    ("-k", ""): "classes must be a number of at least 2",
    ("-k", "99999"): "classes may be up to 10000, got 99999",
    ("--min-area", "-3"): "min_area must be pixels or an area such as",
    ("--min-area", "5acres"): "min_area must be pixels or an area such as",
    ("--min-area", "1ha"): "min_area is 1ha, but the image has no georeference; give it in pixels",
    ("-k", "2-999"): "classes may be a range of at most 64 numbers",
    ("--majority", "9999"): "majority must be a radius from 0 to 100 pixels, got 9999",
    ("--majority", "-1"): "majority must be a radius from 0 to 100 pixels, got -1",
    ("--majority", "x"): "'x' is not a valid integer",
    ("--sample", "0"): "sample must be at least 2 pixels, one a class, got 0",
    ("--workers", "0"): "0 is not in the range x>=1",
    ("--workers", "many"): "'many' is not a valid integer",
    ("--window", "0,10"): "window must be row0, row1, col0, col1 inside the image",
    ("--window", "a,b,c,d"): "window must be four whole numbers ROW0,ROW1,COL0,COL1, got 'a,b,c,d'",
    ("--window", "0,10,0,9999"): "inside the image, which has 90 rows and 130 columns, got 0, 10, 0, 9999",
    ("--window", "10,10,0,20"): "window must be row0, row1, col0, col1",
    ("--bands", "9"): "there is no band '9'; the image has 1 red, 2 green, 3 blue",
    ("--bands", "gren"): "there is no band 'gren'; the image has 1 red, 2 green, 3 blue; did you mean \"green\"?",
    ("--bands", "1,1"): "bands must name at least one band, and none twice",
    ("--bands", ""): "there is no band ''",
    ("--drop-bands", "1-3"): "drop_bands leaves no band of photo",
    ("--nodata", "none"): "'none' is not a valid float",
    ("--variable", "cube"): "variable",
    ("--mask", "gone.tif"): "no such file: gone.tif",
    ("--mask", "gone.geojson"): "no such file: gone.geojson",
    ("--mask", "bad.geojson"): "bad.geojson",
    ("--mask", "void.tif"): "mask void must have the shape of the image, 90 x 130, got 30 x 40",
    ("--recipe", "gone.toml"): "cannot read gone.toml",
    ("--recipe", "notes.txt"): "notes.txt is not a recipe",
    ("--clases", "3"): "Did you mean '--classes'?",
    ("-o", "photo.png"): "photo.png is a file, but a folder is needed for the results",
    ("-o", "photo.png/out"): "cannot make the folder photo.png/out",
    ("-o",): "requires an argument",
}


@pytest.mark.parametrize(("options", "message"), OPTIONS.items(), ids=[" ".join(each) for each in OPTIONS])
def test_options_that_cannot_be_right(folder, fallow_cli, options, message):
    before = contents(folder)
    code, out, err = fallow_cli("segment", "photo.png", "-o", "out", *options)
    assert (code, out) == (2, "")
    assert err.startswith("fallow: ")
    assert message in err
    assert err.count("\n") == 1
    assert contents(folder) == before
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--seed", "-1"), "random_state must be"),
        (("--seed", str(2**63)), "random_state must be"),
        (("--min-area", "1e400"), "min_area must be"),
        (("-k", str(10**24)), "classes may be up to 10000"),
    ],
)
def test_numbers_far_from_any_use(fallow_cli, photo, options, message):
    code, _, err = fallow_cli("segment", photo, *options)
    assert code == 2
    assert message in err


@pytest.mark.usefixtures("folder")
def test_fewer_distinct_pixels_than_classes(fallow_cli):
    options = ("-f", "spectral", "--unit", "pixel", "-q", "-o", "out")
    code, _, err = fallow_cli("segment", "two.npy", "-k", 3, *options)
    assert (code, err.partition(", but ")[2]) == (2, "the image has only 2 distinct values; ask for 2 or fewer\n")
    assert fallow_cli("segment", "two.npy", "-k", "auto", *options) == (0, "", "")  # chosen from what there is


def test_a_name_that_looks_like_an_option_is_still_a_name(folder, fallow_cli):
    write_photo(folder / "-photo.png", patches(30, 30, cell=10))
    assert fallow_cli("segment", "-o", "out", "-q", "--", "-photo.png") == (0, "", "")


def test_names_with_blanks_and_accents_and_brackets_are_names(folder, fallow_cli):
    name = "Zürich [2] été 100%.png"
    write_photo(folder / name, patches(30, 30, cell=10))
    assert fallow_cli("segment", name, "-o", "où", "-q") == (0, "", "")
    assert (folder / "où" / "recipe.toml").read_text(encoding="utf-8").count(name) == 1
    assert fallow_cli("segment", "--recipe", "où/recipe.toml", "-o", "again", "-q") == (0, "", "")


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros(5), "must be \\(rows, cols\\) or \\(rows, cols, bands\\), got 1 dimensions"),
        (np.zeros((2, 2, 2, 2)), "got 4 dimensions"),
        (np.zeros((0, 4, 3)), "has no pixels"),
        (np.zeros((4, 4, 0)), "has no pixels"),
        (np.array([["a"]]), "must hold numbers, got an array of <U1"),
        (np.array([[None, 1]]), "must hold numbers, got an array of object"),
        (None, "must hold numbers"),
        (7, "got 0 dimensions"),
        (np.ones((4, 4), complex), "is complex"),
        (np.full((4, 4), np.inf), "every pixel is no data"),
        (np.ma.masked_all((4, 4)), "every pixel is no data"),
    ],
)
def test_arrays_that_are_no_images(image, message):
    with pytest.raises(InputError, match=message):
        fallow.segment(image)
