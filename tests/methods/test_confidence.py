from pathlib import Path

import numpy as np
import pytest

from seedmask.methods import confidence
from seedmask.methods.confidence import confidence_labels
from seedmask.testing.masks import MaskMethodContract, blobs

GOLDEN = Path(__file__).parents[1] / "golden" / "sfc"


class TestConfidence(MaskMethodContract):
    may_ignore = True

    def mask(self, image, cams, classes):
        return confidence_labels(image, cams, classes, background=0.3)


def without_crf(monkeypatch):
    monkeypatch.setattr("seedmask.methods.crf.dense_crf", lambda image, probabilities, settings: probabilities)


@pytest.mark.parametrize("name", ["single", "no_label"])
def test_labels_before_the_crf_are_combined_as_the_reference_does(monkeypatch, name):
    """T = T_W + 0.7 T_P with classes doubled; the mean of maps and half of the doubling leave the order as it is."""
    without_crf(monkeypatch)
    case = np.load(GOLDEN / f"seed_fusion_{name}.npz")
    total = case["IS_CAM1"] + np.float32(0.7) * case["IS_CAM"]
    scale = np.float32(2 * 1.7)
    classes = [int(key) - 1 for key in case["keys"][1:]]
    image = np.zeros((*total.shape[1:], 3), np.uint8)
    found = confidence_labels(image, total[1:] / scale, classes, background=total[0] / scale, kind="plane")
    strict = np.asarray(case["keys"])[total.argmax(axis=0)]
    lenient = np.asarray(case["keys"])[np.concatenate([total[:1] / 2, total[1:]]).argmax(axis=0)]
    expected = np.where(strict > 0, strict, np.where(lenient == 0, 0, 255))
    assert np.array_equal(found, expected)


def test_between_the_two_scores_nothing_is_said(monkeypatch):
    without_crf(monkeypatch)
    cams = np.array([[[0.1, 0.2, 0.5]]], np.float32)
    labels = confidence_labels(np.zeros((1, 3, 3), np.uint8), cams, [4], background=0.3)
    assert labels.tolist() == [[0, 255, 5]]


def test_a_higher_factor_leaves_less_unsaid():
    image, cams = blobs()
    unsaid = [
        (confidence_labels(image, cams, [1, 2, 3], background=0.4, background_factor=f) == confidence.IGNORE).sum()
        for f in (0.2, 0.5, 0.9)
    ]
    assert unsaid[0] > unsaid[1] > unsaid[2]
