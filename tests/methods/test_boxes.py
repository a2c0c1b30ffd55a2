import numpy as np
import pytest

from seedmask.methods.boxes import Box, box_labels, seed_foreground, simulated_boxes
from seedmask.methods.weak_labels import UNLABELLED
from seedmask.testing.weak_labels import AnnotationContract


def everything(box):
    return np.ones((box.bottom - box.top, box.right - box.left), bool)


class TestSimulatedBoxes(AnnotationContract):
    may_err = True  # a box is more than its object

    def labels(self, mask, rng):
        return box_labels(simulated_boxes(mask), mask.shape, everything)


def test_each_part_of_a_class_has_its_tightest_box():
    mask = np.zeros((10, 12), np.uint8)
    mask[2:5, 3:9] = 2
    mask[7, 1] = 2
    assert simulated_boxes(mask) == [Box(3, 2, 9, 5, 2), Box(1, 7, 2, 8, 2)]


def test_outside_is_background_and_inside_only_what_is_seen_there():
    def left_half(box):
        found = np.zeros((box.bottom - box.top, box.right - box.left), bool)
        found[:, : found.shape[1] // 2] = True
        return found

    labels = box_labels([Box(2, 1, 6, 3, 4)], (5, 8), left_half)
    expected = np.zeros((5, 8), np.uint8)
    expected[1:3, 2:4], expected[1:3, 4:6] = 4, UNLABELLED
    assert np.array_equal(labels, expected)


def test_overlaps_of_different_classes_are_unlabelled_and_of_one_class_are_not():
    first, second = Box(0, 0, 4, 4, 1), Box(2, 2, 6, 6, 2)
    labels = box_labels([first, second], (6, 6), everything)
    assert (labels[2:4, 2:4] == UNLABELLED).all()
    assert (labels[:2, :4] == 1).all()
    assert (labels[4:, 2:] == 2).all()
    assert np.array_equal(labels, box_labels([second, first], (6, 6), everything))
    same = box_labels([first, second._replace(label=1)], (6, 6), everything)
    assert (same[2:4, 2:4] == 1).all()


def test_a_box_without_a_class_says_that_nobody_knows():
    labels = box_labels([Box(1, 1, 3, 3, UNLABELLED), Box(0, 0, 2, 2, 1)], (4, 4), everything)
    assert labels[0, 0] == 1
    assert labels[1, 1] == labels[2, 2] == UNLABELLED
    assert labels[3, 3] == 0


def test_a_box_is_cut_at_the_edge_and_one_outside_is_refused():
    assert (box_labels([Box(-2, -1, 2, 2, 1)], (4, 4), everything)[:2, :2] == 1).all()
    with pytest.raises(ValueError, match="box 5, 0 to 9, 2 has no pixel in the picture of 4 x 4"):
        box_labels([Box(5, 0, 9, 2, 1)], (4, 4), everything)


def test_without_boxes_all_is_background():
    assert not box_labels([], (3, 4), everything).any()


def test_seeds_count_relative_to_the_largest_in_the_box():
    cam = np.zeros((4, 6), np.float32)
    cam[1, 1:5] = 0.1, 0.2, 0.3, 0.4
    cam[3, 5] = 1
    found = seed_foreground(cam, 0.5)(Box(0, 0, 5, 3, 1))
    assert np.argwhere(found).tolist() == [[1, 2], [1, 3], [1, 4]]
    assert not seed_foreground(cam, 0.5)(Box(0, 2, 3, 4, 1)).any()
