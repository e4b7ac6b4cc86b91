"""What a result looks like as layers; nothing here needs napari."""

import shutil

import numpy as np
import pytest

import fallow
from fallow.edits import Edits
from fallow.errors import InputError
from fallow.napari.layers import KEY, place_of
from fallow.napari.reader import get_reader, read_results
from fallow.raster import Georeference
from fallow.saving import EDITS

NAMES = ["field", "field classes", "field confidence", "field regions"]


def layers_in(folder):
    return {options["name"]: (data, options, kind) for data, options, kind in read_results(folder)}


def test_only_results_are_read(tmp_path, result_folder):
    assert get_reader(tmp_path) is None
    assert get_reader([str(result_folder), str(tmp_path)]) is None
    assert get_reader(str(result_folder / "classes.tif")) is None
    assert get_reader([]) is None
    for path in (str(result_folder), [str(result_folder)], result_folder / "recipe.toml"):
        assert [options["name"] for _, options, _ in get_reader(path)(path)] == NAMES


def test_layers_hold_what_the_result_holds(result_folder):
    result, layers = fallow.open_result(result_folder), layers_in(result_folder)
    assert [kind for *_, kind in layers.values()] == ["image", "labels", "image", "labels"]
    np.testing.assert_array_equal(layers["field classes"][0], result.classes)
    np.testing.assert_array_equal(layers["field regions"][0], result.regions)
    confidence = layers["field confidence"][0]
    np.testing.assert_array_equal(np.isnan(confidence), result.classes == 0)
    np.testing.assert_array_equal(np.nan_to_num(confidence), result.confidence)
    np.testing.assert_array_equal(layers["field"][0], result.picture())


def test_classes_have_their_colours_and_their_table(result_folder):
    result, (_, options, _) = fallow.open_result(result_folder), layers_in(result_folder)["field classes"]
    features = options["features"]
    assert features["index"] == [1, 2, 3]
    assert features["share"] == [row.share for row in result.table]
    assert features[f"mean {result.table.band_names[3]}"] == [row.mean[3] for row in result.table]
    assert {label: options["colormap"][label] for label in (1, 2, 3)} == {r.label: r.color for r in result.table}
    assert options["colormap"][0][3] == 0


def test_regions_have_area_and_means(result_folder):
    result, (data, options, _) = fallow.open_result(result_folder), layers_in(result_folder)["field regions"]
    features = options["features"]
    with fallow.open_source(result_folder.parent / "field.tif") as source:
        image = source.read()
    columns = [features[name] for name in ("index", "area", f"mean {result.table.band_names[1]}")]
    for index, area, mean in zip(*columns, strict=True):
        assert area == (data == index).sum()
        np.testing.assert_allclose(mean, image[data == index, 1].mean(), rtol=1e-4)


def test_pixels_lie_where_the_georeference_says(result_folder):
    georeference = fallow.open_result(result_folder).georeference
    a, _, c, _, e, f = georeference.transform
    for _, options, _ in layers_in(result_folder).values():
        (down, right), (top, left) = options["scale"], options["translate"]
        row, col = 17, 40
        assert -(top + down * row) == f + e * (row + 0.5)
        assert left + right * col == c + a * (col + 0.5)
        assert options["metadata"]["crs"] == georeference.crs_name


@pytest.mark.parametrize("transform", [None, (1, 0.2, 0, 0.2, -1, 0)])
def test_a_rotated_or_missing_place_is_left_aside(transform):
    assert place_of(Georeference(transform=transform)) == {}


def test_edits_beside_a_result_are_shown(tmp_path, result_folder):
    folder = shutil.copytree(result_folder, tmp_path / "out")
    Edits.of([{"do": "merge", "classes": [2, 3]}, {"do": "name", "class": 2, "name": "wheat"}]).write(folder / EDITS)
    data, options, _ = layers_in(folder)["field classes"]
    assert set(np.unique(data)) == {0, 1, 2}
    assert options["features"]["name"] == ["class 1", "wheat"]
    assert 3 not in options["colormap"]


def test_a_large_result_is_levels_and_its_image_is_read_where_it_is_seen(long_folder):
    pytest.importorskip("dask.array", reason="dask is not installed: pip install 'fallow[napari]'")
    layers, image = layers_in(long_folder), np.load(long_folder.parent / "long.npy")
    assert {tuple(level.shape[:2] for level in data) for data, *_ in layers.values()} == {((24, 1501), (12, 751))}
    np.testing.assert_array_equal(np.asarray(layers["long"][0][0]), image)
    np.testing.assert_array_equal(np.asarray(layers["long classes"][0][0]), fallow.open_result(long_folder).classes)


def test_without_its_image_a_result_shows_its_small_picture_at_the_same_place(tmp_path, long_folder, monkeypatch):
    pytest.importorskip("dask.array", reason="dask is not installed: pip install 'fallow[napari]'")
    folder = shutil.copytree(long_folder, tmp_path / "elsewhere" / "out")
    recipe = (folder / "recipe.toml").read_text().replace("long.npy", "gone.npy")
    (folder / "recipe.toml").write_text(recipe)
    data, options, _ = read_results(folder)[0]
    assert data.shape == (12, 751, 3)
    assert options["scale"] == (2, 2)
    assert options["translate"] == (0.5, 0.5)


def test_an_image_of_another_shape_is_not_taken_for_it(tmp_path, result_folder):
    shutil.copytree(result_folder, tmp_path / "out")
    recipe = (tmp_path / "out" / "recipe.toml").read_text()
    np.save(tmp_path / "field.npy", np.zeros((9, 9, 3), np.uint8))
    (tmp_path / "out" / "recipe.toml").write_text(recipe.replace(str(result_folder.parent / "field.tif"), "field.npy"))
    session, _ = read_results(tmp_path / "out")[0][1]["metadata"][KEY]
    assert session.source is None


def test_a_damaged_result_is_an_error_of_one_line(tmp_path, result_folder):
    folder = shutil.copytree(result_folder, tmp_path / "out")
    (folder / "classes.csv").write_text("nothing\n")
    with pytest.raises(InputError, match="is not a table of classes"):
        get_reader(folder)(folder)
