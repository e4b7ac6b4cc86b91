"""The segmenter: what it learns, how it numbers, what it saves, what it refuses."""

import io
import json
import zipfile
from contextlib import suppress

import numpy as np
import pytest

import fallow
from fallow import FallowError, FileError, InputError, Segmenter
from fallow.cluster import make_clusterer
from fallow.features.registry import FAMILIES, NEEDED
from fallow.labels import components
from fallow.raster import ArraySource
from system_scenes import kinds, layers, patches, write_raster

ROWS, COLS = 60, 80
METHODS = ["kmeans", "mixture,covariance=diag", "mixture,covariance=tied", "som,shape=5x5,epochs=2"]
NAMES = ("red", "green", "blue", "nir")


@pytest.fixture(scope="module")
def scene():
    return ArraySource(patches(ROWS, COLS, bands=4, cell=20), band_names=NAMES)


# ---------------------------------------------------------------------- classes
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_classes", [2, 7])
def test_classes_are_exactly_as_many_as_asked_and_numbered_by_area(scene, method, n_classes):
    result = fallow.segment(scene, classes=n_classes, method=method, unit="pixel", min_area=0)
    areas = np.bincount(result.classes.ravel(), minlength=n_classes + 1)
    assert areas[0] == 0
    assert len(areas) == n_classes + 1
    assert areas[1:].all()
    assert list(areas[1:]) == sorted(areas[1:], reverse=True) == [row.area for row in result.table]


def test_the_classes_found_are_those_that_are_there(scene):
    truth = kinds(ROWS, COLS, cell=20)
    result = fallow.segment(scene, classes=4, unit="pixel")
    pairs = set(zip(truth.ravel().tolist(), result.classes.ravel().tolist(), strict=True))
    assert len(pairs) == 4
    assert result.n_regions == components(truth + 1)[1]


def test_regions_are_connected_areas_of_one_class(scene):
    result = fallow.segment(scene, classes=5, features="color,texture", unit="pixel", min_area=6)
    expected, n_regions = components(result.classes)
    np.testing.assert_array_equal(result.regions, expected)
    assert result.n_regions == n_regions
    assert np.bincount(result.regions.ravel())[1:].min() >= 6


def test_the_sieve_never_removes_a_class(scene):
    result = fallow.segment(scene, classes=4, unit="pixel", min_area=10**6)
    assert result.n_regions == 4
    assert all(row.area for row in result.table)


def test_the_majority_filter_may_outvote_a_class_and_says_so():
    image = np.zeros((100, 120), np.uint8)
    image[::9, ::9] = 255
    result = fallow.segment(image, classes=2, features="spectral", unit="pixel", majority=2, min_area=0)
    assert [row.area for row in result.table] == [100 * 120, 0]
    assert "class 2 has no pixel here" in result.notes


@pytest.mark.parametrize(("said", "smallest"), [("0.5ha", 50), ("3000m2", 30), ("40px", 40), (16, 16), (0, 1)])
def test_min_area_counts_pixels_or_the_ground(tmp_path, said, smallest):
    noise = np.random.default_rng(0).integers(1, 255, (ROWS, COLS, 2), dtype=np.uint8)
    path = write_raster(tmp_path / "a.tif", noise)
    result = fallow.segment(path, classes=2, features="spectral", unit="pixel", min_area=said)
    assert smallest <= np.bincount(result.regions.ravel())[1:].min() < smallest + 25


def test_more_classes_than_distinct_pixels_are_an_error():
    image = np.arange(3, dtype=np.uint8).repeat(100).reshape(15, 20)
    with pytest.raises(InputError, match="4 classes were asked for, but the image has only 3 distinct values"):
        fallow.segment(image, classes=4, features="spectral", unit="pixel")
    assert fallow.segment(image, classes=3, features="spectral", unit="pixel").n_classes == 3


@pytest.mark.parametrize(("said", "candidates"), [("auto", range(2, 13)), ("3-6", range(3, 7)), ("5", [5])])
def test_the_number_of_classes_may_be_left_open(scene, said, candidates):
    result = fallow.segment(scene, classes=said, unit="pixel")
    assert result.n_classes in candidates
    if len(candidates) > 1:
        assert result.n_classes == 4  # as many as there are
        assert result.recipe["found"]["candidates"] == list(candidates)
        assert len(result.recipe["found"]["scores"]) == len(candidates)
        assert any("4 classes" in note for note in result.notes)


# ---------------------------------------------------------------------- fit and apply
@pytest.mark.parametrize("method", METHODS)
def test_predict_keeps_the_numbers_and_the_bytes_of_fit_predict(scene, method):
    segmenter = Segmenter(classes=4, method=method, features="color,texture", majority=1)
    first = segmenter.fit_predict(scene)
    assert layers(segmenter.predict(scene)) == layers(first)


