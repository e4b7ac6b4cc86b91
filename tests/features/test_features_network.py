from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from feature_scenes import bands_of, punch, rows_of, scene

import fallow
from fallow import Work
from fallow.features import FeatureStack, parse_features
from fallow.features.backbone import GRID, N_FEATURES, describe, lite0
from fallow.features.backbone.lite0 import MULTIPLE, PAD, STRIDES, STRIP, ZOOM, _add_resampled, prepare
from fallow.features.network import Network


def fitted(image: np.ndarray) -> Network:
    ((family, _),) = parse_features("network")
    return family.fit(rows_of(image), bands_of(image.shape[2]))


def interpolate(planes: np.ndarray, row: float, col: float) -> np.ndarray:
    """Value between cell centres, which lie at whole numbers; the outermost cells are repeated."""
    r, c = min(max(row, 0), len(planes) - 1), min(max(col, 0), planes.shape[1] - 1)
    r0, c0 = int(r), int(c)
    r1, c1 = min(r0 + 1, len(planes) - 1), min(c0 + 1, planes.shape[1] - 1)
    upper = planes[r0, c0] * (1 - (c - c0)) + planes[r0, c1] * (c - c0)
    lower = planes[r1, c0] * (1 - (c - c0)) + planes[r1, c1] * (c - c0)
    return upper * (1 - (r - r0)) + lower * (r - r0)


