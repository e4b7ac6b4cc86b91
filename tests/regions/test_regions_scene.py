import numpy as np
import pytest

from fallow.errors import InputError
from fallow.features import Bands
from fallow.features.backbone import N_FEATURES, describe
from fallow.features.block import Block
from fallow.features.picture import Picture
from fallow.regions.scene import BIAS, WEIGHTS, mean_features, share_aerial

FEATURES = np.random.default_rng(0).normal(0, 0.05, N_FEATURES)


@pytest.mark.parametrize("is_mapped", [True, False])
@pytest.mark.parametrize("features", [None, FEATURES])
def test_what_the_user_says_counts(is_mapped, features):
    for scene, share in (("photo", 0.0), ("aerial", 1.0)):
        assert share_aerial(scene, is_mapped=is_mapped, features=features) == share


def test_an_image_with_a_place_on_the_map_is_seen_from_above():
    assert share_aerial("auto", is_mapped=True, features=-np.sign(WEIGHTS)) == 1


def test_an_image_nobody_looks_at_is_a_photograph():
    assert share_aerial("auto", is_mapped=False) == 0


def test_an_image_looked_at_has_a_share():
    share = share_aerial("auto", is_mapped=False, features=FEATURES)
    probability = 1 / (1 + np.exp(-BIAS - sum(FEATURES * WEIGHTS)))
    assert share == pytest.approx(min(1.0, max(0.0, 2 * probability - 0.5)))
    assert share_aerial("auto", is_mapped=False, features=np.sign(WEIGHTS)) > 0.99
    assert share_aerial("auto", is_mapped=False, features=-np.sign(WEIGHTS)) < 0.01


def test_mean_features_are_those_of_all_pixels_with_data():
    image = np.random.default_rng(0).integers(0, 255, (40, 52, 3)).astype(np.float32)
    picture = Picture().fit(image.reshape(-1, 3), Bands(3, dtype="uint8"))
    void = np.full_like(image, np.nan)
    upper = image.copy()
    upper[20:] = np.nan
    seen = describe(Block(upper).fill(upper))[:5]
    whole = describe(image)
    blocks = [Block(image), Block(void), Block(upper)]
    np.testing.assert_allclose(mean_features(picture, blocks[:2]), whole.mean(axis=(0, 1)), atol=1e-6)
    expected = (whole.sum(axis=(0, 1)) + seen.sum(axis=(0, 1))) / (10 * 13 + 5 * 13)
    np.testing.assert_allclose(mean_features(picture, blocks), expected, atol=1e-6)
    assert not mean_features(picture, blocks[1:2]).any()


@pytest.mark.parametrize("scene", ["", "Photo", "satellite", None])
def test_other_scenes_are_refused(scene):
    with pytest.raises(InputError, match="scene must be"):
        share_aerial(scene, is_mapped=False)
