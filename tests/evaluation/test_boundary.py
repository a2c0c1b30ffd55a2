import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.evaluation.boundary import BoundaryIoU

C = 3
SHAPE = (12, 15)
coarse = arrays(np.uint8, (4, 5), elements=st.integers(0, C - 1)).map(lambda a: a.repeat(3, 0).repeat(3, 1))
with_void = arrays(np.uint8, (4, 5), elements=st.sampled_from([0, 1, 2, 255])).map(
    lambda a: a.repeat(3, 0).repeat(3, 1)
)


def naive_band(mask, void, reach):
    """Mask less its `reach`-fold erosion by 3 x 3; void is neutral, the frame is outside."""
    inside = np.pad(mask | void, 1)
    for _ in range(reach):
        eroded = np.zeros_like(inside)
        for y in range(1, inside.shape[0] - 1):
            for x in range(1, inside.shape[1] - 1):
                eroded[y, x] = inside[y - 1 : y + 2, x - 1 : x + 2].all()
        inside = eroded
    return mask & ~inside[1:-1, 1:-1]


def count(pairs, **settings_):
    board = BoundaryIoU(C, **settings_)
    for truth, prediction in pairs:
        board.add(truth, prediction)
    return board


@settings(max_examples=30, deadline=None)
@given(coarse, coarse, st.sampled_from([0.05, 0.1, 0.2]))
def test_without_ignored_pixels_the_counts_equal_repeated_erosion(truth, prediction, ratio):
    board = count([(truth, prediction)], ratio=ratio)
    reach = max(1, round(ratio * np.hypot(*SHAPE)))
    nowhere = np.zeros(SHAPE, bool)
    for label in range(C):
        bands = [naive_band(labels == label, nowhere, reach) for labels in (truth, prediction)]
        assert board.intersection[label] == (bands[0] & bands[1]).sum()
        assert board.union[label] == (bands[0] | bands[1]).sum()


@settings(max_examples=30, deadline=None)
@given(with_void, coarse)
def test_ignored_pixels_are_never_counted_and_make_no_contour(truth, prediction):
    """Void is inside for every class: a pixel is in the band only for a counted pixel of another label nearby."""
    board = count([(truth, prediction)], ratio=0.1)
    void = truth == 255
    for label in range(C):
        bands = []
        for labels in (truth, prediction):
            mask = (labels == label) & ~void
            far = np.pad(~(mask | void), 2, constant_values=True)
            near = np.zeros(SHAPE, bool)
            for dy in range(5):
                for dx in range(5):
                    near |= far[dy : dy + SHAPE[0], dx : dx + SHAPE[1]]
            bands.append(mask & near)
        assert board.intersection[label] == (bands[0] & bands[1]).sum()
        assert board.union[label] == (bands[0] | bands[1]).sum()


@given(with_void, coarse, coarse)
def test_predictions_at_ignored_pixels_change_nothing(truth, prediction, other):
    board = count([(truth, prediction)])
    changed = count([(truth, np.where(truth == 255, other, prediction))])
    assert np.array_equal(board.intersection, changed.intersection)
    assert np.array_equal(board.union, changed.union)


@given(with_void)
def test_a_perfect_prediction_scores_one(truth):
    board = count([(truth, np.where(truth == 255, np.uint8(1), truth))])
    values = board.iou()
    assert (values[~np.isnan(values)] == 1).all()


@given(coarse, coarse, coarse, coarse)
def test_images_add_up_in_any_order(a, b, c, d):
    both = count([(a, b), (c, d)])
    assert np.array_equal(both.union, count([(a, b)]).union + count([(c, d)]).union)
    assert np.array_equal(both.intersection, count([(c, d), (a, b)]).intersection)


@given(coarse, coarse, st.permutations(range(C)))
def test_permuting_the_classes_permutes_the_scores(truth, prediction, order):
    table = np.array(order, np.uint8)
    before, after = count([(truth, prediction)]), count([(table[truth], table[prediction])])
    np.testing.assert_allclose(after.iou()[order], before.iou())
    np.testing.assert_allclose(after.miou(), before.miou())


def test_a_wrong_contour_costs_more_than_in_plain_iou():
    truth = np.zeros((100, 100), np.uint8)
    truth[20:80, 20:80] = 1
    prediction = np.zeros_like(truth)
    prediction[22:78, 22:78] = 1
    board = count([(truth, prediction)])
    plain = (prediction & truth).sum() / (prediction | truth).sum()
    assert board.iou()[1] < 0.3 < 0.8 < plain


def test_a_class_without_pixels_has_no_score():
    truth = np.zeros(SHAPE, np.uint8)
    board = count([(truth, truth)])
    np.testing.assert_array_equal(board.iou(), [1, np.nan, np.nan])
    assert board.miou() == 1


@pytest.mark.parametrize("ignore_pred", ["background", "ignore"])
def test_a_predicted_255_counts_as_the_protocol_says(ignore_pred):
    truth = np.zeros(SHAPE, np.uint8)
    truth[:, 8:] = 1
    undecided = truth.copy()
    undecided[:, 8] = 255
    board = count([(truth, undecided)], ignore_pred=ignore_pred)
    assert (board.iou()[1] == 1) == (ignore_pred == "ignore")


def test_images_one_pixel_high_work():
    row = np.array([[0, 0, 1, 1, 2]], np.uint8)
    assert count([(row, row)]).miou() == 1
