import numpy as np
import pytest

from seedmask.methods.scribbles import Stroke, longest_way, simulated_scribbles, stroke_labels
from seedmask.methods.weak_labels import UNLABELLED
from seedmask.testing.weak_labels import AnnotationContract, truth


class TestSimulatedScribbles(AnnotationContract):
    def labels(self, mask, rng):
        return simulated_scribbles(mask, rng)


def drawn(label, labels):
    return int((labels == label).sum())


def test_the_longest_way_of_a_bar_runs_along_it():
    part = np.zeros((20, 60), bool)
    part[8:13, 5:55] = True
    way = longest_way(part)
    assert np.ptp(way[:, 1]) > 40
    assert (np.abs(np.diff(way, axis=0)).max(axis=1) == 1).all()
    middle = way[(way[:, 1] > 10) & (way[:, 1] < 50)]
    assert set(middle[:, 0].tolist()) == {10}


@pytest.mark.parametrize("length", [0.2, 0.5, 1.0])
def test_length_is_a_share_of_the_way(length):
    mask = np.zeros((20, 120), np.uint8)
    mask[8:13, 10:110] = 1
    labels = simulated_scribbles(mask, np.random.default_rng(0), length=length, jitter=0, width=1, background=False)
    way = len(longest_way(mask == 1))
    assert drawn(1, labels) == pytest.approx(length * way, abs=2)


def test_a_stroke_strays_by_its_jitter_and_stays_in_the_object():
    mask = np.zeros((60, 200), np.uint8)
    mask[10:50, 10:190] = 1
    rows = []
    for seed in range(5):
        labels = simulated_scribbles(mask, np.random.default_rng(seed), jitter=4, width=1, background=False)
        assert (mask[labels == 1] == 1).all()
        rows.append(np.nonzero(labels == 1)[0])
    assert 1.5 < np.concatenate(rows).std() < 8


def test_without_background_only_classes_are_drawn():
    labels = simulated_scribbles(truth(), np.random.default_rng(0), background=False)
    assert set(np.unique(labels).tolist()) == {1, 4, UNLABELLED}
    assert drawn(0, simulated_scribbles(truth(), np.random.default_rng(0))) > 10


def test_polylines_are_drawn_through_their_corners_with_a_width():
    stroke = Stroke([(2, 5), (12, 5), (12, 15)], 3)
    labels = stroke_labels([stroke], (20, 20), width=3)
    assert (labels[4:7, 3:12] == 3).all()
    assert (labels[6:15, 11:14] == 3).all()
    assert labels[0, 0] == UNLABELLED
    assert drawn(3, stroke_labels([stroke], (20, 20), width=1)) == 21


def test_a_stroke_of_one_corner_is_a_dot():
    assert drawn(2, stroke_labels([Stroke([(4, 4)], 2)], (9, 9), width=1)) == 1
    assert 5 <= drawn(2, stroke_labels([Stroke([(4, 4)], 2)], (9, 9), width=3)) <= 9


def test_where_strokes_of_two_classes_cross_nobody_knows():
    across, down = Stroke([(0, 4), (8, 4)], 1), Stroke([(4, 0), (4, 8)], 2)
    labels = stroke_labels([across, down], (9, 9), width=1)
    assert labels[4, 4] == UNLABELLED
    assert (drawn(1, labels), drawn(2, labels)) == (8, 8)
    same = stroke_labels([across, Stroke([(4, 0), (4, 8)], 1)], (9, 9), width=1)
    assert drawn(1, same) == 17
