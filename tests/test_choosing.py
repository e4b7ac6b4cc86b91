"""How many classes images have, asked from Python."""

import numpy as np
import pytest

import fallow
from fallow import InputError

COLORS = np.array([[30, 30, 30], [220, 220, 220], [200, 60, 60], [60, 160, 60], [60, 80, 200], [220, 200, 60]])


def noisy(n_kinds, seed=0):
    """Stripes of so many colours, with noise."""
    stripes = np.broadcast_to(np.repeat(COLORS[:n_kinds], 60, axis=0), (160, 60 * n_kinds, 3))
    return np.clip(stripes + np.random.default_rng(seed).normal(0, 8, stripes.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("unit", "n_kinds"), [("region", 2), ("region", 4), ("pixel", 5)])
def test_the_colours_of_stripes_are_counted(unit, n_kinds):
    assert fallow.choose(noisy(n_kinds), unit=unit, features="color").n_classes == n_kinds


def test_images_are_judged_together():
    image = noisy(4)
    choice = fallow.choose([image[:, :120], image[:, 120:]], features="color", classes="2-8")
    assert choice.candidates == tuple(range(2, 9))
    assert choice.n_classes == 4


def test_no_image_is_refused():
    with pytest.raises(InputError, match="images must hold at least one image, got none"):
        fallow.choose([])


def test_an_unknown_option_is_named():
    with pytest.raises(InputError, match="there is no option 'clases'; did you mean \"classes\"\\?"):
        fallow.choose(noisy(2), clases=3)
