import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.errors import SeedmaskError
from seedmask.evaluation.image_counts import image_counts_file, read_image_counts
from seedmask.evaluation.protocols import Protocol, ScoreBoard, frequency_thirds
from seedmask.evaluation.scores import confusion

NAMES = ("cat", "dog", "ox", "yak")
truths = arrays(np.uint8, (6, 6), elements=st.sampled_from([0, 1, 2, 3, 255]))
masks = arrays(np.uint8, (6, 6), elements=st.sampled_from([0, 1, 2, 3, 255]))
images = st.lists(st.tuples(truths, masks), max_size=4)


def board_of(pairs, protocol=Protocol("train")):  # noqa: B008
    board = ScoreBoard(NAMES, protocol)
    for number, (truth, prediction) in enumerate(pairs):
        board.add(str(number), truth, prediction)
    return board


@given(images)
def test_the_order_of_the_images_is_irrelevant(pairs):
    assert board_of(pairs).result() == board_of(pairs[::-1]).result()


@given(images, st.sampled_from(["background", "ignore"]))
def test_the_counts_are_the_sum_over_the_images(pairs, ignore_pred):
    result = board_of(pairs, Protocol("val", ignore_pred=ignore_pred)).result()
    expected = sum((confusion(t, p, 5, ignore_pred) for t, p in pairs), np.zeros((5, 5), np.int64))
    assert result["confusion"] == expected.tolist()
    assert result["images"] == len(pairs)
    assert result["pixels"] == expected.sum()


@given(images)
def test_the_result_is_strict_json_and_holds_the_protocol(pairs):
    protocol = Protocol("val", absent_class="zero", threshold_mode="oracle", threshold=0.25)
    result = board_of(pairs, protocol).result()
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["protocol"].items() >= asdict(protocol).items()
    assert result["protocol"]["classes"] == len(NAMES)


def test_without_background_there_is_a_line_for_each_class_and_no_other():
    board = ScoreBoard(NAMES[:3], Protocol("val"), background=False)
    board.add("a", np.uint8([[1, 2, 3, 255]]), np.uint8([[1, 2, 255, 3]]))
    result = board.result()
    assert [(row["name"], row["iou"]) for row in result["classes"]] == [("cat", 1), ("dog", 1), ("ox", 0)]
    assert result["miou"] == pytest.approx(2 / 3)
    assert result["foreground_false_negative"] == pytest.approx(1 / 3)
    assert result["confusion"] == np.diag([1, 1, 0]).tolist()
    assert (result["pixels"], result["protocol"]["background"]) == (3, False)
    assert result["groups"]["head"]["classes"] == ["cat"]
    ids, counts = read_image_counts(image_counts_file([board.pictures]), 0, 3)
    assert (ids, counts[1].tolist()) == (["a"], [[1, 1, 1]])
    with pytest.raises(SeedmaskError, match="image b: prediction has label 0"):
        board.add("b", np.uint8([[1]]), np.uint8([[0]]))


def test_a_perfect_prediction_scores_one_and_unseen_classes_are_null():
    truth = np.array([[0, 1, 2], [0, 1, 255]], np.uint8)
    result = board_of([(truth, np.where(truth == 255, np.uint8(2), truth))]).result()
    assert result["miou"] == result["pixel_accuracy"] == result["boundary_miou"] == 1
    assert result["foreground_false_positive"] == result["foreground_false_negative"] == 0
    assert result["classes_averaged"] == 3
    by_name = {row["name"]: row for row in result["classes"]}
    assert list(by_name) == ["background", *NAMES]
    assert by_name["dog"]["iou"] == 1
    assert by_name["dog"]["images"] == 1
    assert by_name["yak"]["iou"] is None


def test_nothing_scored_is_null_not_zero():
    result = board_of([]).result()
    assert result["images"] == 0
    assert result["miou"] is None
    assert result["groups"]["tail"] == {"classes": [], "miou": None}


def test_groups_go_from_frequent_to_rare_classes():
    images_ = [np.array([[0, *present]], np.uint8) for present in ([1, 3], [3, 3], [3, 2], [2, 0])]
    no_dog = [np.where(truth == 2, np.uint8(0), truth) for truth in images_]
    groups = board_of(zip(images_, no_dog, strict=True)).result()["groups"]
    assert [group["classes"] for group in groups.values()] == [["ox"], ["dog"], ["cat"]]
    assert [group["miou"] for group in groups.values()] == [1, 0, 1]


def test_thirds_leave_out_classes_that_never_occur():
    thirds = frequency_thirds(np.array([0, 5, 9, 5, 1]))
    assert [third.tolist() for third in thirds] == [[2, 1], [3], [4]]


@pytest.mark.parametrize("prediction", [np.zeros((2, 3), np.uint8), np.full((2, 2), 9, np.uint8)])
def test_a_mask_that_cannot_be_counted_is_refused_and_its_image_named(prediction):
    board = ScoreBoard(NAMES, Protocol("train"))
    with pytest.raises(SeedmaskError, match="image cows/7: prediction"):
        board.add("cows/7", np.zeros((2, 2), np.uint8), prediction)
    assert board.images == 0
    assert not board.matrix.any()
