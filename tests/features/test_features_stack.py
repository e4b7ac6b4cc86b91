from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from feature_scenes import bands_of, punch, rows_of, scene, through_a_file

from fallow.errors import InputError
from fallow.features import FeatureStack


def fitted(image: np.ndarray, features="auto", **options) -> FeatureStack:
    stack = FeatureStack(features, **options).fit_pixels(rows_of(image), bands_of(image.shape[2]))
    extracted = stack.extract(image)
    differences = extracted[:, 1:] - extracted[:, :-1]
    return stack.fit_features(rows_of(extracted), rows_of(differences))


@pytest.mark.parametrize("scaling", ["auto", "standard", "robust", "none"])
def test_each_family_has_its_weight_whatever_its_number_of_features(scaling, photo):
    stack = fitted(photo, {"color": 1, "gabor": 0.5, "position": 2}, scaling=scaling, reduce=None)
    variance = stack.transform(photo).reshape(-1, len(stack.names)).var(axis=0)
    np.testing.assert_allclose([variance[:3].sum(), variance[3:15].sum(), variance[15:].sum()], [1, 0.25, 4], rtol=1e-3)


def test_auto_scaling_keeps_the_proportions_of_lab(photo):
    rows = fitted(photo, "color").transform(photo).reshape(-1, 3)
    lab = fitted(photo, "color").extract(photo).reshape(-1, 3)
    np.testing.assert_allclose(rows.std(0) / rows.std(0)[0], lab.std(0) / lab.std(0)[0], rtol=1e-4)


def test_auto_scaling_standardises_bands():
    image = scene(40, 50, 4) * np.array([1, 10, 100, 1000], np.float32)
    np.testing.assert_allclose(fitted(image).transform(image).reshape(-1, 4).std(0), 0.5, rtol=1e-3)


@pytest.mark.parametrize("options", [{"reduce": None}, {"reduce": "pca,n_components=4"}, {"reduce": "mnf"}, {}])
@pytest.mark.parametrize(
    ("features", "n_bands"), [("auto", 1), ("auto", 3), ("auto", 4), ("auto", 20), ("color,texture", 3)]
)
def test_no_data_stays_no_data(features, n_bands, options):
    image = punch(scene(60, 70, n_bands))
    stack = fitted(image, features, **options)
    rows = stack.transform(image)
    holes = np.isnan(image[..., 0])
    assert rows.dtype == np.float32
    assert rows.shape == (60, 70, len(stack.names))
    assert np.isnan(rows[holes]).all()
    assert np.isfinite(rows[~holes]).all()


def test_the_map_is_scaling_weights_and_components(photo):
    stack = fitted(photo, "color,texture,weight=0.5", reduce="pca,n_components=5")
    plain = fitted(photo, "color,texture,weight=0.5", reduce=None).transform(photo).reshape(-1, 35)
    rows = stack.transform(photo).reshape(-1, 5)
    assert stack.names == ("pca1", "pca2", "pca3", "pca4", "pca5")
    np.testing.assert_allclose(rows.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(
        np.sort(rows.var(0))[::-1], np.sort(np.linalg.eigvalsh(np.cov(plain.T)))[::-1][:5], rtol=1e-2
    )


def test_components_of_robustly_scaled_features_are_centred(photo):
    rows = fitted(photo, "gabor", scaling="robust", reduce="pca,n_components=3").transform(photo)
    np.testing.assert_allclose(rows.reshape(-1, 3).mean(0), 0, atol=1e-4)


def test_more_than_24_features_are_reduced_and_it_is_said():
    stack = fitted(scene(50, 60, 1))
    assert len(stack.names) == 24
    assert "one band alone" in stack.choice
    assert "33 features are reduced to 24 principal components" in stack.choice


def test_nothing_is_said_where_the_user_chose(photo):
    assert fitted(photo, "color").choice == ""


@pytest.mark.parametrize(("features", "n_bands", "is_pointwise"), [
    ("spectral", 4, True), ("color,sigma=0", 3, True), ("indices", 6, True),
    ("auto", 4, True), ("auto", 3, False), ("spectral,position", 4, False),
])  # fmt: skip
def test_a_pointwise_stack_takes_rows_of_pixels(features, n_bands, is_pointwise):
    image = scene(20, 24, n_bands)
    stack = FeatureStack(features).resolve(bands_of(n_bands))
    assert stack.is_pointwise == is_pointwise
    if is_pointwise:
        stack = fitted(image, features)
        column = stack.project(stack.extract(image.reshape(-1, 1, n_bands))[:, 0])
        np.testing.assert_allclose(column, stack.transform(image).reshape(-1, len(stack.names)), rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"features": "color,space=hsv,texture,weight=0.5"}, {"reduce": "mnf"}])
def test_a_stack_survives_a_file_of_plain_data(options, photo):
    stack = fitted(photo, **options)
    again = FeatureStack(**options).set_state(through_a_file(stack.get_state()))
    assert (again.names, again.halo, again.choice) == (stack.names, stack.halo, stack.choice)
    assert np.array_equal(again.transform(photo), stack.transform(photo))


def test_a_read_only_image_with_holes_will_do():
    image = punch(scene(40, 50, 4))
    image.flags.writeable = False
    assert fitted(image).transform(image).shape == (40, 50, 4)


def test_constant_features_count_nothing():
    image = scene(20, 20, 4)
    image[..., 2] = 9
    assert (fitted(image).transform(image)[..., 2] == 0).all()


def test_mnf_without_differences_is_refused(photo):
    stack = FeatureStack("color", reduce="mnf").fit_pixels(rows_of(photo), bands_of(3))
    assert stack.needs_differences
    with pytest.raises(InputError, match="mnf needs neighbouring valid pixels"):
        stack.fit_features(rows_of(stack.extract(photo)))


@pytest.mark.parametrize(("options", "message"), [
    ({"features": "colr"}, 'did you mean "color"'),
    ({"scaling": "standrad"}, 'scaling must be one of auto, standard, robust, none.*did you mean "standard"'),
    ({"reduce": "pcaa"}, 'did you mean "pca"'),
    ({"features": []}, "features must name at least one family, got none"),
])  # fmt: skip
def test_wrong_options_are_refused_before_a_pixel_is_read(options, message):
    with pytest.raises(InputError, match=message):
        FeatureStack(**options).resolve(bands_of(3))


@pytest.mark.parametrize("step", ["halo", "names", "choice"])
def test_an_unfitted_stack_says_what_to_call(step):
    with pytest.raises(InputError, match=r"the stack .* yet: call"):
        getattr(FeatureStack(), step)


def test_colour_and_bands_load_neither_scikit_learn_nor_scikit_image():
    code = (
        "import sys, numpy as np; from fallow.features import Bands, FeatureStack\n"
        "image = np.random.default_rng(0).random((9, 9, 3), dtype=np.float32)\n"
        "for name in ('color', 'texture', 'spectral'):\n"
        "    stack = FeatureStack(name).fit_pixels(image.reshape(-1, 3), Bands(3))\n"
        "    stack.fit_features(stack.extract(image).reshape(81, -1)).transform(image)\n"
        "assert not {'sklearn', 'skimage'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("options", [{"reduce": None}, {"reduce": "pca,n_components=2"}])
def test_no_rows_give_no_rows(options, photo):
    stack = fitted(photo, "color", **options)
    rows = stack.project(np.empty((0, 3), np.float32))
    assert rows.shape == (0, len(stack.names))
