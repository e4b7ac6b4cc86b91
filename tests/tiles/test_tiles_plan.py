"""What the memory allows: the largest tiles and the most workers, or a refusal."""

from dataclasses import replace

import numpy as np
import pytest

from fallow.errors import InputError
from fallow.raster.source import Header, Source
from fallow.tiles import Work
from fallow.tiles.grid import default_tile
from fallow.tiles.plan import BASE_BYTES, Appetite, follow, make_plan

MODEST = Appetite(block_bytes=50 << 20, graph_bytes=0.2)


class Mosaic(Source):
    """So many pixels that nobody reads them."""

    def __init__(self, rows=40_000, cols=50_000, bands=4):
        super().__init__(Header("mosaic", (rows, cols), np.dtype(np.uint16), tuple("abcdefgh"[:bands]), (512, 512)))

    @property
    def spec(self):
        return {}

    def _read(self, window, bands):
        raise AssertionError("read")


def work(memory, workers=8):
    return Work(memory=memory, workers=workers)


def test_much_memory_gives_all_workers_the_largest_tiles():
    plan = make_plan(Mosaic(), MODEST, work("60GB"))
    assert (plan.tile, plan.workers) == (default_tile(4), 8)
    assert BASE_BYTES < plan.memory < 60e9


def test_less_memory_gives_smaller_tiles_first_and_then_fewer_workers():
    plans = [make_plan(Mosaic(), MODEST, work(f"{size}MB")) for size in (6000, 2200, 1600, 1200, 1000)]
    assert [plan.workers for plan in plans] == sorted((plan.workers for plan in plans), reverse=True)
    assert plans[0].workers == 8
    assert plans[1].tile[1] < plans[0].tile[1]
    assert 1 <= plans[-1].workers < 8
    for plan, size in zip(plans, (6000, 2200, 1600, 1200, 1000), strict=True):
        assert plan.memory <= size * 1e6


def test_what_fits_nowhere_is_refused_with_the_figure_and_what_to_do():
    with pytest.raises(
        InputError,
        match=r"^mosaic takes about 10\.\d GB of memory, 10\.0 GB of it for what is kept of the whole image, "
        r"and there are 1\.0 GB; give it more with memory, or try unit pixel or effort fast$",
    ):
        make_plan(Mosaic(), replace(MODEST, graph_bytes=5.0), work("1GB"))


def test_a_tile_that_was_said_is_kept():
    plan = make_plan(Mosaic(), MODEST, Work(tile=(1000, 700), memory="4GB", workers=2))
    assert plan.tile == (1000, 700)
    with pytest.raises(InputError, match="of memory"):
        make_plan(Mosaic(), MODEST, Work(tile=(40_000, 50_000), memory="4GB", workers=2))


def test_without_a_word_the_machine_is_the_limit(monkeypatch):
    monkeypatch.setattr("fallow.tiles.plan.available_memory", lambda: 1 << 40)
    assert make_plan(Mosaic(), MODEST, Work(workers=5)).workers == 5
    monkeypatch.setattr("fallow.tiles.plan.available_memory", lambda: 1 << 20)
    with pytest.raises(InputError, match="and there are 1 MB"):
        make_plan(Mosaic(), MODEST, Work(workers=5))
    monkeypatch.setattr("fallow.tiles.plan.available_memory", lambda: None)
    assert make_plan(Mosaic(), MODEST, Work(workers=5)).workers == 5


def test_a_plan_is_followed():
    begun = work("2200MB")
    plan = make_plan(Mosaic(), MODEST, begun)
    followed = follow(plan, begun)
    assert followed.tile_shape(Mosaic()) == plan.tile
    assert followed.runner.workers == plan.workers


def test_unreadable_memory_is_refused():
    with pytest.raises(InputError, match='memory must be an amount such as "2GB" or "512MB", got \'much\''):
        Work(memory="much")
