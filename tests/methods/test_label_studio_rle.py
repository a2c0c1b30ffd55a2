import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.label_studio_rle import decode_brush, encode_brush

REGIONS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))
HEADER = f"{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}"
"""Bits of a value, and of the four lengths, all less one."""
TRANSPARENT, OPAQUE = f"{0:08b}" * 4, f"{255:08b}" * 4


def packed(bits):
    """Bytes of a string of bits, filled up with zeros."""
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]


@given(REGIONS)
def test_a_brush_region_comes_back(region):
    assert np.array_equal(decode_brush(encode_brush(region), *region.shape), region)


def test_a_region_with_longer_runs_than_one_block_holds_comes_back():
    region = np.zeros((300, 200), bool)
    region[3:299, 1:] = True
    assert np.array_equal(decode_brush(encode_brush(region), 300, 200), region)


def test_the_code_of_a_brush_region_is_label_studio_s():
    """The header of a picture of 3332 x 2527 pixels as Label Studio's own files have it."""
    code = encode_brush(np.zeros((2527, 3332), bool))
    assert code[:6] == [2, 1, 233, 240, 57, 27]
    assert code[6] >> 4 == 0b1111
    assert not decode_brush(code, 2527, 3332).any()


def test_blocks_of_one_value_and_of_many_are_read():
    """Three pixels: the first two value by value, the last as a run of 255."""
    literal = f"0{0:02b}{7:03b}{TRANSPARENT}{OPAQUE}"
    code = packed(f"{12:032b}{HEADER}{literal}1{1:02b}{3:04b}{255:08b}")
    assert decode_brush(code, 1, 3).tolist() == [[False, True, True]]
    assert decode_brush(code, 3, 1).tolist() == [[False], [True], [True]]


def test_alpha_alone_decides_and_a_faint_edge_belongs_to_the_region():
    """Red without opacity, black with little."""
    pixels = "".join(f"{value:08b}" for value in (255, 0, 0, 0, 0, 0, 0, 1))
    assert decode_brush(packed(f"{8:032b}{HEADER}0{0:02b}{7:03b}{pixels}"), 1, 2).tolist() == [[False, True]]


def test_values_of_other_widths_are_read():
    """Values of 1 bit and lengths of 1, 2, 3 and 4 bits."""
    code = packed(f"{8:032b}{0:05b}{0:04b}{1:04b}{2:04b}{3:04b}" + f"1{1:02b}{3:02b}0" + f"0{3:02b}{3:04b}0001")
    assert decode_brush(code, 2, 1).tolist() == [[False], [True]]


def test_a_region_of_another_picture_s_size_is_refused():
    with pytest.raises(ValueError, match="24 values, expected 32, 4 for each of 2 x 4 pixels"):
        decode_brush(encode_brush(np.ones((3, 2), bool)), 4, 2)


@pytest.mark.parametrize("kept", [0, 3, 7, 8])
def test_a_code_that_ends_too_early_is_refused(kept):
    with pytest.raises(ValueError, match=f"ends after {kept} bytes, before its last pixel"):
        decode_brush(encode_brush(np.eye(4, dtype=bool))[:kept], 4, 4)


def test_a_block_beyond_the_last_pixel_is_refused():
    with pytest.raises(ValueError, match="more than the 4 values"):
        decode_brush(packed(f"{4:032b}{HEADER}1{0:02b}{7:03b}{255:08b}"), 1, 1)


@pytest.mark.parametrize("code", [[2, 300], [-1, 2], [0.5], ["a"], [[1, 2]]])
def test_what_is_not_a_list_of_bytes_is_refused(code):
    with pytest.raises(ValueError, match="not a list of bytes"):
        decode_brush(code, 1, 1)
