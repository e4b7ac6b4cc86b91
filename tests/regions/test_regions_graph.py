from dataclasses import replace

import numpy as np
import pytest
from region_twins import WEIGHTS, random_labels, slow_borders, slow_edges, squash

from fallow.regions.contours import N_CONTOURS, ORIENTATIONS, Contours
from fallow.regions.graph import N_CUES, block_graph, join_blocks
from fallow.regions.jumps import GRID, N_JUMPS

MARGIN = (8, 10)  # cells of halo above and to the left
BEYOND = 8  # cells of halo below and to the right
NETWORK = tuple(np.random.default_rng(5).normal(0, 1, (N_JUMPS, 30, 30, 4)).astype(np.float32))


def changes(shape, seed=0):
    """Random contours of a block with its halo."""
    down, across = np.random.default_rng(seed).normal(0, 1, (2, N_CONTOURS, *shape)).astype(np.float32)
    return Contours(down, across, np.zeros(shape, np.float32))


def graph_of(labels, *, weight=None, contours=None, network=(), weights=WEIGHTS):
    n = int(labels.max()) + 1
    weight = np.where(labels >= 0, 4, 0).astype(np.int32) if weight is None else weight
    shape = tuple(size + before + BEYOND for size, before in zip(labels.shape, MARGIN, strict=True))
    sums = np.stack((np.arange(n), np.ones(n)), 1).astype(np.float32)
    return block_graph(labels, n, weight, sums, contours or changes(shape), network, MARGIN, weights)


def borders_of(graph):
    return {tuple(pair): length for pair, length in zip(graph.pairs.tolist(), graph.length.tolist(), strict=True)}


@pytest.mark.parametrize("seed", range(4))
def test_areas_lengths_and_edges_are_counted(seed):
    random = np.random.default_rng(seed)
    labels = random_labels(random, 15, 19, void=(0, 0.1, 0.3, 0.6)[seed])
    weight = np.where(labels >= 0, random.integers(1, 5, labels.shape), 0).astype(np.int32)
    graph = graph_of(labels, weight=weight)
    inside = labels >= 0
    np.testing.assert_array_equal(graph.area, np.bincount(labels[inside], weight[inside]))
    assert borders_of(graph) == dict(slow_borders(labels))
    np.testing.assert_array_equal(graph.edge, slow_edges(labels))
    assert graph.pairs.tolist() == sorted(graph.pairs.tolist())


def test_every_side_of_a_cell_is_within_a_superpixel_or_a_border_or_an_edge():
    labels = random_labels(np.random.default_rng(6), 15, 19)
    graph = graph_of(labels)
    pairs = ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1]))
    within = sum(int(((one == other) & (one >= 0)).sum()) for one, other in pairs)
    assert 2 * graph.length.sum() + graph.edge.sum() + 2 * within == 4 * (labels >= 0).sum()


def slow_cues(labels, contours, pair):
    """Mean cues of a border, read along its mean normal."""
    sides = []
    for row, col in np.argwhere(labels >= 0):
        for r, c in ((row, col + 1), (row + 1, col)):
            if r < labels.shape[0] and c < labels.shape[1] and tuple(sorted((labels[row, col], labels[r, c]))) == pair:
                sides.append(((row, col), (r, c), 1 if labels[row, col] < labels[r, c] else -1))
    normal = sum(sign * (np.array(there) - here) for here, there, sign in sides)
    turn = np.rint(np.arctan2(normal[0], normal[1]) / (np.pi / ORIENTATIONS)) % ORIENTATIONS * np.pi / ORIENTATIONS
    total = np.zeros(N_CONTOURS)
    for here, there, _ in sides:
        for row, col in (here, there):
            at = row + MARGIN[0], col + MARGIN[1]
            response = contours.across[:, *at] * np.cos(turn) + contours.down[:, *at] * np.sin(turn)
            total += 0.5 * squash(response.astype(np.float64))
    return total / len(sides)


def test_cues_are_read_along_the_normal_of_each_border():
    labels = random_labels(np.random.default_rng(7), 9, 11)
    contours = changes((9 + MARGIN[0] + BEYOND, 11 + MARGIN[1] + BEYOND))
    graph = graph_of(labels, contours=contours)
    expected = [slow_cues(labels, contours, tuple(pair)) for pair in graph.pairs.tolist()]
    np.testing.assert_allclose(graph.cues[:, :N_CONTOURS], expected, rtol=1e-4, atol=1e-5)
    assert not graph.cues[:, N_CONTOURS:-1].any()


def test_a_network_gives_jumps():
    graph = graph_of(random_labels(np.random.default_rng(8), 9, 11), network=NETWORK)
    assert (graph.cues[:, N_CONTOURS:-1] > 0).any()


