from __future__ import annotations

import numpy as np
import pytest

import fallow
from fallow import InputError, Work
from fallow.features import FAMILIES, Bands, FeatureStack, parse_features
from fallow.features.base import Feature
from fallow.raster import ArraySource
from fallow.tiles.sample import rank_blocks
from fallow.units import base
from fallow.units.base import Wish, draw_views
from fallow.units.pixel import PixelUnit
from fallow.units.region import RegionUnit
from system_scenes import patches


class Looker(Feature):
    """A family that learns the mean of the blocks it sees, and that cannot be made once its file has gone."""

    family = "looker"
    has_gone = False
    n_views = 3
    memory = 12_345

    def check(self):
        if self.has_gone:
            raise InputError("the file has gone")

    @property
    def names(self):
        return ("looker",)

    def _look(self, views):
        self.seen_ = [list(view.origin) for view in views]
        self.mean_ = float(np.mean([np.nanmean(view.image) for view in views]))

    def compute(self, block):
        return block.fill(block.image)[..., :1] - np.float32(self.mean_)


@pytest.fixture
def looker(monkeypatch):
    monkeypatch.setitem(FAMILIES, "looker", f"{__name__}:Looker")


def images(n, shape=(600, 1100)):
    return [ArraySource(np.full((*shape, 1), 10 * number, np.uint8)) for number in range(n)]


def views_of(sources, n, halo=8, work=Work(), seed=0):  # noqa: B008
    return [
        (view.image[40, 40, 0], view.origin) for view in draw_views(sources, n, halo, Wish(random_state=seed), work)
    ]


def test_views_are_blocks_with_their_halo():
    ((source,), halo) = images(1), 8
    views = draw_views([source], 99, halo, Wish(), Work())
    assert len(views) == 6
    assert {view.origin for view in views} == {(row - 8, col - 8) for row in (0, 512) for col in (0, 512, 1024)}
    for view in views:
        row, col = view.origin
        assert view.shape == (600, 1100)
        assert view.size == (min(row + 528, 608) - row, min(col + 528, 1108) - col)


def test_views_are_of_many_images_before_two_are_of_one():
    values = [value for value, _ in views_of(images(5), 7)]
    assert len(set(values[:5])) == 5
    assert len(values) == 7


def test_views_depend_on_the_seed_and_nothing_else():
    sources = images(3)
    one, other = (views_of(sources, 5, work=work) for work in (Work(tile=(512, 512), workers=1), Work(workers=3)))
    assert one == other
    assert views_of(sources, 5, seed=1) != one


def test_blocks_without_data_are_no_views():
    image = np.full((520, 1600, 1), np.nan, np.float32)
    image[100, 1100] = 7
    (view,) = draw_views([ArraySource(image)], 3, 0, Wish(), Work())
    assert view.origin == (0, 1024)


def test_there_are_fewer_views_where_they_would_fill_the_memory(monkeypatch):
    monkeypatch.setattr(base, "VIEW_BYTES", 2 * 4 * 528**2)
    assert len(views_of(images(1), 5)) == 2
    monkeypatch.setattr(base, "VIEW_BYTES", 1)
    assert len(views_of(images(1), 5)) == 1


def test_nothing_is_read_where_no_view_is_wanted():
    assert draw_views([None], 0, 8, Wish(), Work()) == []


def test_every_block_has_its_rank():
    sources = [*images(2), *images(1, (9, 9))]
    ranked = list(rank_blocks(sources, 3))
    assert len(ranked) == len(set(ranked)) == 13
    assert {number for number, _ in ranked[:3]} == {0, 1, 2}


@pytest.mark.usefixtures("looker")
@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_families_see_the_blocks_they_ask_for(unit):
    scene = patches(530, 540, n_kinds=3)
    model = fallow.fit(scene, classes=3, features="looker,color", unit=unit, effort="fast")
    ((family, _), _) = model.stack_._families
    assert len(family.seen_) == 3
    assert model.predict(scene).n_classes == 3


@pytest.mark.usefixtures("looker")
def test_a_stack_asks_for_what_its_families_ask_for():
    bands = Bands(1)
    assert FeatureStack("color,looker").resolve(bands).n_views == 3
    assert FeatureStack("color,looker").resolve(bands).memory == 12_345
    assert FeatureStack("color").resolve(bands).n_views == FeatureStack("color").resolve(bands).memory == 0
    assert parse_features("network")[0][0].n_views == 0


@pytest.mark.usefixtures("looker")
@pytest.mark.parametrize("unit", [PixelUnit, RegionUnit])
def test_the_memory_of_a_family_counts(unit):
    with_it, without = (unit(Wish(features=text)).appetite(Bands(1), 1000) for text in ("color,looker", "color"))
    assert with_it.block_bytes - without.block_bytes == 12_345


@pytest.mark.usefixtures("looker")
@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_the_memory_of_a_fitted_model_is_told_without_the_files_of_its_families(unit, monkeypatch):
    scene = patches(60, 70)
    model = fallow.fit(scene, classes=2, features="looker", unit=unit, effort="fast")
    before = model.appetite(ArraySource(scene))
    monkeypatch.setattr(Looker, "has_gone", True)
    assert model.appetite(ArraySource(scene)) == before
    assert model.predict(scene, work=Work(memory="4GB")).n_classes == 2
    with pytest.raises(InputError, match="the file has gone"):
        model.fit(scene, work=Work(memory="4GB"))
