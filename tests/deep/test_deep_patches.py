"""Where patches are drawn, what of them is learned from, and how many images are open meanwhile."""

from __future__ import annotations

import threading
import time
from itertools import islice

import numpy as np
import pytest

from fallow import InputError
from fallow.deep.patches import AHEAD, BATCH, MOST_OPEN, Patches, check_trainable
from fallow.raster import open_source


class Watched:
    """A stand-in for a source, made of numbers that tell image, row and column; it notes who reads it."""

    open_now: set[int] = set()  # noqa: RUF012
    most_open = 0

    dtype = np.dtype("float32")

    def __init__(self, number, shape, *, slow_s=0.0, n_bands=3):
        self.number, self.shape, self.n_read, self.slow_s, self.n_bands = number, shape, 0, slow_s, n_bands

    def read(self, window):
        time.sleep(self.slow_s)
        self.n_read += 1
        Watched.open_now.add(self.number)
        Watched.most_open = max(Watched.most_open, len(Watched.open_now))
        row, col = (np.arange(*ends, dtype=np.float32) for ends in (window[:2], window[2:]))
        image = np.stack(np.broadcast_arrays(np.float32(self.number), row[:, None], col[None]), axis=2).copy()
        image[(row >= self.shape[0])[:, None] | (col >= self.shape[1])[None]] = np.nan
        return image

    def close(self):
        Watched.open_now.discard(self.number)


def drawn_from(sources, *, side=48, seed=0, **options):
    patches = Patches(sources, side=side, seed=seed, **options)
    patches.to_inputs = lambda pixels: pixels
    Watched.open_now, Watched.most_open = set(), 0
    return patches


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("inputs", "learn", "held"))


@pytest.fixture
def images():
    return [Watched(number, (90 + 7 * number, 130)) for number in range(5)]


# ---------------------------------------------------------------------- what is drawn
def test_the_same_seed_draws_the_same_wherever_one_begins(images):
    with drawn_from(images) as one, drawn_from(images) as other, drawn_from(images, seed=1) as another:
        first = list(islice(one.batches(), 8))
        assert all(map(same, first[5:], other.batches(5)))
        assert not same(first[0], next(another.batches()))
        assert not same(first[0], first[1])


def test_each_patch_shows_a_place_of_its_image(images):
    with drawn_from(images) as patches:
        for batch in islice(patches.batches(), 20):
            assert batch.inputs.shape == (BATCH, 3, 48, 48)
            number, row, col = batch.inputs.transpose(1, 0, 2, 3)
            assert (number == number[:, :1, :1]).all()
            assert (np.diff(row, axis=1) == 1).all()
            assert (np.diff(col, axis=2) == 1).all()


def test_large_images_are_drawn_as_often_as_they_are_large():
    images = [Watched(0, (148, 148)), Watched(1, (248, 148)), Watched(2, (48, 48))]
    with drawn_from(images) as patches:
        rounds = [image for number in range(100) for image in patches._round(number)]
    counts = np.bincount(rounds, minlength=3) / len(rounds)
    np.testing.assert_allclose(counts, np.array([101, 201, 0]) / 302, atol=0.03)


def test_places_lie_from_edge_to_edge():
    with drawn_from([Watched(0, (100, 120))]) as patches:
        places = np.concatenate([batch.inputs[:, 1:, 0, 0] for batch in islice(patches.batches(), 60)])
    np.testing.assert_allclose(places.min(axis=0), 0, atol=2)
    np.testing.assert_allclose(places.max(axis=0), (100 - 48, 120 - 48), atol=2)


@pytest.mark.parametrize(("shapes", "wanted"), [
    ([(500, 400)], 128), ([(100, 400)], 96), ([(100, 90), (400, 400), (400, 400)], 128), ([(33, 40)], 32),
])  # fmt: skip
def test_patches_are_as_large_as_most_images(shapes, wanted):
    with drawn_from([Watched(0, shape) for shape in shapes], side=128) as patches:
        assert patches.side == wanted


def test_an_image_smaller_than_a_patch_has_no_data_beyond_its_edge():
    with drawn_from([Watched(0, (36, 300))], least_side=64) as patches:
        batch = next(patches.batches())
    counts = batch.learn | batch.held
    assert counts[:, :36].all()
    assert not counts[:, 36:].any()
    assert (batch.inputs[:, 1, 36:] == 35).all()  # what the nearest valid pixel holds


def test_images_that_are_all_too_small_are_refused():
    sources = [Watched(0, (20, 500)), Watched(1, (31, 31))]
    with pytest.raises(InputError, match="needs an image of at least 32 x 32 pixels, but none is larger than 31"):
        check_trainable(sources, 32)
    check_trainable([*sources, Watched(2, (32, 32))], 32)


# ---------------------------------------------------------------------- what is held back
def test_held_and_learned_pixels_are_parted_alike_in_every_patch():
    with drawn_from([Watched(0, (200, 210))]) as patches:
        is_held = np.full((200, 210), -1)
        for batch in [*islice(patches.batches(), 40), *patches.held_batches()]:
            assert not (batch.learn & batch.held).any()
            assert (batch.learn | batch.held).all()
            for held, (row, col) in zip(batch.held, batch.inputs[:, 1:, 0, 0].astype(int), strict=True):
                known = is_held[row : row + 48, col : col + 48]
                assert ((known == -1) | (known == held)).all()
                known[:] = held
    assert 0 < is_held[is_held >= 0].mean() < 0.25