def test_without_a_spectral_share_the_strength_is_the_borders_own():
    weights = replace(WEIGHTS, spectral=0.0)
    graph = graph_of(random_labels(np.random.default_rng(9), 12, 12), weights=weights)
    np.testing.assert_allclose(graph.cues[:, -1], weights.affinity_strength(graph.cues), rtol=1e-6)
    np.testing.assert_allclose(weights.strength(graph.cues), weights.local_strength(graph.cues), rtol=1e-6)


@pytest.mark.parametrize("labels", [np.full((3, 4), -1), np.zeros((1, 1)), np.zeros((5, 3))])
def test_blocks_without_borders_have_graphs(labels):
    graph = graph_of(labels.astype(np.int32))
    assert len(graph) == labels.max() + 1
    assert (graph.pairs.shape, graph.length.shape, graph.cues.shape) == ((0, 2), (0,), (0, N_CUES))


# ---------------------------------------------------------------------- joined
def cut_up(seed, rows=17, cols=23, at=(8, 12), void=0.1):
    """Cut a label map into four blocks: their graphs, and the map with superpixels numbered through."""
    random = np.random.default_rng(seed)
    blocks, whole, first = {}, np.full((rows, cols), -1), 0
    for row, down in enumerate((slice(0, at[0]), slice(at[0], rows))):
        for col, right in enumerate((slice(0, at[1]), slice(at[1], cols))):
            shape = whole[down, right].shape
            labels = random_labels(random, *shape, void=void)
            blocks[row, col] = graph_of(labels)
            whole[down, right] = np.where(labels >= 0, labels + first, -1)
            first += len(blocks[row, col])
    return blocks, whole


@pytest.mark.parametrize("seed", range(3))
def test_blocks_add_up_to_the_graph_of_the_whole(seed):
    blocks, whole = cut_up(seed, void=0.2 * seed)
    graph, offset = join_blocks(blocks)
    np.testing.assert_array_equal(graph.area, 4 * np.bincount(whole[whole >= 0]))
    assert borders_of(graph) == dict(slow_borders(whole))
    np.testing.assert_array_equal(graph.edge, slow_edges(whole))
    assert graph.pairs.tolist() == sorted(graph.pairs.tolist())
    assert (len(graph.sums), len(graph.cues)) == (len(graph), len(graph.pairs))
    starts = np.cumsum([0] + [len(blocks[place]) for place in sorted(blocks)])[:-1]
    assert offset == dict(zip(sorted(blocks), starts.tolist(), strict=True))


def test_the_order_in_which_blocks_come_does_not_matter():
    blocks, _ = cut_up(3)
    one, other = join_blocks(blocks)[0], join_blocks(dict(reversed(blocks.items())))[0]
    for name in ("area", "sums", "edge", "pairs", "length", "cues"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_border_across_a_seam_has_the_mean_of_what_both_blocks_see():
    labels = np.zeros((5, 7), np.int32)
    shape = tuple(size + before + BEYOND for size, before in zip(labels.shape, MARGIN, strict=True))
    blocks = {(0, col): graph_of(labels, contours=changes(shape, seed=col)) for col in range(2)}
    graph, _ = join_blocks(blocks)
    rims = blocks[0, 0].rims["right"], blocks[0, 1].rims["left"]
    assert borders_of(graph) == {(0, 1): 5}
    np.testing.assert_allclose(graph.cues[0], 0.5 * (rims[0].cues + rims[1].cues).mean(axis=0), rtol=1e-5)


def test_rims_read_the_change_straight_across_the_side():
    labels = np.zeros((4, 6), np.int32)
    contours = changes((4 + MARGIN[0] + BEYOND, 6 + MARGIN[1] + BEYOND))
    rims = graph_of(labels, contours=contours).rims
    for side, at, change in (
        ("top", np.s_[:, MARGIN[0], MARGIN[1] : MARGIN[1] + 6], contours.down),
        ("bottom", np.s_[:, MARGIN[0] + 3, MARGIN[1] : MARGIN[1] + 6], contours.down),
        ("left", np.s_[:, MARGIN[0] : MARGIN[0] + 4, MARGIN[1]], contours.across),
        ("right", np.s_[:, MARGIN[0] : MARGIN[0] + 4, MARGIN[1] + 5], contours.across),
    ):
        np.testing.assert_allclose(rims[side].cues[:, :N_CONTOURS], squash(change[at]).T, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(rims[side].cues[:, -1], WEIGHTS.affinity_strength(rims[side].cues), rtol=1e-5)
        assert not rims[side].label.any()


def test_both_blocks_see_the_same_jump_across_their_seam():
    """The network's grid lies the same in both; the second block begins where the first ends."""
    labels = np.zeros((6, 8), np.int32)
    wide = np.random.default_rng(3).normal(0, 1, (N_JUMPS, 12, 20, 4)).astype(np.float32)
    first = graph_of(labels, network=tuple(wide))
    second = graph_of(labels, network=tuple(wide[:, :, 8 // GRID :]))
    one, other = first.rims["right"].cues, second.rims["left"].cues
    np.testing.assert_array_equal(one[:, N_CONTOURS:-1], other[:, N_CONTOURS:-1])