@pytest.mark.parametrize("stride", STRIDES)
def test_levels_are_interpolated_at_the_centres_of_cells(stride):
    rows, cols = 9, 14
    shape = [-(-(n * GRID * ZOOM + 2 * PAD) // MULTIPLE) * MULTIPLE // stride for n in (rows, cols)]
    level = np.random.default_rng(0).normal(size=(*shape, 5)).astype(np.float32)
    out = np.ones((rows, cols, 5), np.float32)
    _add_resampled(out, level, stride)
    # The centre of cell i lies at (i + 0.5) * 4 in the image, PAD + that * 2 in what the network saw.
    at = [(PAD + (np.arange(n) + 0.5) * GRID * ZOOM) / stride - 0.5 for n in (rows, cols)]
    twin = np.array([[interpolate(level.astype(float), row, col) for col in at[1]] for row in at[0]])
    np.testing.assert_allclose(out - 1, twin, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (17, 40), (33, 5)])
def test_what_the_network_sees_is_mirrored_and_whole(shape):
    picture = scene(*shape, 3)
    seen = prepare(picture)
    assert all(side % MULTIPLE == 0 for side in seen.shape[:2])
    rows, cols = (ZOOM * side for side in shape)
    inside = seen[PAD:, PAD:][:rows, :cols]
    assert np.array_equal(seen[:PAD, PAD:][:, :cols], np.pad(inside, ((PAD, 0), (0, 0), (0, 0)), "symmetric")[:PAD])
    cells = describe(picture)
    assert cells.shape == (-(-shape[0] // GRID), -(-shape[1] // GRID), N_FEATURES)
    assert np.isfinite(cells).all()


@pytest.mark.parametrize("shape", [(70, 90), (150, 40)])
def test_strips_change_no_bit(shape, monkeypatch):
    picture = scene(*shape, 3)
    in_strips = describe(picture)
    assert len(prepare(picture)) > STRIP
    monkeypatch.setattr(lite0, "STRIP", 1 << 20)
    assert np.array_equal(in_strips, describe(picture))


def test_pixels_lie_between_the_centres_of_cells():
    image = scene(22, 31, 3)
    features, cells = fitted(image).transform(image), describe(image)
    twin = np.array([[interpolate(cells.astype(float), (row + 0.5) / GRID - 0.5, (col + 0.5) / GRID - 0.5)
                      for col in range(31)] for row in range(22)])  # fmt: skip
    np.testing.assert_allclose(features, twin, atol=1e-5)


@pytest.mark.parametrize("n_bands", [1, 2, 3, 6, 200])
def test_any_number_of_bands_will_do(n_bands):
    image = punch(scene(41, 50, n_bands))
    valid = ~np.isnan(image[..., 0])
    features = fitted(image).transform(image)
    assert features.shape == (41, 50, N_FEATURES)
    assert np.isfinite(features[valid]).all()
    assert features[valid].std(axis=0).min() > 0


def test_grey_is_a_picture_of_three_equal_bands():
    grey = scene(40, 44, 1)
    colour = np.repeat(grey, 3, axis=2)
    assert np.array_equal(fitted(grey).transform(grey), fitted(colour).transform(colour))


def test_what_stands_in_a_hole_is_what_stands_beside_it():
    image = scene(48, 64, 3)
    image[:, 40:] = image[:, 39:40]
    holed = image.copy()
    holed[:, 40:] = np.nan
    network = fitted(image)
    assert np.array_equal(network.transform(holed)[:, :40], network.transform(image)[:, :40])


def test_the_edge_of_the_image_is_mirrored_whatever_was_read_beyond_it():
    image = scene(60, 71, 3)
    network = fitted(image)
    around = np.full((60 + 2 * 64, 71 + 2 * 64, 3), np.nan, np.float32)
    around[64:-64, 64:-64] = image
    features = network.transform(around, (-64, -64), image.shape[:2])
    assert np.array_equal(features[64:-64, 64:-64], network.transform(image))
    assert np.isnan(features[:64]).all()


@pytest.mark.parametrize("origin", [(3, 1), (14, 0)])
def test_cells_are_anchored_at_the_first_pixel_of_the_image(origin):
    image = np.kron(scene(40, 40, 3), np.ones((10, 10, 1), np.float32))
    row, col = origin
    network = fitted(image)
    part = network.transform(image[row:, col:], origin, image.shape[:2])[320:, 320:]
    whole = network.transform(image)[row:, col:][320:, 320:]
    shifted = network.transform(image[row:, col:])[320:, 320:]
    assert 5 * np.abs(part - whole).mean() < np.abs(shifted - whole).mean()


def test_beyond_the_halo_little_counts():
    image = np.kron(scene(48, 48, 3), np.ones((10, 10, 1), np.float32))
    network = fitted(image)
    halo = network.halo
    near = slice(200 - halo, 280 + halo)
    part = network.transform(image[near, near], (200 - halo, 200 - halo), image.shape[:2])[halo:-halo, halo:-halo]
    whole = network.transform(image)
    error = np.linalg.norm(part - whole[200:280, 200:280], axis=2)
    typical = np.sqrt(2 * whole.var(axis=(0, 1)).sum())
    assert error.mean() < 0.2 * typical


def test_threads_do_not_change_a_bit():
    pictures = [scene(64 + 8 * (seed % 2), 90, 3, seed) for seed in range(6)]
    alone = [describe(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(describe, pictures * 3))
    assert all(np.array_equal(each, alone[number % 6]) for number, each in enumerate(together))


def test_two_surfaces_differ_more_than_either_in_itself():
    image = scene(96, 128, 3)
    image[:, :64] = 90 + image[:, :64] % 4
    features = fitted(image).transform(image)
    left, right = features[8:-8, 8:52], features[8:-8, 76:-8]
    between = np.linalg.norm(left.mean(axis=(0, 1)) - right.mean(axis=(0, 1)))
    within = [np.sqrt(side.var(axis=(0, 1)).sum()) for side in (left, right)]
    assert between > 2 * max(within)


def test_features_share_a_unit_and_keep_their_proportions():
    image = scene(60, 72, 3)
    stack = FeatureStack("network", reduce=None).fit_pixels(rows_of(image), bands_of(3))
    features = stack.extract(image).reshape(-1, N_FEATURES)
    stack.fit_features(features)
    assert np.ptp(stack.map_) == 0
    np.testing.assert_allclose(stack.project(features).var(axis=0).sum(), 1, rtol=1e-3)


@pytest.mark.parametrize("unit", ["pixel", "region"])
@pytest.mark.parametrize("features", ["network", "color,network,weight=0.5"])
def test_tiles_and_threads_do_not_change_a_bit(unit, features):
    image = scene(530, 540, 3)
    image[100:160, 200:520] = np.nan
    options = {"classes": 3, "features": features, "unit": unit, "sample": 5000, "effort": "fast"}
    ways = (Work(tile=(2000, 2000), workers=1), Work(tile=(512, 512), workers=3))
    one, other = (fallow.segment(image, work=work, **options) for work in ways)
    for layer in ("classes", "regions", "confidence"):
        assert np.array_equal(getattr(one, layer), getattr(other, layer))
    assert (np.asarray(one.classes) == 0).sum() == 60 * 320


@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_a_line_can_be_segmented(unit):
    line = np.repeat(np.uint8([[20, 220]]), 30, axis=1)[..., None]
    classes = np.asarray(fallow.segment(line, classes=2, features="network", unit=unit).classes)
    assert set(classes.ravel().tolist()) == {1, 2}
