import numpy as np
import pytest

from fallow.errors import InputError
from fallow.raster import open_source
from fallow.tiles import Work, blocks_of, sweep, tiles_of
from fallow.tiles.grid import default_tile
from fallow.tiles.mapping_unit import min_area_pixels


@pytest.mark.parametrize("tile", [(256, 256), (512, 512), (1000, 700), (5000, 5000)])
def test_tiles_are_groups_of_the_same_blocks(tile):
    shape = (1300, 1700)
    blocks = [block for each in tiles_of(shape, tile) for block in blocks_of(each)]
    assert sorted(blocks) == sorted(tiles_of(shape, (1, 1)))
    covered = np.zeros(shape, int)
    for row0, row1, col0, col1 in blocks:
        covered[row0:row1, col0:col1] += 1
    assert (covered == 1).all()


def test_tiles_of_many_bands_are_narrow():
    assert default_tile(4) == (512, 4096)
    assert default_tile(200) == (512, 512)


def test_blocks_carry_their_halo_whatever_the_tile():
    image = np.random.default_rng(0).random((600, 1100), np.float32)
    found = {}
    for tile in ((1, 1), (1024, 1024)):
        work = Work(tile=tile)
        for _, blocks in sweep(open_source(image), lambda t: list(t.blocks()), stage="", work=work, halo=7):
            for block, pixels in blocks:
                assert pixels.shape == (block[1] - block[0] + 14, block[3] - block[2] + 14, 1)
                np.testing.assert_array_equal(found.setdefault(block, pixels), pixels)


def test_progress_counts_every_tile():
    said = []
    work = Work(tile=(512, 512), workers=2, progress=lambda *a: said.append(a))
    list(sweep(open_source(np.zeros((1100, 600))), lambda t: None, stage="reading", work=work))
    assert said == [("reading", done, 6) for done in range(1, 7)]


def test_the_first_error_ends_the_run():
    def fail(tile):
        raise InputError(f"bad tile {tile.window}")

    with pytest.raises(InputError, match="bad tile"):
        list(sweep(open_source(np.zeros((2000, 2000))), fail, stage="", work=Work(tile=(1, 1), workers=2)))


def test_bad_work_is_refused():
    with pytest.raises(InputError, match="workers must be at least 1, got 0"):
        Work(workers=0)
    with pytest.raises(InputError, match="tile sides must be at least 1 pixel, got 0 x 5"):
        Work(tile=(0, 5))


@pytest.mark.parametrize(
    ("said", "pixels"), [(0, 0), (16, 16), ("40px", 40), ("200m2", 2), ("0.5ha", 50), ("1km2", 10_000), ("101 m²", 2)]
)
def test_the_mapping_unit_reads_pixels_and_areas(said, pixels):
    assert min_area_pixels(said, 100.0) == pixels


def test_an_area_on_the_ground_needs_a_georeference():
    with pytest.raises(InputError, match="the image has no georeference"):
        min_area_pixels("1ha", None)


@pytest.mark.parametrize("said", ["many", "-3", "5 acres", "1.2.3", None])
def test_an_unreadable_mapping_unit_is_refused(said):
    with pytest.raises(InputError, match="min_area must be pixels or an area"):
        min_area_pixels(said, 1.0)
