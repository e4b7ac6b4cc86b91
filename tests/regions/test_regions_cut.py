import numpy as np
import pytest
from region_twins import WEIGHTS
from scipy import ndimage

from fallow.regions.cells import CELL
from fallow.regions.cut import count_valid, cut_block
from fallow.regions.graph import SIDES
from fallow.regions.jumps import GRID
from fallow.regions.tally import BINS, N_BINS
from system_scenes import holes, patches

N_FEATURES = 5


def scene(rows, cols, seed=0):
    return patches(rows, cols, cell=20, seed=seed).astype(np.float32)


def whole(picture):
    return 0, picture.shape[0], 0, picture.shape[1]


def network_of(picture, seed=0):
    shape = (-(-picture.shape[0] // (CELL * GRID)), -(-picture.shape[1] // (CELL * GRID)), N_FEATURES)
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


@pytest.mark.parametrize("part", [(0, 6, 0, 8), (0, 7, 0, 9), (4, 7, 4, 5)])
def test_valid_pixels_are_counted_in_each_cell(part):
    row0, row1, col0, col1 = part
    valid = np.random.default_rng(0).random((8, 10)) < 0.6
    inside = valid[row0:row1, col0:col1]
    counted = count_valid(valid.shape, valid, part)
    for row, col in np.ndindex(counted.shape):
        assert counted[row, col] == inside[2 * row : 2 * row + 2, 2 * col : 2 * col + 2].sum()
    assert count_valid(valid.shape, None, part).sum() == inside.size


@pytest.mark.parametrize("has_network", [True, False])
def test_superpixels_cover_what_has_data_and_are_counted(has_network):
    picture, valid = scene(91, 120), ~holes(91, 120)
    network = network_of(picture) if has_network else None
    labels, graph = cut_block(picture, valid, whole(picture), WEIGHTS, network, n_features=N_FEATURES)
    weight = count_valid(valid.shape, valid, whole(picture))
    np.testing.assert_array_equal(labels >= 0, weight > 0)
    np.testing.assert_array_equal(graph.area, np.bincount(labels[labels >= 0], weight[labels >= 0]))
    assert graph.area.sum() == valid.sum()
    assert graph.sums.shape == (len(graph), N_BINS + N_FEATURES)
    np.testing.assert_allclose(graph.sums[:, :N_BINS].sum(axis=1), len(BINS) * graph.area, rtol=1e-4)
    assert graph.sums[:, N_BINS:].any() == has_network
    assert set(graph.rims) == set(SIDES)


def test_superpixels_are_connected():
    picture = scene(90, 120)
    labels, graph = cut_block(picture, None, whole(picture), WEIGHTS)
    for each in range(len(graph)):
        assert ndimage.label(labels == each, np.ones((3, 3)))[1] == 1


def test_the_network_is_summed_over_each_superpixel():
    picture = scene(64, 96)
    network = network_of(picture)
    labels, graph = cut_block(picture, None, whole(picture), WEIGHTS, network, n_features=N_FEATURES)
    wide = network.repeat(GRID, axis=0).repeat(GRID, axis=1)
    for k in range(N_FEATURES):
        expected = ndimage.sum_labels(CELL**2 * wide[..., k].astype(np.float64), labels, np.arange(len(graph)))
        np.testing.assert_allclose(graph.sums[:, N_BINS + k], expected, rtol=1e-3, atol=1e-2)


def test_the_halo_is_looked_at_but_not_counted():
    picture = scene(160, 200)
    part = 32, 128, 40, 160
    labels, graph = cut_block(picture, None, part, WEIGHTS)
    assert labels.shape == (48, 60)
    assert graph.area.sum() == 96 * 120
    other = picture.copy()
    other[:32] = 255 - other[:32]
    assert not np.array_equal(cut_block(other, None, part, WEIGHTS)[1].cues, graph.cues)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 3), (8, 8)])
@pytest.mark.parametrize("has_network", [True, False])
def test_blocks_of_any_shape_are_cut(shape, has_network):
    picture = scene(*shape)
    network = network_of(picture) if has_network else None
    labels, graph = cut_block(picture, None, whole(picture), WEIGHTS, network, n_features=N_FEATURES)
    assert labels.shape == (-(-shape[0] // 2), -(-shape[1] // 2))
    assert labels.min() == 0
    assert graph.area.sum() == shape[0] * shape[1]


def test_an_empty_block_has_an_empty_graph():
    picture = scene(20, 30)
    void = np.zeros((20, 30), np.bool_)
    labels, graph = cut_block(picture, void, whole(picture), WEIGHTS, n_features=N_FEATURES)
    assert (labels == -1).all()
    assert (len(graph), graph.sums.shape, graph.pairs.shape) == (0, (0, N_BINS + N_FEATURES), (0, 2))


def test_the_same_block_gives_the_same_bytes():
    picture = scene(70, 90)
    one, other = (cut_block(picture, None, whole(picture), WEIGHTS, network_of(picture))[1] for _ in range(2))
    for name in ("area", "sums", "edge", "pairs", "length", "cues"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
