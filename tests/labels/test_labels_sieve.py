import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_twins import label_maps, slow_sieve

from fallow.errors import InputError
from fallow.labels import components, region_graph, relabel, sequential, settle, sieve, sieve_graph


@settings(deadline=None, max_examples=300)
@given(label_maps(n_labels=4), st.integers(0, 14), st.booleans())
def test_sieve_follows_its_definition_word_by_word(labels, min_area, protect):
    np.testing.assert_array_equal(sieve(labels, min_area, protect=protect), slow_sieve(labels, min_area, protect))


def test_on_speckle_the_sieve_follows_its_definition_too():
    labels = np.random.default_rng(0).integers(0, 6, (20, 20)).astype(np.int32)
    np.testing.assert_array_equal(sieve(labels, 9), slow_sieve(labels, 9, protect=True))


@settings(deadline=None)
@given(label_maps(), st.integers(0, 14))
def test_components_of_one_target_are_one_region_of_the_sieved_map(labels, min_area):
    ids, _ = components(labels)
    target = sieve_graph(region_graph(ids, labels), min_area)
    regions, _ = sequential(target + 1)
    np.testing.assert_array_equal(relabel(ids, [0, *regions]), components(sieve(labels, min_area))[0])


@settings(deadline=None)
@given(label_maps(), st.integers(0, 200))
def test_protection_loses_no_label(labels, min_area):
    assert set(np.unique(sieve(labels, min_area))) == set(np.unique(labels))


def test_without_protection_a_whole_map_may_become_one():
    labels = [[1, 1, 1, 2], [1, 1, 1, 3]]
    assert np.all(sieve(labels, 3, protect=False) == 1)
    np.testing.assert_array_equal(sieve(labels, 3), labels)


def test_the_longest_border_wins_over_the_larger_region():
    labels = [
        [1, 1, 1, 1, 1],
        [1, 1, 2, 3, 3],
        [1, 1, 3, 3, 1],
    ]
    assert sieve(labels, 2, protect=False)[1][2] == 1
    labels[0][2] = 3
    labels[0][3] = 3
    assert sieve(labels, 2, protect=False)[1][2] == 3


def test_a_region_is_judged_by_what_it_has_grown_to():
    # the 2 takes in the 3 first, and is then large enough to stay
    assert sieve([[1, 1, 1, 1, 2, 2, 3, 0]], 3, protect=False).tolist() == [[1, 1, 1, 1, 2, 2, 2, 0]]


def test_an_island_in_no_data_stays():
    labels = [[1, 0, 1, 1]]
    assert sieve(labels, 2, protect=False).tolist() == labels


@pytest.mark.parametrize("min_area", [-1, 2**31])
def test_impossible_areas_are_refused(min_area):
    with pytest.raises(InputError, match=rf"at least 0 and below 2\*\*31 pixels, got {min_area}"):
        sieve([[1]], min_area)


def test_small_regions_settle_unless_they_touch_the_edge_or_one_that_does():
    labels = np.ones((9, 9), np.int32)
    labels[2, 2] = labels[0, 5] = 2  # one speck inside, one at the upper edge
    labels[4, 6:8], labels[4, 8] = 2, 3  # a pair inside that touches one at the right edge
    labels[7:, 1:5] = 2  # the largest of its label
    labels[8, 8] = 3
    ids, n = components(labels)
    is_on_edge = np.zeros(n, bool)
    is_on_edge[ids[0] - 1] = is_on_edge[ids[:, -1] - 1] = True
    settled, node, label = settle(region_graph(ids, labels), is_on_edge, 5)
    after = label[ids - 1]
    assert after[2, 2] == 1
    unsettled = np.argwhere(after != 1).tolist()
    assert unsettled == np.argwhere((labels != 1) & ((np.indices((9, 9)) != 2).any(axis=0))).tolist()
    assert len(settled) == n - 1
    assert node[ids[2, 2] - 1] == node[ids[1, 1] - 1]


@settings(deadline=None, max_examples=300)
@given(label_maps(n_labels=4), st.integers(0, 14), st.booleans(), st.booleans())
def test_what_is_settled_in_a_part_is_what_the_whole_would_do(labels, min_area, upper, left):
    """A part of a map is settled without the rest; sieving the whole afterwards gives the same."""
    rows, cols = labels.shape[0] // 2, labels.shape[1] // 2
    part = np.s_[:rows] if upper else np.s_[rows:], np.s_[:cols] if left else np.s_[cols:]
    inside = labels[part]
    if not inside.size:
        return
    ids, n = components(inside)
    is_on_edge = np.zeros(n + 1, bool)
    if inside.shape[0] < labels.shape[0]:
        is_on_edge[ids[-1] if upper else ids[0]] = True
    if inside.shape[1] < labels.shape[1]:
        is_on_edge[ids[:, -1] if left else ids[:, 0]] = True
    settled, node, label = settle(region_graph(ids, inside), is_on_edge[1:], min_area)
    assert settled.area.sum() == np.count_nonzero(inside)
    np.testing.assert_array_equal(settled.label[node], label)
    changed = labels.copy()
    changed[part] = relabel(ids, np.append(np.int32(0), label))
    np.testing.assert_array_equal(sieve(changed, min_area, protect=False), sieve(labels, min_area, protect=False))
