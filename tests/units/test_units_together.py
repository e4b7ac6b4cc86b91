"""Units fitted together see what each would see alone, and compute what they share once."""

from collections import Counter

import numpy as np
import pytest

from fallow import Work
from fallow.features.color import Color
from fallow.features.lbp import LBP
from fallow.raster import ArraySource
from fallow.tiles.bands import bands_of
from fallow.units import make_unit, together
from fallow.units.base import Wish
from fallow.units.together import describe_together
from system_scenes import holes, patches

TEXTS = ("color", "auto", "color,texture", "texture")


def describe(unit, image, texts=TEXTS, **wish):
    sources = [ArraySource(each) for each in (image if isinstance(image, list) else [image])]
    wishes = [Wish(features=text, **wish) for text in texts]
    return describe_together(unit, wishes, sources, bands_of(sources[0]), Work())


@pytest.fixture
def computed(monkeypatch):
    """Count how often families compute a block."""
    counts = Counter()

    def count(family):
        compute = family.compute

        def counting(self, block):
            counts[family.family, block.origin] += 1
            return compute(self, block)

        monkeypatch.setattr(family, "compute", counting)

    for family in (Color, LBP):
        count(family)
    return counts


@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_each_family_is_computed_once_a_block_however_many_choices_name_it(unit, computed):
    describe(unit, patches(520, 600))
    assert {family for family, _ in computed} == {"color", "lbp"}
    assert len(computed) == 2 * 4
    assert set(computed.values()) == {1}


def test_regions_are_described_as_each_unit_alone_does():
    image = patches(90, 130, cell=20)
    source = ArraySource(image)
    for text, found in zip(TEXTS, describe("region", image), strict=True):
        alone = make_unit("region", Wish(features=text)).fit([source], bands_of(source), Work(), keep=False)
        np.testing.assert_allclose(found.rows, alone, atol=1e-4)


def test_a_map_is_laid_out_where_there_is_data():
    image = patches(90, 130, cell=20).astype(np.float32)
    image[holes(90, 130)] = np.nan
    for unit, most_other in (("pixel", 0), ("region", 0.05)):  # superpixels know cells of 2 x 2 pixels
        (found,) = describe(unit, image, texts=["color"])
        assert ((found.at < 0) != holes(90, 130)).mean() <= most_other
        laid = found.map_of(np.arange(1, len(found.shown) + 1))
        assert np.array_equal(laid == 0, found.at < 0)


def test_rows_of_all_images_are_drawn_and_the_first_is_shown(monkeypatch):
    monkeypatch.setattr(together, "MOST_ROWS", 1000)
    (found,) = describe("pixel", [patches(90, 130, cell=20), patches(50, 60, seed=3)], texts=["color"])
    assert len(found.rows) == 2 * 500
    assert found.at.shape == (90, 130)
    assert len(found.shown) == 90 * 130


@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_a_reduction_that_needs_differences_gets_them(unit):
    found = describe(unit, patches(90, 130, bands=5), texts=["spectral", "moments"], reduce="mnf,n_components=2")
    assert {each.rows.shape[1] for each in found} == {2}


def test_choices_that_see_the_same_say_so():
    one, other = describe("pixel", patches(40, 50), texts=["auto", "color"])
    assert one.features == other.features
    one, other = describe("region", patches(40, 50), texts=["auto", "color"])
    assert one.features != other.features
