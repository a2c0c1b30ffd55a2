from dataclasses import replace

import pytest

from seedmask.dataset.index import Row
from seedmask.report.advice import (
    FEW_IMAGES,
    LISTED,
    LISTED_CLASSES,
    class_verdicts,
    list_advice,
    result_warnings,
    terminal_lines,
)
from seedmask.report.class_table import ClassLine, Lineage
from seedmask.report.learning import TrainingHistory
from seedmask.report.rankings import RankedImage
from seedmask.report.scores import Summary
from seedmask.report.terms import Terms

CLASSES = {"background": 0.9, "cow": 0.6, "sheep": 0.6, "goat": 0.6, "ant": 0.1}


def score(variant="predictions/crf", miou=0.5, mode="none", labels="", classes=CLASSES):
    numbers = {"miou": miou}
    return Summary("val", variant, 1, mode, None, labels, "", numbers, {}, 4, 5, Terms(), classes, {}, ())


def image(name, **more):
    fields = {"confidence": None, "disagreement": None, "tag_mismatch": None, "unsupported": (), "ious": {}}
    return RankedImage(id=name, split="val", **fields | more)


def row(name):
    return Row(name, f"{name}.jpg", "val", 4, 4, (0,), "", None, None)


def test_a_class_far_below_the_mean_is_named_with_its_iou():
    (found,) = list_advice([score()], [], [])
    assert found.title == "Classes far below the mean"
    assert found.entries == ("ant 0.10",)
    assert "predictions/crf on val" in found.why


def test_classes_that_are_equally_good_are_no_advice():
    assert list_advice([score(classes={"background": 0.9, "cow": 0.6, "sheep": 0.6, "goat": 0.6})], [], []) == []


def test_two_classes_have_no_spread_to_judge_by():
    assert list_advice([score(classes={"background": 0.9, "cow": 0.9, "ant": 0.1})], [], []) == []


def test_the_best_variant_of_the_last_stage_without_pixel_labels_is_measured():
    weak = {**CLASSES, "goat": 0.2}
    scores = [
        score("predictions/good", 0.6),
        score("predictions/bad", 0.4, classes=weak),
        score("predictions/full", 0.9, labels="learns from truth masks", classes=weak),
        score("masks/crf", 0.8, classes=weak),
    ]
    assert "predictions/good on val" in list_advice(scores, [], [])[0].why


def test_tags_without_support_are_listed_by_picture_and_counted_by_class():
    images = [image("a", unsupported=("ant",)), image("b"), image("c", unsupported=("ant", "cow"))]
    (found,) = list_advice([], images, [row(p.id) for p in images])
    assert found.title == "Tags that no mask supports"
    assert found.entries == ("a: ant", "c: ant, cow")
    assert "In 2 of 3 tagged pictures" in found.why
    assert "ant (2), cow (1)" in found.why


def test_a_long_list_says_how_many_it_leaves_out():
    images = [image(str(n), unsupported=("ant",)) for n in range(LISTED + 3)]
    (found,) = list_advice([], images, [])
    assert (len(found.entries), found.more) == (LISTED, 3)


def test_doubtful_pictures_come_with_the_measure():
    images = [image("a", disagreement=0.2, confidence=0.9), image("b", disagreement=0.7, confidence=0.3)]
    found = {one.title: one.entries for one in list_advice([], images, [])}
    assert found["Disagreement, val"] == ("b (0.70)", "a (0.20)")
    assert found["Confidence, val"] == ("b (0.30)", "a (0.90)")


def test_where_nothing_differs_there_is_nothing_to_say():
    assert list_advice([], [image("a", disagreement=0.0, tag_mismatch=0.0)], []) == []


LINEAGE = Lineage("classifiers/cam", "five folds", "seeds/cam", "masks/crf", "segmenters/crf", "predictions/crf")
LOSSES = (("segmenters/crf", lambda epoch: 2.0 - 0.2 * epoch), ("classifiers/cam", lambda epoch: 0.1))
GOOD = ClassLine(
    "cow",
    50,
    LINEAGE,
    precision=0.9,
    chance=0.1,
    clear=0.8,
    companion="grass",
    companion_share=0.5,
    implausible={"masks/crf": 0.0},
    f1={"predictions/crf": 0.9},
    agreement={"predictions/crf": 0.8},
)


def terminal(**changes):
    """Lines on the terminal about one class among good ones."""
    return terminal_lines([GOOD, replace(GOOD, name="dog", **changes), replace(GOOD, name="elk")])


