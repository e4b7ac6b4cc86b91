"""What every family promises."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from feature_scenes import bands_of, punch, rows_of, scene, through_a_file

from fallow.errors import InputError
from fallow.features import FAMILIES, Feature, parse_features
from fallow.features.registry import NEEDED

TEXTS = [
    *(name for name in FAMILIES if name not in NEEDED),  # those have tests of their own
    "color,space=hsv",
    "color,space=rgb,sigma=0",
    "spectral,sigma=1.5",
    "spectral,kind=derivative",
    "spectral,kind=continuum",
    "spectral,kind=angle",
    "lbp,scales=3,sigma=4",
    "gabor,scales=2,orientations=6,sigma=4",
]
NEEDS_BANDS = {"indices": 3, "spectral,kind=derivative": 3, "spectral,kind=continuum": 3}
CASES = [(text, n) for text, n in product(TEXTS, (1, 3, 6, 20)) if n >= NEEDS_BANDS.get(text, 1)]

SEES_FARTHER = {"network"}
"""Families whose features depend a little on what lies beyond the halo; their own tests say how little."""

every_family = pytest.mark.parametrize(("text", "n_bands"), CASES)


def fitted(text: str, image: np.ndarray) -> Feature:
    ((family, _),) = parse_features(text)
    return family.fit(rows_of(image), bands_of(image.shape[2]))


@every_family
def test_no_data_stays_no_data_and_all_else_is_finite(text, n_bands):
    image = punch(scene(60, 70, n_bands))
    image.flags.writeable = False
    features = fitted(text, image).transform(image)
    assert features.dtype == np.float32
    assert features.shape[:2] == image.shape[:2]
    holes = np.isnan(image[..., 0])
    assert np.isnan(features[holes]).all()
    assert np.isfinite(features[~holes]).all()


@every_family
def test_every_feature_has_a_name(text, n_bands):
    image = scene(20, 24, n_bands)
    family = fitted(text, image)
    assert len(set(family.names)) == family.transform(image).shape[2]


@pytest.mark.parametrize(("text", "n_bands"), [case for case in CASES if case[0] not in SEES_FARTHER])
def test_the_halo_is_all_the_context_that_counts(text, n_bands):
    image = punch(scene(290, 301, n_bands))
    family = fitted(text, image)
    row0, row1, col0, col1 = 101, 166, 98, 167  # a core that touches the block hole, with room for every halo
    assert family.halo <= 97
    context = (slice(row0 - family.halo, row1 + family.halo), slice(col0 - family.halo, col1 + family.halo))
    whole = family.transform(image, (0, 0), image.shape[:2])[row0:row1, col0:col1]
    origin = (row0 - family.halo, col0 - family.halo)
    block = family.transform(image[context], origin, image.shape[:2])
    block = block[family.halo :, family.halo :][: row1 - row0, : col1 - col0]
    np.testing.assert_allclose(block, whole, rtol=1e-4, atol=1e-4 * np.nanstd(whole))


@every_family
def test_a_view_gives_the_bits_of_its_copy(text, n_bands):
    image = punch(scene(50, 61, n_bands))
    family = fitted(text, image)
    view = image[3:47, 5:58]
    assert np.array_equal(family.transform(view), family.transform(view.copy()), equal_nan=True)


@pytest.mark.parametrize(("text", "n_bands"), [case for case in CASES if case[0] != "position"])
def test_a_hole_in_a_flat_image_cannot_be_seen(text, n_bands):
    image = scene(90, 100, n_bands)
    family = fitted(text, image)
    flat = np.broadcast_to(image[40, 40], image.shape).astype(np.float32)
    holed = np.where(np.isnan(punch(image)), np.nan, flat).astype(np.float32)
    features, expected = family.transform(holed), family.transform(flat)
    valid = ~np.isnan(holed[..., 0])
    np.testing.assert_allclose(features[valid], expected[valid], rtol=1e-3, atol=1e-3)


@every_family
def test_a_constant_image_gives_finite_features(text, n_bands):
    image = np.full((30, 33, n_bands), 77, np.float32)
    assert np.isfinite(fitted(text, image).transform(image)).all()


@every_family
def test_black_gives_finite_features(text, n_bands):
    image = np.zeros((30, 33, n_bands), np.float32)
    assert np.isfinite(fitted(text, image).transform(image)).all()


@every_family
def test_one_pixel_is_enough(text, n_bands):
    image = np.full((1, 1, n_bands), 9, np.float32)
    assert np.isfinite(fitted(text, image).transform(image)).all()


@every_family
def test_a_block_without_data_is_nan(text, n_bands):
    family = fitted(text, scene(20, 24, n_bands))
    features = family.transform(np.full((8, 9, n_bands), np.nan, np.float32))
    assert features.shape == (8, 9, len(family.names))
    assert np.isnan(features).all()


@every_family
def test_what_was_learned_survives_a_file_of_plain_data(text, n_bands):
    image = punch(scene(40, 50, n_bands))
    family = fitted(text, image)
    again = type(family)(**family.get_params()).set_state(through_a_file(family.get_state()))
    assert again.names == family.names
    assert np.array_equal(again.transform(image), family.transform(image), equal_nan=True)


@pytest.mark.parametrize(("text", "n_bands"), [case for case in CASES if case[0] not in ("position",)])
def test_pointwise_families_need_no_neighbours(text, n_bands):
    image = scene(12, 15, n_bands)
    family = fitted(text, image)
    assert family.is_pointwise == (family.halo == 0)
    if family.is_pointwise:
        rows = family.transform(image.reshape(-1, 1, n_bands))
        np.testing.assert_allclose(rows.reshape(12, 15, -1), family.transform(image), rtol=1e-6)


def test_other_bands_than_fitted_are_refused():
    family = fitted("color", scene(8, 9, 3))
    with pytest.raises(InputError, match="color was fitted on 3 bands, got 6"):
        family.transform(scene(8, 9, 6))


def test_an_unfitted_family_says_so():
    ((family, _),) = parse_features("gradient")
    with pytest.raises(InputError, match="gradient has learned nothing yet: call fit first"):
        family.transform(scene(8, 9, 3))


def test_no_valid_pixel_is_refused():
    ((family, _),) = parse_features("color")
    with pytest.raises(InputError, match="at least one valid pixel, got none"):
        family.fit(np.empty((0, 3), np.float32), bands_of(3))
