import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco

from seedmask.methods.coco_rle import counts_of, decode_runs


@given(arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_texts_of_pycocotools_are_read(region):
    code = coco.encode(np.asfortranarray(region, np.uint8))
    assert np.array_equal(decode_runs(code["counts"].decode(), *region.shape), region)


def test_long_runs_come_back():
    region = np.zeros((700, 900), bool)
    region[3:650, 10:20] = region[600:, 500:] = True
    code = coco.encode(np.asfortranarray(region, np.uint8))
    assert np.array_equal(decode_runs(code["counts"].decode(), 700, 900), region)


def test_lists_count_column_by_column():
    assert decode_runs([1, 2, 3], 2, 3).tolist() == [[False, True, False], [True, False, False]]


def test_a_text_worked_by_hand():
    """1, 2, 3, then 40 less 2 in two groups, 6 + 32 and 1."""
    assert counts_of("123V1") == [1, 2, 3, 40]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, 2], "run lengths of 3 pixels, expected 3 x 2"),
        ([7, -1], "no numbers of pixels"),
        ([1.5, 4.5], "no numbers of pixels"),
        (["a"], "no numbers of pixels"),
        ("1 2", "hold ' '"),
        ("V", "end within a number"),
    ],
    ids=str,
)
def test_other_run_lengths_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        decode_runs(counts, 2, 3)
