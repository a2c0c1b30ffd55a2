"""Values of a whole set: counted shard by shard, and the range found from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.dataset.picture_reading import PictureReading, kept_reading
from seedmask.dataset.set_values import SetValues, bin_value, count_values, found_reading
from seedmask.errors import InputError

ASKED = PictureReading(percentiles=(10.0, 90.0))


def record(*pictures, kind="1 band of uint16"):
    values = SetValues()
    for number, picture in enumerate(pictures):
        values.add(f"{number}.tif", kind, count_values(picture))
    return values.as_record()


@given(arrays(np.float32, st.integers(1, 50), elements=st.floats(-(2.0**99), 2.0**99, width=32)))
def test_bins_keep_the_order_of_values_to_a_two_thousandth(values):
    counts = count_values(values)
    assert sum(counts.values()) == len(values)
    found = np.repeat([bin_value(number) for number in sorted(counts)], [counts[number] for number in sorted(counts)])
    ordered = np.sort(values).astype(np.float64)
    assert (np.abs(found - ordered) <= np.abs(ordered) / 2048 + 1e-41).all()


def test_whole_numbers_to_4096_are_exact():
    values = np.arange(-4096, 4097, dtype=np.int32)
    assert sorted(bin_value(number) for number in count_values(values)) == values.tolist()


@given(st.data())
def test_shards_and_their_order_change_nothing(data):
    values = data.draw(arrays(np.uint16, 60, elements=st.integers(0, 4000)))
    values[:2] = 0, 4000
    cuts = sorted(data.draw(st.lists(st.integers(0, 60), max_size=4)))
    parts = data.draw(st.permutations([record(part) for part in np.split(values, cuts)]))
    asked = PictureReading(percentiles=(1.0, 99.0))
    found = found_reading(asked, parts)
    assert found == found_reading(asked, [record(values)])
    assert found.limits == tuple(np.percentile(values, [1, 99], method="inverted_cdf").tolist())
    assert found.is_asked_by(asked)
    assert kept_reading(found.as_facts()) == found


def test_pictures_of_several_kinds_are_named_with_their_number():
    parts = [record(np.array([1, 2]), np.array([3])), record(np.array([0.5]), kind="1 band of float32")]
    with pytest.raises(InputError) as caught:
        found_reading(ASKED, [{**part, "bins": []} for part in parts])
    message = str(caught.value)
    assert "0.tif: 1 band of float32, as 1 pictures have" in message
    assert "0.tif: 1 band of uint16, as 2 pictures have" in message


def test_a_set_of_one_value_gives_no_range():
    with pytest.raises(InputError, match=r"10 % and 90 % are both at 7; give `range: \[LOW, HIGH\]`"):
        found_reading(ASKED, [record(np.full(9, 7))])


def test_a_given_range_is_kept_and_the_kind_added():
    asked = PictureReading((3, 2, 1), (0.0, 4000.0))
    found = found_reading(asked, [record(np.arange(9), kind="4 bands of uint16")])
    assert found == PictureReading((3, 2, 1), (0.0, 4000.0), kind="4 bands of uint16")
    assert found.digest == asked.digest
    assert found.digest != PictureReading((1, 2, 3), (0.0, 4000.0)).digest
    assert str(found) == "pictures of 4 bands of uint16: bands 3, 2, 1, 0 to 4000 become 0 to 255"


def test_ordinary_pictures_add_nothing_to_records_and_digests():
    assert PictureReading().digest == ""
    assert PictureReading().as_facts() == {}
    assert kept_reading({"classes": []}) == PictureReading()
