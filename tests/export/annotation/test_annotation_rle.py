from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fallow.errors import InputError
from fallow.export.annotation import brush
from fallow.export.annotation.rle import box_counts, counts_of, fill, from_text, runs_of, to_text

shapes = hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)
maps = hnp.arrays(np.int32, shapes, elements=st.integers(0, 3))
long_maps = st.tuples(maps, st.integers(1, 3000)).map(lambda drawn: np.repeat(drawn[0], drawn[1], axis=1))


def filled(counts, n, what="it"):
    labels = np.zeros(n, np.int32)
    fill(labels, counts, 7, what)
    return labels == 7


def each_mask(numbers):
    return [(number, numbers == number) for number in np.unique(numbers) if number]


@settings(deadline=None)
@given(long_maps)
def test_masks_come_back_from_coco_text(numbers):
    runs = runs_of(numbers.T.ravel(), 3)
    for number, mask in each_mask(numbers):
        counts = counts_of(*runs.of(number), mask.size)
        assert from_text(to_text(counts), "it").tolist() == counts.tolist()
        assert np.array_equal(filled(counts, mask.size).reshape(mask.shape[::-1]).T, mask)


@settings(deadline=None)
@given(long_maps)
def test_masks_come_back_from_their_box(numbers):
    runs = runs_of(numbers.ravel(), 3)
    for number, mask in each_mask(numbers):
        rows, cols = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
        inside = mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        counts = box_counts(*runs.of(number), mask.shape[1], (rows[0], rows[-1] + 1, cols[0], cols[-1] + 1))
        assert np.array_equal(filled(counts, inside.size).reshape(inside.shape), inside)
        assert (counts[1:] > 0).all()


@settings(deadline=None)
@given(long_maps)
def test_masks_come_back_from_a_brush(numbers):
    runs = runs_of(numbers.ravel(), 3)
    for number, mask in each_mask(numbers):
        packed = brush.pack(counts_of(*runs.of(number), mask.size))
        assert np.array_equal(brush.unpack(packed, mask.shape, "it"), mask)


def test_text_is_what_cocos_tools_write():
    """Of a 3 x 4 mask whose middle row and last pixel are set; and of long runs, which need more characters."""
    mask = np.array([[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1]])
    assert to_text(counts_of(*runs_of(mask.T.ravel(), 1).of(1), mask.size)) == "11200001"
    assert to_text(np.array([6, 1, 40, 4, 5, 4, 5, 4, 21])) == "61X13mN000`0"


def test_a_brush_reads_single_values_of_other_sizes():
    """As the editor in the browser writes them: values one by one, colours in the first three bytes."""
    values = [7, 8, 9, 0, 7, 8, 9, 255]
    bits = f"{len(values):032b}{7:05b}" + f"{0:04b}" * 3 + f"{3:04b}" + "0" + "11" + f"{len(values) - 1:04b}"
    bits += "".join(f"{value:08b}" for value in values)
    packed = np.packbits([int(bit) for bit in bits])
    assert brush.unpack(packed, (1, 2), "it").tolist() == [[False, True]]


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(1, 5), st.integers(1, 5))
def test_a_damaged_brush_is_a_mask_or_refused(noise, rows, cols):
    with suppress(InputError):
        assert brush.unpack(np.frombuffer(noise, np.uint8), (rows, cols), "it").shape == (rows, cols)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_damaged_text_is_a_mask_or_refused(text):
    with suppress(InputError):
        assert len(filled(from_text(text, "it"), 12)) == 12


@pytest.mark.parametrize("counts", [[13], [-1, 13], [1, 2], [[12]], ["12"], [2**70], [6.0, 6.0]])
def test_counts_of_another_size_are_refused(counts):
    with pytest.raises(InputError, match="the runs of it"):
        filled(np.array(counts), 12)
