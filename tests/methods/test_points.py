import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from seedmask.methods.points import Point, point_labels, simulated_points
from seedmask.methods.weak_labels import UNLABELLED
from seedmask.testing.weak_labels import AnnotationContract, truth


class TestSimulatedPoints(AnnotationContract):
    def labels(self, mask, rng):
        return point_labels(simulated_points(mask, rng), mask.shape)


@pytest.mark.parametrize(("per", "expected"), [("object", {0: 1, 1: 2, 3: 1}), ("class", {0: 1, 1: 1, 3: 1})])
def test_each_object_or_each_class_gets_its_points(per, expected):
    mask = np.zeros((20, 20), np.uint8)
    mask[2:6, 2:6] = mask[10:14, 2:6] = 1
    mask[10:18, 10:18] = 3
    points = simulated_points(mask, np.random.default_rng(0), per=per)
    counts = {label: sum(point.label == label for point in points) for label in (0, 1, 3)}
    assert counts == expected


def test_points_lie_in_the_inner_half_of_an_object():
    mask = truth(classes=(2,))
    depth = ndimage.distance_transform_edt(mask == 2)
    for seed in range(20):
        point = simulated_points(mask, np.random.default_rng(seed), background=0)[0]
        assert depth[point.y, point.x] >= depth.max() / 2 - 1


def test_an_object_of_fewer_pixels_than_points_gets_one_on_each():
    mask = np.zeros((5, 5), np.uint8)
    mask[2, 2] = 1
    points = simulated_points(mask, np.random.default_rng(0), count=4, background=0)
    assert points == [Point(2, 2, 1)]


@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 5))), st.integers(0, 3))
def test_every_point_keeps_its_own_pixel_whatever_the_radius(places, radius):
    points = [Point(x, y, number % 3) for number, (x, y) in enumerate(sorted(places))]
    labels = point_labels(points, (6, 9), radius)
    assert all(labels[y, x] == label for x, y, label in points)
    if radius == 0:
        assert (labels != UNLABELLED).sum() == len(points)


def test_a_radius_makes_discs():
    labels = point_labels([Point(5, 5, 2)], (11, 11), radius=2)
    assert (labels == 2).sum() == 13
    assert (labels == UNLABELLED).sum() == 121 - 13


@pytest.mark.parametrize("point", [(-1, 0), (0, -1), (4, 0), (0, 3)])
def test_a_point_outside_is_refused(point):
    with pytest.raises(ValueError, match=r"lies outside the picture of 4 x 3 pixels"):
        point_labels([Point(*point, 1)], (3, 4))


def test_two_classes_on_one_pixel_are_refused():
    with pytest.raises(ValueError, match="point 1, 2 has two classes, 1 and 2; keep one"):
        point_labels([Point(1, 2, 1), Point(1, 2, 2)], (3, 4))
    assert point_labels([Point(1, 2, 1), Point(1, 2, 1)], (3, 4))[2, 1] == 1