def test_good_classes_get_no_line():
    assert terminal() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": FEW_IMAGES - 1}, "9 pictures: add more of this class"),
        ({"images": 1}, "1 picture: add more of this class"),
        ({"precision": 0.15}, "hardly knows it (average precision 0.15, chance 0.10): add pictures of this class, or"),
        ({"implausible": {"masks/crf": 0.4}}, "40% of its masks are nearly empty or nearly full: look at its maps"),
        ({"f1": {"predictions/crf": 0.3}}, "(F1 0.30), though there are masks of it: train it longer"),
        ({"companion_share": 0.85}, "grass is on 85% of its pictures: add pictures without grass"),
    ],
)
def test_each_finding_comes_with_a_remedy(changes, words):
    (line,) = terminal(**changes)
    assert ": dog (trust 0." in line
    assert words in line


def test_low_trust_is_not_to_be_trusted_and_other_findings_are_to_be_looked_at():
    assert terminal(f1={"predictions/crf": 0.0})[0].startswith("not to be trusted: dog (trust 0.00)")
    assert terminal(companion_share=1.0)[0].startswith("to be looked at: dog (trust 0.8")


def test_reasons_of_a_class_stand_in_one_line():
    (line,) = terminal(images=6, precision=0.12, companion_share=0.9)
    assert line.count("; ") == 2


@pytest.mark.parametrize(
    ("changes", "worst"),
    [
        ({"agreement": {"predictions/crf": 0.05}}, "predictions/crf and masks/crf differ (IoU 0.05)"),
        ({"clear": 0.08}, "its maps are weak where its masks are (mean activation 0.08)"),
        (
            {"lineage": replace(LINEAGE, predictions=""), "precision": 0.33, "clear": 0.3},
            "the network is unsure of it (average",
        ),
        (
            {
                "f1": {"predictions/crf": 0.5},
                "clear": 0.4,
                "implausible": {"masks/crf": 0.3},
                "agreement": {"predictions/crf": 0.4},
            },
            "its maps are weak",
        ),
    ],
)
def test_low_trust_below_no_limit_is_explained_by_its_worst_part(changes, worst):
    (line,) = terminal(**changes)
    assert line.startswith("not to be trusted: dog")
    assert worst in line
    assert "seedmask view" in line


def test_masks_that_are_empty_excuse_the_segmenter():
    (line,) = terminal(implausible={"masks/crf": 0.6}, f1={"predictions/crf": 0.1})
    assert "train it longer" not in line


def test_a_segmenter_of_points_has_no_masks_to_compare_with():
    lineage = replace(LINEAGE, classifier="", masks="")
    (line,) = terminal(
        lineage=lineage, precision=None, chance=None, agreement={}, f1={"predictions/crf": 0.1}, implausible={}
    )
    assert "masks of it" not in line


def test_a_class_without_pictures_is_named_although_nothing_is_known_of_it():
    (line,) = terminal(images=0, precision=None, clear=None, implausible={}, f1={}, agreement={}, companion_share=None)
    assert line == "not to be trusted: dog (trust unknown): no pictures: add more of this class"


def test_unknown_classes_get_no_line():
    assert terminal_lines([ClassLine("cow", None, Lineage()), ClassLine("dog", None, Lineage())]) == []
    assert terminal_lines([]) == []


def test_a_result_most_of_whose_classes_are_bad_is_not_to_be_trusted_as_a_whole():
    bad = [replace(GOOD, name=name, implausible={"masks/crf": 0.95}) for name in ("dog", "elk")]
    assert result_warnings([GOOD, replace(GOOD, name="fox"), *bad]) == []
    assert result_warnings([GOOD, *bad])[0].startswith(
        "This result is not to be trusted: 2 of 3 classes have a trust below 0.6."
    )


def test_a_network_that_knows_few_classes_is_the_first_suspect():
    lines = [replace(GOOD, name=name, precision=0.12) for name in ("dog", "elk")]
    (found,) = result_warnings([GOOD, *lines])
    assert "The network hardly knows 2 of 3 classes: try another encoder" in found


def test_a_training_that_was_too_short_is_named_on_the_terminal():
    falling, flat = (
        TrainingHistory(name, {"loss": (tuple((float(n), loss(n)) for n in range(1, 9)),)}) for name, loss in LOSSES
    )
    (line,) = terminal_lines([GOOD], [falling, flat])
    assert line.startswith("segmenters/crf: the loss still fell by")


def test_the_least_trusted_come_first_and_a_long_list_says_how_many_it_leaves_out():
    lines = [replace(GOOD, name=f"c{n}", implausible={"masks/crf": 0.4 + n / 50}) for n in range(LISTED_CLASSES + 3)]
    found = class_verdicts(lines)
    assert [verdict.name for verdict in found] == [f"c{n}" for n in reversed(range(LISTED_CLASSES + 3))]
    assert terminal_lines(lines)[-1] == "and 3 more classes: see the report"
    assert len(terminal_lines(lines)) <= LISTED_CLASSES + 2 + 1
