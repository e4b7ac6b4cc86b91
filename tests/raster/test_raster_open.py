from pathlib import Path

import numpy as np
import pytest

from fallow.errors import FileError, InputError
from fallow.raster import ArraySource, find_images, open_images, open_source


def test_arrays_sources_and_paths_are_all_images(tmp_path):
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.save(tmp_path / "a.npy", array)
    for image in (array, ArraySource(array), tmp_path / "a.npy", str(tmp_path / "a.npy"), array.tolist()):
        np.testing.assert_array_equal(open_source(image).read()[..., 0], array)


def test_folders_patterns_and_arrays_are_opened_together(tmp_path):
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, np.zeros((3, 4, 2)))
    array = np.ones((5, 6, 2))
    sources = open_images([tmp_path / "*.npy", array], bands="2")
    assert [source.shape for source in sources] == [(3, 4), (3, 4), (5, 6)]
    assert {source.n_bands for source in sources} == {1}
    assert [source.shape for source in open_images(array)] == [(5, 6)]


def test_all_options_together():
    image = np.random.default_rng(0).integers(0, 9, (20, 20, 3))
    mask = np.zeros((20, 20))
    mask[5:15] = 1
    source = open_source(image, bands="3,1", nodata=4, mask=mask, window=(3, 12, 2, 9))
    is_void = (image[..., [2, 0]] == 4).any(axis=2) | (mask == 0)
    expected = np.where(is_void[..., None], np.nan, image[..., [2, 0]])[3:12, 2:9]
    np.testing.assert_array_equal(source.read(), expected)


def test_a_missing_file_is_named_with_its_nearest_neighbour(tmp_path):
    (tmp_path / "field.tif").touch()
    with pytest.raises(FileError, match=r"^no such file: .*feild\.tif; did you mean \"field\.tif\"\?$"):
        open_source(tmp_path / "feild.tif")
    with pytest.raises(FileError, match=r"no such file: .*nowhere.a\.png$"):
        open_source(tmp_path / "nowhere" / "a.png")


def test_a_folder_is_no_image(tmp_path):
    with pytest.raises(FileError, match="is a folder, expected an image file"):
        open_source(tmp_path)


def test_variables_belong_to_files_that_have_them():
    with pytest.raises(InputError, match="variable is for files that hold several arrays, got 'cube'"):
        open_source(np.ones((3, 3)), variable="cube")


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("tile10.tif", "tile2.TIF", "b.jpg", "notes.txt", ".hidden.tif", "a.mat"):
        (tmp_path / name).touch()
    (tmp_path / "deeper.tif").mkdir()
    return tmp_path


def names(paths) -> list[str]:
    return [path.name for path in paths]


def test_a_folder_stands_for_its_images_in_natural_order(folder):
    assert names(find_images([folder])) == ["a.mat", "b.jpg", "tile2.TIF", "tile10.tif"]


def test_globs_files_and_folders_mix_and_nothing_comes_twice(folder):
    found = find_images([folder / "tile10.tif", str(folder / "tile*"), folder / "notes.txt"])
    assert names(found) == ["tile10.tif", "tile2.TIF", "notes.txt"]


def test_a_file_whose_name_looks_like_a_glob_is_found(folder):
    (folder / "a[1].tif").touch()
    assert names(find_images([folder / "a[1].tif"])) == ["a[1].tif"]


def test_what_stands_for_nothing_is_an_error(folder):
    with pytest.raises(FileError, match=r"no such file: .*tile3\.tif; did you mean"):
        find_images([folder / "tile3.tif"])
    with pytest.raises(FileError, match=r"no file matches .*\*\.png"):
        find_images([folder / "*.png"])
    with pytest.raises(FileError, match=r"no images in .*deeper\.tif; known are \.npy, "):
        find_images([folder / "deeper.tif"])
