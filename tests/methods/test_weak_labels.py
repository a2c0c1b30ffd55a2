import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.weak_labels import (
    MOST_CLASSES,
    UNLABELLED,
    VOID,
    as_channels,
    as_mask,
    as_mixture_codes,
    check_labels,
    from_channels,
    labelled,
    mask_of,
    objects_of,
    shown_labels,
    uncertain_band,
)

CLASSES = 5
CODES = [*range(CLASSES + 1), UNLABELLED, VOID]
LABELS = arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.sampled_from(CODES))


@given(LABELS)
def test_a_mask_ignores_what_has_no_label_and_keeps_the_rest(labels):
    mask = as_mask(labels)
    assert np.array_equal(mask == VOID, ~labelled(labels))
    assert np.array_equal(mask[labelled(labels)], labels[labelled(labels)])


@given(LABELS)
def test_the_mixture_s_codes_keep_unlabelled_and_void_apart(labels):
    codes = as_mixture_codes(labels, CLASSES)
    assert np.array_equal(codes == CLASSES + 1, labels == UNLABELLED)
    assert np.array_equal(codes == VOID, labels == VOID)
    assert np.array_equal(codes[labelled(labels)], labels[labelled(labels)])


@given(LABELS)
def test_without_background_channels_count_from_the_first_class(labels):
    labels[labels == 0] = 1
    mask = as_mask(labels)
    channels = as_channels(mask, CLASSES, background=False)
    assert set(np.unique(channels)) <= {*range(CLASSES), VOID}
    assert np.array_equal(from_channels(channels, background=False), mask)
    codes = as_mixture_codes(labels, CLASSES, background=False)
    assert np.array_equal(codes == CLASSES, labels == UNLABELLED)
    assert np.array_equal(codes[labelled(labels)], channels[labelled(labels)])


def test_without_background_no_pixel_is_labelled_0():
    labels = np.uint8([[0, 1]])
    for code in (as_channels, as_mixture_codes, check_labels):
        code(labels, CLASSES)
        with pytest.raises(ValueError, match=f"label 0; expected 1 to {CLASSES}"):
            code(labels, CLASSES, background=False)
    assert shown_labels(np.uint8([[3, UNLABELLED]]), (0,), background=False) == [1, 3]


@pytest.mark.parametrize("label", [CLASSES + 1, 100, UNLABELLED - 1])
def test_a_label_that_is_no_code_is_named(label):
    labels = np.uint8([[0, label]])
    with pytest.raises(ValueError, match=f"label {label}; expected 0 to {CLASSES}, 254 for unlabelled or 255"):
        as_mixture_codes(labels, CLASSES)


def test_there_is_room_for_253_classes():
    check_labels(np.uint8([[MOST_CLASSES, UNLABELLED]]), MOST_CLASSES)
    with pytest.raises(ValueError, match="254 classes; weak labels have room for 253 besides background"):
        check_labels(np.uint8([[0]]), MOST_CLASSES + 1)


def test_stored_arrays_of_both_kinds_have_a_mask():
    assert mask_of({"mask": np.uint8([[1, 255]])}).tolist() == [[1, 255]]
    assert mask_of({"label": np.uint8([[1, UNLABELLED, VOID]])}).tolist() == [[1, 255, 255]]


def test_a_picture_may_show_background_its_tags_and_what_it_was_given():
    labels = np.uint8([[3, UNLABELLED, VOID]])
    assert shown_labels(labels, (0, 4)) == [0, 1, 3, 5]
    assert shown_labels(labels, None) == [0, 3]
    assert shown_labels(np.full((2, 2), UNLABELLED, np.uint8), ()) == [0]


def test_objects_are_the_connected_parts_of_a_class():
    mask = np.uint8([[1, 1, 0, 1], [0, 0, 2, 0], [255, 2, 0, 0]])
    found = [(label, part.sum()) for label, part in objects_of(mask)]
    assert found == [(1, 2), (1, 1), (2, 2)]


@given(LABELS, st.integers(0, 4))
def test_a_band_only_takes_labels_away_and_wider_ones_take_more(labels, width):
    narrow, wide = uncertain_band(labels, width), uncertain_band(labels, width + 1)
    for found in (narrow, wide):
        assert ((found == labels) | (found == UNLABELLED)).all()
    assert (labelled(wide) <= labelled(narrow)).all()
    assert np.array_equal(uncertain_band(labels, 0), labels)


def test_a_band_lies_on_both_sides_of_a_border():
    labels = np.zeros((1, 10), np.uint8)
    labels[:, 5:] = 1
    assert labelled(uncertain_band(labels, 3)).tolist() == [[True] * 3 + [False] * 4 + [True] * 3]
