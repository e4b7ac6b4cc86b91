"""Which scales stand out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fallow.labels.statistics import RegionStatistics
from fallow.labels.tree import MergeTree
from fallow.regions.scales import judge_scales, morans_i

GRID = 16  # leaves a side


def grid(values) -> RegionStatistics:
    """Make statistics of square leaves of 100 pixels, (rows, cols) values, that touch their four neighbours."""
    rows, cols = values.shape
    number = np.arange(rows * cols).reshape(rows, cols)
    pairs = [np.stack([number[:, :-1], number[:, 1:]], -1), np.stack([number[:-1], number[1:]], -1)]
    pairs = np.concatenate([each.reshape(-1, 2) for each in pairs]).astype(np.int32)
    mean = values.reshape(-1, 1).astype(np.float32)
    return RegionStatistics(np.full(values.size, 100), mean, np.ones_like(mean), pairs, np.full(len(pairs), 10))


def quad_tree(heights) -> MergeTree:
    """Merge a grid of leaves in twos, doubling the squares: from one leaf to all of them, at one height a level."""
    merges, at = [], []
    nodes = np.arange(GRID * GRID).reshape(GRID, GRID)
    for height in heights:
        for axis in range(2):
            one, other = (np.take(nodes, range(k, nodes.shape[axis], 2), axis) for k in range(2))
            first = GRID * GRID + len(merges)
            merges += np.stack([one.ravel(), other.ravel()], -1).tolist()
            at += [height - 0.1 * (1 - axis)] * one.size
            nodes = first + np.arange(one.size).reshape(one.shape)
    return MergeTree.from_merges(np.full(GRID * GRID, 100), merges, at)


@given(st.integers(0, 2**31))
def test_morans_i_is_its_formula(seed):
    values = np.random.default_rng(seed).normal(size=(3, 4))
    regions = grid(values)
    near = np.zeros((12, 12))
    for one, other in regions.pairs:
        near[one, other] = near[other, one] = 1
    apart = regions.mean[:, 0].astype(np.float64) - regions.mean[:, 0].mean(dtype=np.float64)
    expected = 12 / near.sum() * (near * np.outer(apart, apart)).sum() / (apart**2).sum()
    np.testing.assert_allclose(morans_i(regions), expected, rtol=1e-6)


def test_the_scale_of_a_checkerboard_stands_out():
    board = np.indices((4, 4)).sum(axis=0) % 2
    values = np.kron(board, np.ones((4, 4))) * 50 + np.random.default_rng(0).normal(0, 1, (GRID, GRID))
    scales = judge_scales(quad_tree([1, 2, 3, 4]), grid(values))
    best = max(scales.named, key=lambda scale: scale.score)
    assert best.n_regions == 16
    assert scales.n_regions[0] == 2
    assert scales.n_regions[-1] == 256
    assert (np.diff(scales.n_regions) > 0).all()


def test_two_sizes_at_once_are_both_named_from_coarse_to_fine():
    large, small = (np.indices((n, n)).sum(axis=0) % 2 for n in (2, 8))
    noise = np.random.default_rng(0).normal(0, 3, (GRID, GRID))
    for contrast, expected in ((45, [("coarse", 4), ("fine", 64)]), (0, [("medium", 4)])):
        values = np.kron(large, np.ones((8, 8))) * 90 + np.kron(small, np.ones((2, 2))) * contrast + noise
        named = judge_scales(quad_tree([1, 2, 3, 4]), grid(values)).named
        assert [(scale.name, scale.n_regions) for scale in named] == expected


def test_each_cut_has_the_height_that_gives_it():
    tree = quad_tree([1, 2, 3, 4])
    scales = judge_scales(tree, grid(np.random.default_rng(0).random((GRID, GRID))), min_area=300)
    for n, height in zip(scales.n_regions, scales.height, strict=True):
        assert tree.cut(height, min_area=300).max() == n


def test_a_tree_without_merges_has_no_scales():
    alone = RegionStatistics(np.array([9]), np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32),
                             np.zeros((0, 2), np.int32), np.zeros(0, np.int64))  # fmt: skip
    tree = MergeTree.from_merges([9], np.zeros((0, 2), np.int64), [])
    scales = judge_scales(tree, alone)
    assert (len(scales.n_regions), scales.named) == (0, ())


def test_a_picture_all_of_one_colour_has_scales_that_are_all_the_same():
    scales = judge_scales(quad_tree([1, 2, 3, 4]), grid(np.full((GRID, GRID), 7)))
    assert np.isfinite(scales.score).all()
