import numpy as np
import pytest

from fallow.raster import open_source
from fallow.tiles import Work
from fallow.tiles.hashing import pick_valid, position_hash
from fallow.tiles.sample import MAX_BLOCKS, _chosen_blocks, draw


def core(block, pixels, shape):
    return pixels


def ramp(rows, cols):
    return np.arange(rows * cols, dtype=np.float32).reshape(rows, cols)


@pytest.mark.parametrize("tile", [(1, 1), (512, 2048), (1000, 700)])
@pytest.mark.parametrize("workers", [1, 3])
def test_tiles_and_threads_do_not_change_the_sample(tile, workers):
    source = open_source(ramp(1100, 700))
    reference = draw([source], core, 5000, seed=3, work=Work(workers=1), with_differences=True)
    sample = draw([source], core, 5000, seed=3, work=Work(tile=tile, workers=workers), with_differences=True)
    np.testing.assert_array_equal(sample.rows, reference.rows)
    np.testing.assert_array_equal(sample.differences, reference.differences)


def test_a_small_image_is_taken_whole():
    sample = draw([open_source(ramp(30, 40))], core, 10_000, seed=0, work=Work())
    np.testing.assert_array_equal(sample.rows[:, 0], np.arange(1200))


def test_never_more_than_asked_and_never_much_less():
    sample = draw([open_source(ramp(600, 900))], core, 1000, seed=1, work=Work())
    assert 800 < len(sample.rows) <= 1000
    assert len(np.unique(sample.rows)) == len(sample.rows)


def test_another_seed_draws_other_pixels():
    one, other = (draw([open_source(ramp(300, 300))], core, 500, seed=s, work=Work()).rows for s in (0, 1))
    assert len(np.intersect1d(one, other)) < 50


def test_no_data_is_never_drawn_and_made_up_for():
    image = np.full((700, 700), np.nan, np.float32)
    image[:70, :70] = 5
    sample = draw([open_source(image)], core, 4000, seed=0, work=Work(), with_differences=True)
    assert sample.n_valid == 4900
    assert 3000 < len(sample.rows) <= 4000
    assert not np.isnan(sample.rows).any()
    assert not np.isnan(sample.differences).any()


def test_differences_are_to_the_right_neighbour():
    sample = draw([open_source(ramp(50, 50))], core, 10_000, seed=0, work=Work(), with_differences=True)
    assert (sample.differences == 1).all()
    assert len(sample.differences) == 50 * 49


def test_images_share_the_sample_by_their_size():
    small, large = np.zeros((100, 100), np.float32), np.ones((300, 300), np.float32)
    sample = draw([open_source(small), open_source(large)], core, 10_000, seed=0, work=Work())
    assert 0.85 < sample.rows.mean() < 0.95


def test_a_huge_image_is_sampled_in_a_bounded_number_of_blocks():
    class Huge:
        shape = (60_000, 60_000)

    assert len(_chosen_blocks([Huge()], 0)[0]) == MAX_BLOCKS
    assert _chosen_blocks([Huge()], 0) != _chosen_blocks([Huge()], 1)


def splitmix64(x):
    """The reference in Python's integers."""
    x = (x + 0x9E3779B97F4A7C15) % 2**64
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) % 2**64
    return x ^ (x >> 31)


def test_the_hash_is_splitmix64_of_the_global_position():
    for row, col, seed in [(0, 0, 0), (3, 5, 7), (99_999, 123_456, 42)]:
        expected = splitmix64((row * 200_000 + col + splitmix64(seed)) % 2**64)
        assert int(position_hash(row, col, 200_000, seed)) == expected


def test_valid_pixels_are_picked_by_their_hash():
    band = np.zeros((20, 30), np.float32)
    band[3:9, 4:8] = np.nan
    limit = np.uint64(2**62)
    rows, cols, hashes, n_valid = pick_valid(band, 100, 200, 1000, 5, limit)
    hashed = {(r, c): int(position_hash(100 + r, 200 + c, 1000, 5)) for r in range(20) for c in range(30)}
    expected = [at for at, value in hashed.items() if value <= limit and not np.isnan(band[at])]
    assert list(zip(rows.tolist(), cols.tolist(), strict=True)) == expected
    assert hashes.tolist() == [hashed[at] for at in expected]
    assert n_valid == 20 * 30 - 24