@pytest.mark.parametrize("method", METHODS)
def test_a_saved_model_predicts_the_same_bytes(tmp_path, scene, method):
    model = fallow.fit(scene, classes=4, method=method, features="color,position", min_area="20px")
    loaded = fallow.load(model.save(tmp_path / "a.fallow"))
    assert layers(loaded.predict(scene)) == layers(model.predict(scene))
    assert loaded.get_params() == model.get_params()
    assert loaded.save(tmp_path / "b.fallow").read_bytes() == (tmp_path / "a.fallow").read_bytes()


@pytest.mark.parametrize(
    "features", [*sorted(FAMILIES.keys() - NEEDED.keys()), "auto", "texture", "color,space=hsv,weight=2,position"]
)
@pytest.mark.parametrize(
    ("unit", "reduce"),
    [("region", "pca,n_components=2"), ("region", None), ("pixel", "pca,n_components=2"), ("pixel", "mnf")],
)
def test_every_family_and_reduction_survives_saving(tmp_path, scene, features, unit, reduce):
    model = fallow.fit(scene, classes=3, features=features, unit=unit, reduce=reduce)
    loaded = fallow.load(model.save(tmp_path / "m.fallow"))
    assert layers(loaded.predict(scene)) == layers(model.predict(scene))
    assert loaded.notes() == model.notes()


def test_features_and_methods_given_as_objects_survive_saving(tmp_path, scene):
    model = Segmenter(classes=3, features={"color": 1, "position": 0.2}, method=make_clusterer("som,shape=4x4", 2))
    result = model.fit_predict(scene)
    loaded = fallow.load(model.save(tmp_path / "m.fallow"))
    assert layers(loaded.predict(scene)) == layers(result)
    assert result.save(tmp_path / "out").is_dir()


def test_a_chosen_number_of_classes_survives_saving(tmp_path, scene):
    model = fallow.fit(scene, classes="3-5")
    loaded = fallow.load(model.save(tmp_path / "m.fallow"))
    assert loaded.choice_ == model.choice_
    assert loaded.predict(scene).recipe == model.predict(scene).recipe


@pytest.mark.parametrize("unit", ["region", "pixel"])
def test_choosing_alone_chooses_what_fitting_would(scene, unit):
    segmenter = Segmenter(classes="2-5", unit=unit)
    choice = segmenter.choose(scene)
    assert not hasattr(segmenter, "bands_")
    assert choice == segmenter.fit(scene).choice_
    assert choice == segmenter.choose([scene])


def test_one_number_leaves_nothing_to_choose(scene):
    with pytest.raises(InputError, match='classes must be "auto" or a range such as "2-12" to choose from, got 5'):
        Segmenter(classes=5).choose(scene)


