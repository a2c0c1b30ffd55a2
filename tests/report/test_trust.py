from dataclasses import replace

import pytest

from seedmask.report.advice import FEW_IMAGES, LISTED_CLASSES, class_verdicts, result_warnings, terminal_lines
from seedmask.report.class_table import ClassLine, Lineage
from seedmask.report.learning import TrainingHistory

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


def said(**changes):
    """What is said of one class among good ones."""
    return terminal_lines([GOOD, replace(GOOD, name="dog", **changes), replace(GOOD, name="elk")])


def test_of_good_classes_there_is_nothing_to_say():
    assert said() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pictures": FEW_IMAGES - 1}, "9 pictures: add more of this class"),
        ({"pictures": 1}, "1 picture: add more of this class"),
        ({"precision": 0.15}, "hardly knows it (average precision 0.15, chance 0.10): add pictures of this class, or"),
        ({"implausible": {"masks/crf": 0.4}}, "40% of its masks are nearly empty or nearly full: look at its maps"),
        ({"f1": {"predictions/crf": 0.3}}, "(F1 0.30), though there are masks of it: train it longer"),
        ({"companion_share": 0.85}, "grass is on 85% of its pictures: add pictures where it stands without"),
    ],
)
def test_each_thing_that_is_odd_is_said_with_what_would_help(changes, words):
    (line,) = said(**changes)
    assert ": dog (trust 0." in line
    assert words in line


def test_a_class_of_little_trust_is_not_to_be_trusted_and_another_to_be_looked_at():
    assert said(f1={"predictions/crf": 0.0})[0].startswith("not to be trusted: dog (trust 0.00)")
    assert said(companion_share=1.0)[0].startswith("to be looked at: dog (trust 0.8")


def test_reasons_of_a_class_stand_in_one_line():
    (line,) = said(pictures=6, precision=0.12, companion_share=0.9)
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
def test_little_trust_without_anything_odd_is_told_by_its_worst_part(changes, worst):
    (line,) = said(**changes)
    assert line.startswith("not to be trusted: dog")
    assert worst in line
    assert "seedmask view" in line


def test_masks_that_are_empty_excuse_the_segmenter():
    (line,) = said(implausible={"masks/crf": 0.6}, f1={"predictions/crf": 0.1})
    assert "train it longer" not in line


def test_a_segmenter_of_points_has_no_masks_to_compare_with():
    lineage = replace(LINEAGE, classifier="", masks="")
    (line,) = said(
        lineage=lineage, precision=None, chance=None, agreement={}, f1={"predictions/crf": 0.1}, implausible={}
    )
    assert "masks of it" not in line


def test_a_class_without_pictures_is_named_although_nothing_is_known_of_it():
    (line,) = said(pictures=0, precision=None, clear=None, implausible={}, f1={}, agreement={}, companion_share=None)
    assert line == "not to be trusted: dog (trust unknown): no pictures: add more of this class"


def test_where_nothing_is_known_at_all_nothing_is_said():
    assert terminal_lines([ClassLine("cow", None, Lineage()), ClassLine("dog", None, Lineage())]) == []
    assert terminal_lines([]) == []


def test_a_result_most_of_whose_classes_are_bad_is_not_to_be_trusted_as_a_whole():
    bad = [replace(GOOD, name=name, implausible={"masks/crf": 0.95}) for name in ("dog", "elk")]
    assert result_warnings([GOOD, replace(GOOD, name="fox"), *bad]) == []
    assert result_warnings([GOOD, *bad])[0].startswith(
        "This result is not to be trusted: 2 of 3 classes have a trust below 0.5."
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