def test_a_sixteenth_is_held_back():
    with drawn_from([Watched(0, (4000, 4000))], side=128) as patches:
        held = np.mean([patches._is_held(0, (row, col)) for row in range(0, 3800, 256) for col in range(0, 3800, 256)])
    assert 0.045 < held < 0.08


def test_no_data_is_in_neither():
    image = np.random.default_rng(0).normal(size=(96, 100, 2)).astype(np.float32)
    image[::3] = np.nan
    with drawn_from([open_source(image)]) as patches:
        for batch in [next(patches.batches()), *patches.held_batches()]:
            assert np.isfinite(batch.inputs).all()
            counts = batch.learn | batch.held
            assert (counts.sum(axis=2) % 48 == 0).all()
            assert counts.mean() == pytest.approx(2 / 3, abs=0.02)


def test_a_patch_that_is_mostly_no_data_is_drawn_anew():
    image = np.ones((400, 400, 1), np.float32)
    image[:, :200] = np.nan
    with drawn_from([open_source(image)]) as patches:
        shares = [(batch.learn | batch.held).mean(axis=(1, 2)) for batch in islice(patches.batches(), 20)]
    assert np.mean(np.concatenate(shares) >= 0.5) > 0.98


def test_a_patch_without_any_data_counts_for_nothing():
    with drawn_from([open_source(np.full((64, 64, 2), np.nan, np.float32))]) as patches:
        batch = next(patches.batches())
        assert np.isfinite(batch.inputs).all()
        assert not (batch.learn | batch.held).any()
        with pytest.raises(InputError, match="every pixel looked at is no data; nothing is left to learn from"):
            patches.look()


def test_each_held_batch_shows_other_places():
    with drawn_from([Watched(0, (300, 300))]) as patches:
        held = patches.held_batches()
    places = {tuple(place) for batch in held for place in batch.inputs[:, 1:, 0, 0]}
    assert len(places) > 0.9 * BATCH * len(held)
    assert any(batch.held.any() for batch in held)


def test_where_nothing_is_held_back_all_pixels_tell_how_well_it_goes():
    for seed in range(9):
        with drawn_from([Watched(0, (32, 32))], seed=seed) as patches:
            assert all(batch.held.all() for batch in patches.held_batches())


def test_looking_sees_all_of_a_small_image():
    with drawn_from([Watched(0, (48, 48))]) as patches:
        seen = np.zeros((48, 48), bool)
        seen[tuple(patches.look()[:, 1:].astype(int).T)] = True
    assert seen.all()


def test_what_was_looked_at_is_given_back(monkeypatch):
    kept = []
    found = np.concatenate
    monkeypatch.setattr(np, "concatenate", lambda rows: kept.extend(rows) or found(rows))
    with drawn_from([Watched(0, (96, 96))]) as patches:
        patches.look()
    assert len(kept) > 100
    assert all(rows.base is None or rows.base.size <= rows.size for rows in kept)


# ---------------------------------------------------------------------- manners
# Bands that are so many that an image counts as large.
@pytest.mark.parametrize(("n_bands", "most"), [(3, MOST_OPEN), (5000, BATCH)])
def test_few_images_are_open_and_fewer_large_ones(n_bands, most):
    images = [Watched(number, (90, 60), n_bands=n_bands) for number in range(200)]
    with drawn_from(images) as patches:
        patches.look()
        patches.held_batches()
        for _ in islice(patches.batches(), 5 * most // BATCH):
            pass
        for _ in islice(patches.batches(), most // BATCH + 1):
            pass
        assert most / 2 < Watched.most_open <= most
    assert Watched.open_now == set()


def test_images_of_a_round_stay_open_and_are_drawn_in_turn():
    images = [Watched(number, (120, 120), n_bands=5000) for number in range(40)]
    closed = []
    for image in images:
        image.close = lambda image=image: closed.append(image.number)
    patches = drawn_from(images)
    n_together = 120 * 120 // 48**2  # as many patches as would cover an image
    drawn = [patches._batch(number).inputs[:, 0, 0, 0].tolist() for number in range(n_together)]
    assert closed == []
    assert drawn == [patches._round(0)] * n_together
    patches._batch(n_together)
    assert sorted(closed) == sorted(set(patches._round(0)) - set(patches._round(1)))
    patches.close()


def test_waiting_is_counted():
    with drawn_from([Watched(0, (60, 60), slow_s=0.005)]) as patches:
        start = time.perf_counter()
        next(patches.batches())
        assert 0.9 * BATCH * 0.005 < patches.waited_s <= time.perf_counter() - start


def test_patches_are_read_ahead_while_the_network_learns():
    image = Watched(0, (60, 60))
    with drawn_from([image]) as patches:
        batches = patches.batches()
        next(batches)
        until = time.perf_counter() + 5
        while image.n_read < AHEAD * BATCH and time.perf_counter() < until:
            time.sleep(0.01)
        assert image.n_read == AHEAD * BATCH


def test_closing_stops_reading():
    image = Watched(0, (60, 60), slow_s=0.002)
    with drawn_from([image]) as patches:
        next(patches.batches())
    n_read = image.n_read
    time.sleep(0.05)
    assert image.n_read == n_read < AHEAD * BATCH
    assert not [each for each in threading.enumerate() if each.name.startswith("patches") and each.is_alive()]


def test_an_image_that_cannot_be_read_ends_the_training():
    image = Watched(0, (60, 60))
    image.read = lambda window: (_ for _ in ()).throw(InputError("broken"))
    with drawn_from([image]) as patches, pytest.raises(InputError, match=r"^broken$"):
        next(patches.batches())
