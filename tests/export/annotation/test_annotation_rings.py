import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fallow.export.annotation.rings import area_of, rings_of, stabs
from fallow.export.annotation.rings import paint as paint_into


def paint(rings, shape):
    labels = np.zeros(shape, np.int32)
    if rings:
        paint_into(labels, rings, 7)
    return labels == 7


maps = hnp.arrays(np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 2))


@settings(deadline=None)
@given(maps, st.sampled_from([0.5, 1.5]))
def test_simplified_rings_leave_no_gap_and_do_not_overlap(numbers, simplify):
    rings = [ring for each in rings_of(numbers, 2, simplify) for ring in each]
    assert all(shapely.Polygon(ring).is_valid for ring in rings)
    painted = sum(paint([ring], numbers.shape).astype(int) for ring in rings)
    assert np.max(painted) <= 1
    exact = sum(area_of(each) for each in rings_of(numbers, 2))
    if (numbers > 0).all():
        assert np.min(painted) == 1
        assert area_of(rings) == exact == numbers.size


@settings(deadline=None)
@given(maps)
def test_rings_are_simple_and_fill_their_pieces(numbers):
    for number, rings in enumerate(rings_of(numbers, 2), 1):
        polygons = [shapely.Polygon(ring) for ring in rings]
        assert all(polygon.is_valid for polygon in polygons)
        assert sum(polygon.area for polygon in polygons) == (numbers == number).sum()
        assert np.array_equal(paint(rings, numbers.shape), numbers == number)


def test_a_frame_is_cut_once_for_both_of_its_holes():
    frame = np.ones((5, 7), np.int32)
    frame[1:4, 1] = frame[2:4, 3:6] = 0
    (rings,) = rings_of(frame, 1)
    assert len(rings) == 2


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)).map(lambda drawn: (drawn[0], sum(drawn)))))
def test_every_span_is_stabbed(spans):
    rows = stabs(spans)
    assert all(any(low <= row < high for row in rows) for low, high in spans)
    assert rows == sorted(set(rows))
