"""Masks and weak labels of data sets in which every pixel belongs to a class."""

from functools import partial

import numpy as np
import pytest

from seedmask.methods.bilateral_solver import bilateral_solver_mask
from seedmask.methods.boxes import Box, box_labels
from seedmask.methods.confident_labels import sure_labels
from seedmask.methods.crf import joint_crf_mask
from seedmask.methods.crf_settings import ROUGH_CRF
from seedmask.methods.par import par_mask
from seedmask.methods.points import simulated_points
from seedmask.methods.random_walk import WalkSettings, double_walk_mask, single_walk_mask
from seedmask.methods.scribbles import simulated_scribbles
from seedmask.methods.threshold import score_probabilities, threshold_labels
from seedmask.methods.weak_labels import UNLABELLED, VOID

SIZE = (16, 20)
IMAGE = np.full((*SIZE, 3), 40, np.uint8)
IMAGE[:, 10:] = 200
OPEN = np.zeros((4, 5), np.float32)
SHORT = WalkSettings(log2_steps=0, radius=2)


def plain(cams, classes):
    return threshold_labels(cams, classes, 0.0, "none")


def crf(cams, classes, unary):
    return joint_crf_mask(IMAGE, cams, classes, background=0.0, kind="none", unary=unary, settings=ROUGH_CRF)


def par(cams, classes):
    return par_mask(IMAGE, cams, classes, background=0.0, kind="none", dilations=(1, 2), iterations=2)


def solver(cams, classes):
    return bilateral_solver_mask(IMAGE, cams, classes, background=0.0, kind="none", spatial=8)


def single(cams, classes):
    return single_walk_mask(cams, OPEN, classes, background=None, settings=SHORT)


def double(cams, classes):
    scores = score_probabilities(cams, 0.0, "none")
    return double_walk_mask(scores, OPEN, classes, background=None, settings=SHORT)


METHODS = {
    "threshold": plain,
    "crf of scores": partial(crf, unary="scores"),
    "crf of labels": partial(crf, unary="labels"),
    "par": par,
    "bilateral solver": solver,
    "single walk": single,
    "double walk": double,
}


@pytest.fixture(params=METHODS)
def mask(request):
    return METHODS[request.param]


def test_every_pixel_gets_a_class_however_low_its_score(mask):
    cams = np.zeros((2, *SIZE), np.float32)
    cams[0, :, :10], cams[1, :, 10:] = 0.02, 0.02
    found = mask(cams, [4, 1])
    assert set(np.unique(found)) == {5, 2}
    assert (found[4:12, 2:6] == 5).all()
    assert (found[4:12, 14:18] == 2).all()


def test_the_only_class_of_a_picture_is_everywhere(mask):
    cams = np.zeros((1, *SIZE), np.float32)
    cams[0, 3:5, 3:5] = 1
    assert (mask(cams, [6]) == 7).all()


def test_a_picture_of_unknown_classes_is_ignored(mask):
    assert (mask(np.zeros((0, *SIZE), np.float32), []) == VOID).all()


def test_what_no_class_claims_is_ignored_and_filled_by_a_crf():
    cams = np.zeros((2, *SIZE), np.float32)
    cams[0, :, :4] = 0.5
    assert (plain(cams, [4, 1])[:, 4:] == VOID).all()
    assert not (crf(cams, [4, 1], "labels") == VOID).any()


def test_weak_labels_name_no_background():
    cams = np.full((1, *SIZE), 0.1, np.float32)
    cams[0, :4] = 0.9
    sure = sure_labels(cams, [2], foreground=0.5, background=None)
    assert np.array_equal(np.unique(sure), [3, UNLABELLED])
    assert (sure_labels(cams[:0], [], foreground=0.5, background=None) == UNLABELLED).all()
    boxes = [Box(2, 1, 6, 3, 4)]
    everything = lambda box: np.ones((box.bottom - box.top, box.right - box.left), bool)  # noqa: E731
    assert np.array_equal(np.unique(box_labels(boxes, SIZE, everything, background=False)), [4, UNLABELLED])
    truth = np.full(SIZE, 3, np.uint8)
    truth[:, 9:] = 1
    assert {point.label for point in simulated_points(truth, np.random.default_rng(0))} == {1, 3}
    assert 0 not in simulated_scribbles(truth, np.random.default_rng(0))
