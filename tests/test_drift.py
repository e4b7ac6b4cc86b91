"""How far an image lies from what a model was fitted on."""

import numpy as np
import pytest

import fallow
from fallow.drift import Drift
from system_scenes import patches


def drift(**said) -> Drift:
    found = {
        "share_far": 0.01, "names": ("a", "b", "c"), "mean": np.array([1.0, 5.0, 7.0]),
        "fitted_mean": np.array([1.0, 4.0, 9.0]), "fitted_deviation": np.array([1.0, 0.5, 0.0]),
        "shares": np.array([0.5, 0.5]), "fitted_shares": np.array([0.8, 0.2]),
    }  # fmt: skip
    return Drift.measure(**found | said)


def test_shifts_are_in_deviations_the_farthest_first():
    assert drift().shifts == {"b": 2.0, "a": 0.0, "c": 0.0}  # c is constant


def test_the_change_of_classes_is_the_area_that_would_have_to_change():
    assert drift().class_change == pytest.approx(0.3)


def test_it_warns_when_five_times_as_many_pixels_are_far():
    assert not drift(share_far=0.05).is_warning
    warning = drift(share_far=0.051)
    assert warning.is_warning
    assert warning.sentences()[-1].startswith("Warning: 5.1% of the pixels")
    assert "b +2.0" in warning.sentences()[0]
    assert warning.sentences()[1].startswith("30% of the area is of other classes")


@pytest.mark.parametrize("unit", ["region", "pixel"])
def test_a_brighter_image_is_told_by_its_features(unit):
    image = patches(80, 120, noise=4)
    model = fallow.fit(image, classes=3, unit=unit, features="spectral")
    home = model.predict(image).recipe["found"]["drift"]
    assert home["class_change"] < 0.05
    assert all(abs(shift) < 0.1 for shift in home["shifts"].values())
    away = model.predict((image // 4 + 190).astype(np.uint8)).recipe["found"]["drift"]
    assert away["share_far"] > 0.05
    assert max(away["shifts"].values()) > 1
