import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.evaluation.images import disagreement, image_iou, mean_confidence, tag_mismatch, unsupported_tags

MASKS = arrays(np.uint8, (3, 4, 5), elements=st.sampled_from([0, 1, 2, 255]))


def mask(*rows):
    return np.array(rows, np.uint8)


def test_disagreement_is_the_share_of_pairs_that_differ_where_any_sees_an_object():
    first, second, third = mask([0, 1, 1, 0]), mask([0, 1, 2, 0]), mask([0, 1, 0, 0])
    # Two object pixels: all agree on one; on the other no pair agrees.
    assert disagreement([first, second, third]) == 0.5
    assert disagreement([first, first, second]) == pytest.approx((0 + 2 / 3) / 2)


def test_ignored_pixels_have_no_vote():
    assert disagreement([mask([1, 255]), mask([1, 1])]) == 0
    assert disagreement([mask([2, 255]), mask([1, 255]), mask([1, 1])]) == pytest.approx((2 / 3 + 0) / 2)


def test_a_single_mask_has_nothing_to_disagree_with_and_empty_ones_agree():
    assert disagreement([mask([1, 0])]) is None
    assert disagreement([mask([0, 0]), mask([0, 255])]) == 0


@given(MASKS)
def test_disagreement_counts_pairs(several):
    """Against the definition, pair by pair."""
    objects = [(y, x) for y in range(4) for x in range(5) if any(m[y, x] not in (0, 255) for m in several)]
    shares = []
    for y, x in objects:
        votes = [m[y, x] for m in several if m[y, x] != 255]
        pairs = [(a, b) for i, a in enumerate(votes) for b in votes[i + 1 :]]
        shares.append(np.mean([a != b for a, b in pairs]) if pairs else 0)
    assert disagreement(list(several)) == pytest.approx(np.mean(shares) if shares else 0)


@given(MASKS, st.permutations(range(3)))
def test_the_order_of_the_variants_changes_nothing(several, order):
    assert disagreement(list(several)) == pytest.approx(disagreement([several[k] for k in order]))


def test_confidence_is_that_of_the_objects():
    sure = np.array([[0.9, 0.5, 0.1]], np.float32)
    assert mean_confidence([mask([0, 1, 0])], [sure]) == pytest.approx(0.5)
    assert mean_confidence([mask([0, 1, 0]), mask([0, 0, 1])], [sure]) == pytest.approx(0.3)
    assert mean_confidence([mask([0, 0, 255])], [sure]) == pytest.approx(0.5)
    assert mean_confidence([mask([0, 1, 0])], []) is None


def test_mismatch_is_the_jaccard_distance_to_the_tags():
    assert tag_mismatch([{0, 1}], (0, 1)) == 0
    assert tag_mismatch([{0}, {0, 2}], (0, 1)) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert tag_mismatch([set()], ()) == 0
    assert tag_mismatch([], (0,)) is None


def test_a_tag_is_unsupported_when_no_variant_finds_it():
    assert unsupported_tags([{0}, {2}], (0, 1, 2)) == (1,)
    assert unsupported_tags([], (0, 1)) == ()


def test_iou_of_a_picture_is_over_the_labels_in_it():
    truth, predicted = mask([0, 0, 1, 1]), mask([0, 0, 1, 2])
    assert image_iou(truth, predicted, 9) == pytest.approx((1 + 0.5 + 0) / 3)
    assert image_iou(truth, predicted, 9, "zero") == pytest.approx((1 + 0.5 + 0) / 3)
    assert image_iou(truth, predicted, 9, "skip_truth") == pytest.approx((1 + 0.5) / 2)
    assert image_iou(mask([255]), mask([0]), 9) is None


def test_an_ignored_prediction_counts_as_set():
    truth, predicted = mask([0, 1]), mask([0, 255])
    assert image_iou(truth, predicted, 2) == pytest.approx((1 / 2 + 0) / 2)
    assert image_iou(truth, predicted, 2, ignore_pred="ignore") == 1
