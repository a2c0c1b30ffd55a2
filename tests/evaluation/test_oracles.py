"""Scores against torchmetrics, and against a plain form that follows the definitions pixel by pixel."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import seedmask.vision  # noqa: F401  before torchmetrics, which imports torchvision
from seedmask.evaluation.protocols import Protocol, ScoreBoard
from seedmask.evaluation.scores import confusion, scores

from torchmetrics.functional.classification import (  # isort: skip
    multiclass_accuracy,
    multiclass_confusion_matrix,
    multiclass_jaccard_index,
    multiclass_precision,
    multiclass_recall,
)

seeds = st.integers(0, 10_000)


def masks(seed, classes, images=3, ignored=0.2):
    """Truth with ignored pixels, and predictions that are right half of the time; some classes are in neither."""
    random = np.random.default_rng(seed)
    present = random.permutation(classes)[: 1 + random.integers(classes)]
    shape = (images, 9, 11)
    truth = random.choice(present, shape)
    prediction = np.where(random.random(shape) < 0.5, truth, random.choice(present, shape)).astype(np.uint8)
    return np.where(random.random(shape) < ignored, 255, truth).astype(np.uint8), prediction


@given(seeds, st.integers(2, 21))
def test_counts_and_scores_are_those_of_torchmetrics(seed, classes):
    truth, prediction = masks(seed, classes)
    sides = [torch.tensor(side, dtype=torch.int64) for side in (prediction, truth)]
    matrix = sum(confusion(*pair, classes) for pair in zip(truth, prediction, strict=True))
    expected = multiclass_confusion_matrix(*sides, classes, ignore_index=255)
    assert np.array_equal(matrix, expected.numpy())
    found, shares = scores(matrix, "zero"), expected.double()
    union = shares.sum(0) + shares.sum(1) - shares.diagonal()
    np.testing.assert_allclose(found.iou, np.nan_to_num((shares.diagonal() / union).numpy()), atol=1e-12)
    columns = {"iou": multiclass_jaccard_index, "precision": multiclass_precision, "recall": multiclass_recall}
    for name, metric in columns.items():
        values = metric(*sides, num_classes=classes, average="none", ignore_index=255)
        # Its own shares are in single precision.
        np.testing.assert_allclose(np.nan_to_num(getattr(found, name)), values.numpy(), atol=1e-6)
    accuracy = multiclass_accuracy(*sides, classes, average="micro", ignore_index=255)
    assert found.pixel_accuracy == pytest.approx(float(accuracy), abs=1e-6)


def plain_iou(truth, prediction, label):
    """|A and B| / |A or B| over sets of pixels."""
    counted = {index for index, value in np.ndenumerate(truth) if value != 255}
    ours = {index for index in counted if truth[index] == label}
    theirs = {index for index in counted if prediction[index] == label}
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else None


@given(seeds, st.integers(2, 8))
def test_a_score_is_the_mean_of_shares_of_sets_of_pixels(seed, classes):
    truth, prediction = masks(seed, classes)
    board = ScoreBoard([f"class {number}" for number in range(1, classes)], Protocol("val"))
    for number, pair in enumerate(zip(truth, prediction, strict=True)):
        board.add(str(number), *pair)
    result = board.result()
    expected = [plain_iou(truth, prediction, label) for label in range(classes)]
    assert [row["iou"] for row in result["classes"]] == pytest.approx(expected, abs=1e-12)
    averaged = [value for value in expected if value is not None]
    assert result["miou"] == pytest.approx(sum(averaged) / len(averaged), abs=1e-12)
    assert result["pixels"] == (truth != 255).sum()


def test_counts_are_exact_past_2_to_the_31():
    """One pixel more than 32 bits hold, and 2^53, which 64-bit floats do not count on from."""
    for many in (2**31, 2**32 + 1, 2**53):
        board = ScoreBoard(["cow"], Protocol("val"))
        board.matrix[1, 1] = many
        board.add("one more", np.array([[1, 0]], np.uint8), np.array([[1, 1]], np.uint8))
        result = board.result()
        assert result["confusion"] == [[0, 1], [0, many + 1]]
        assert result["pixels"] == many + 2
        assert result["classes"][1]["iou"] == pytest.approx((many + 1) / (many + 2), abs=1e-12)
