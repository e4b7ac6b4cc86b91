import numpy as np
import pytest

from fallow.errors import InputError
from fallow.features.backbone import N_FEATURES
from fallow.regions.scene import BIAS, WEIGHTS, share_aerial

FEATURES = np.random.default_rng(0).normal(0, 0.05, N_FEATURES)


@pytest.mark.parametrize("has_georeference", [True, False])
@pytest.mark.parametrize("features", [None, FEATURES])
def test_what_the_user_says_counts(has_georeference, features):
    for scene, share in (("photo", 0.0), ("aerial", 1.0)):
        assert share_aerial(scene, has_georeference=has_georeference, features=features) == share


def test_an_image_with_a_place_on_the_map_is_seen_from_above():
    assert share_aerial("auto", has_georeference=True, features=-np.sign(WEIGHTS)) == 1


def test_an_image_nobody_looks_at_is_a_photograph():
    assert share_aerial("auto", has_georeference=False) == 0


def test_an_image_looked_at_has_a_share():
    share = share_aerial("auto", has_georeference=False, features=FEATURES)
    assert share == pytest.approx(1 / (1 + np.exp(-BIAS - sum(FEATURES * WEIGHTS))))
    assert share_aerial("auto", has_georeference=False, features=np.sign(WEIGHTS)) > 0.99
    assert share_aerial("auto", has_georeference=False, features=-np.sign(WEIGHTS)) < 0.01


@pytest.mark.parametrize("scene", ["", "Photo", "satellite", None])
def test_other_scenes_are_refused(scene):
    with pytest.raises(InputError, match="scene must be"):
        share_aerial(scene, has_georeference=False)
