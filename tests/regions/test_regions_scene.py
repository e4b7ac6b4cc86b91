import numpy as np
import pytest

from fallow.errors import InputError
from fallow.features.backbone import N_FEATURES
from fallow.regions.scene import BIAS, WEIGHTS, share_aerial

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


@pytest.mark.parametrize("scene", ["", "Photo", "satellite", None])
def test_other_scenes_are_refused(scene):
    with pytest.raises(InputError, match="scene must be"):
        share_aerial(scene, is_mapped=False)
