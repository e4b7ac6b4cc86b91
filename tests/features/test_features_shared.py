import numpy as np

from fallow.features import Bands, FeatureStack
from fallow.features.shared import SharedFeatures
from system_scenes import patches

TEXTS = ("color", "color,texture,weight=0.5", "moments,color", "color,sigma=2.0")


def fitted():
    image = patches(40, 50, cell=20).astype(np.float32)
    bands = Bands(3, dtype="uint8")
    return image, [FeatureStack(text).fit_pixels(image.reshape(-1, 3), bands) for text in TEXTS]


def test_each_stack_finds_its_own_features():
    image, stacks = fitted()
    shared = SharedFeatures.of(stacks)
    everything = shared.extract(image)
    for stack, own in zip(stacks, shared.columns, strict=True):
        assert np.array_equal(everything[..., own], stack.extract(image))


def test_a_family_is_there_once_unless_its_options_differ():
    _, stacks = fitted()
    families = SharedFeatures.of(stacks).families
    assert [each.family for each in families] == ["color", "lbp", "gabor", "moments", "color"]
    assert [each.sigma for each in families if each.family == "color"] == [1.0, 2.0]