def test_images_of_different_sizes_are_fitted_together(scene):
    dark = ArraySource(patches(40, 50, bands=4, cell=20) // 4, band_names=NAMES, name="dark")
    model = fallow.fit([scene, dark, scene], classes=5, unit="pixel")
    assert model.n_sample_ == 2 * ROWS * COLS + 40 * 50
    bright, dim = (set(np.unique(model.predict(image).classes)) for image in (scene, dark))
    assert bright | dim == {1, 2, 3, 4, 5}
    assert dim - bright


def test_a_class_keeps_its_number_from_image_to_image(scene):
    model = fallow.fit(scene, classes=4, unit="pixel")
    whole = model.predict(scene).classes
    upper = model.predict(ArraySource(scene.read()[:20], band_names=NAMES)).classes
    np.testing.assert_array_equal(upper, whole[:20])


def test_a_small_sample_is_enough_and_said(scene):
    result = fallow.segment(scene, classes=4, sample=500)
    assert 250 <= result.recipe["found"]["sample_pixels"] <= 500
    assert result.n_classes == 4


def test_a_seed_decides_everything_random():
    noise = np.random.default_rng(0).random((80, 90, 3))
    one, same, other = (fallow.segment(noise, classes=6, random_state=seed) for seed in (1, 1, 2))
    assert layers(one) == layers(same)
    assert layers(one) != layers(other)


# ---------------------------------------------------------------------- drift
def test_drift_is_low_at_home_and_a_warning_far_away(scene):
    model = fallow.fit(scene, classes=4)
    home = model.predict(scene)
    assert home.recipe["found"]["share_far_from_fit"] < 0.05
    assert home.notes[-1].endswith("(1 % is expected).")
    away = model.predict(ArraySource(255 - scene.read() // 3, band_names=NAMES))
    assert away.recipe["found"]["share_far_from_fit"] > 0.5
    assert away.notes[-1].startswith("Warning: ")


def test_a_class_without_pixels_is_said():
    left, right = np.full((30, 40), 10, np.uint8), np.full((30, 40), 200, np.uint8)
    model = fallow.fit(np.hstack([left, right]), classes=2, features="spectral")
    result = model.predict(right)
    assert sorted(row.area for row in result.table) == [0, 1200]
    assert any("has no pixel here" in note for note in result.notes)


# ---------------------------------------------------------------------- other bands
def test_other_bands_are_refused(scene):
    model = fallow.fit(scene, classes=3)
    with pytest.raises(InputError, match=r"image has 3 bands, but the model has 4 \(red, green, blue, nir\)"):
        model.predict(patches(ROWS, COLS))
    turned = ArraySource(scene.read(), band_names=NAMES[::-1], name="turned")
    with pytest.raises(InputError, match="turned has the bands of the model in another order; choose bands='red,gr"):
        model.predict(turned)
    other = ArraySource(scene.read(), band_names=("red", "green", "blue", "swir1"), name="other")
    with pytest.raises(InputError, match="band 4 of other is swir1, but the model has nir there; choose with bands"):
        model.predict(other)
    assert model.predict(fallow.open_source(turned, bands="red,green,blue,nir")).n_classes == 3


def test_a_fit_that_fails_leaves_nothing_of_an_older_one(scene):
    model = fallow.fit(scene, classes=3)
    with pytest.raises(InputError, match="the image is constant"):
        model.fit(np.zeros((20, 20, 4), np.uint8))
    with pytest.raises(InputError, match="not fitted yet"):
        model.predict(scene)


def test_images_of_different_bands_are_not_fitted_together(scene):
    with pytest.raises(InputError, match="photo has 3 bands, but the first image, image, has 4"):
        fallow.fit([scene, ArraySource(patches(ROWS, COLS), name="photo")], classes=3)


# ---------------------------------------------------------------------- the file
@pytest.fixture
def model_file(tmp_path, scene):
    return fallow.fit(scene, classes=3, features="color,histogram").save(tmp_path / "m.fallow")


def test_a_model_file_is_json_and_plain_arrays(model_file):
    with zipfile.ZipFile(model_file) as file:
        names = file.namelist()
        assert names[0] == "tree.json"
        assert json.loads(file.read("tree.json"))["format"] == "fallow-model"
        for name in names[1:]:
            array = np.load(io.BytesIO(file.read(name)), allow_pickle=False)
            assert array.dtype.kind in "buif"


def test_damage_is_never_more_than_an_error_of_ours(tmp_path, model_file, scene):
    random, whole = np.random.default_rng(0), model_file.read_bytes()
    for number in range(300):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 3):
            data[place] = random.integers(256)
        (tmp_path / "damaged.fallow").write_bytes(data[: random.integers(len(data))] if number % 3 == 0 else data)
        with suppress(FallowError):  # or what was hit meant nothing, such as a date
            assert fallow.load(tmp_path / "damaged.fallow").predict(scene).n_classes == 3


def test_foreign_files_are_refused(tmp_path, photo):
    np.savez(tmp_path / "arrays.npz", a=np.ones(3))
    (tmp_path / "empty.fallow").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "other.fallow", "w") as file:
        file.writestr("tree.json", "[1, 2]")
    for name in (photo, "arrays.npz", "empty.fallow", "other.fallow"):
        with pytest.raises(InputError, match="is not a file that Fallow saved, or it is damaged"):
            fallow.load(tmp_path / name)


def test_a_model_of_a_newer_fallow_is_refused(tmp_path, model_file):
    with zipfile.ZipFile(model_file) as file:
        tree = json.loads(file.read("tree.json"))
    with zipfile.ZipFile(tmp_path / "newer.fallow", "w") as file:
        file.writestr("tree.json", json.dumps(tree | {"version": tree["version"] + 1, "fallow": "9.0"}))
    with pytest.raises(InputError, match=r"was written by Fallow 9\.0; this is .*, please update"):
        fallow.load(tmp_path / "newer.fallow")


def test_a_model_is_saved_where_it_can_be_or_not_at_all(tmp_path, scene):
    model = fallow.fit(scene, classes=3)
    for place in (tmp_path / "gone" / "m.fallow", tmp_path):
        with pytest.raises(FileError, match="cannot write"):
            model.save(place)
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="this segmenter is not fitted yet; call fit, or load a model"):
        Segmenter().save(tmp_path / "m.fallow")


# ---------------------------------------------------------------------- manners
def test_scikit_learn_can_clone_a_segmenter(scene):
    from sklearn.base import clone

    fitted = Segmenter(classes=3, features=["color", "position"], min_area="30px").fit(scene)
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "clusterer_")
    with pytest.raises(InputError, match="this segmenter is not fitted yet"):
        copy.predict(scene)


def test_unknown_parameters_name_the_nearest(scene):
    with pytest.raises(InputError, match="Segmenter has no parameter 'clases'; did you mean \"classes\"\\?"):
        Segmenter().set_params(clases=3)
    with pytest.raises(InputError, match="there is no option 'min_aera'; did you mean \"min_area\"\\?"):
        fallow.segment(scene, min_aera=3)


def test_numbers_of_numpy_are_numbers(tmp_path, scene):
    result = fallow.segment(scene, classes=np.int64(3), min_area=np.int32(9), random_state=np.uint8(1), bands=[1, 2])
    result.save(tmp_path / "out")
    again = fallow.segment(scene, classes=3, min_area=9, random_state=1, bands="1,2")
    assert layers(again) == layers(result)
