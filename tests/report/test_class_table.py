from dataclasses import replace

import pytest

from seedmask.dataset.index import Index, Row
from seedmask.errors import SeedmaskError
from seedmask.evaluation.label_free import ClassCounts
from seedmask.report.class_table import (
    ClassLine,
    Lineage,
    class_lines,
    classes_csv,
    lineage_of,
    read_classes,
    trust_correlations,
)
from seedmask.report.scores import Score
from seedmask.report.terms import Terms
from seedmask.storage.records import write_proved

LINEAGE = Lineage("classifiers/cam", "five folds", "seeds/cam", "masks/crf", "segmenters/crf", "predictions/crf")
COW = ClassLine(
    "cow & calf, brown",
    12,
    LINEAGE,
    precision=0.75,
    chance=0.5,
    clear=0.5,
    companion="sheep",
    companion_share=0.25,
    implausible={"masks/crf": 0.5, "predictions/crf": 0.75},
    f1={"masks/crf": 1.0, "predictions/crf": 0.5},
    agreement={"masks/crf": None, "predictions/crf": 0.5},
)
VARIANTS = ("masks/crf", "predictions/crf")


def test_trust_is_made_of_what_is_known_along_the_lineage():
    assert vars(COW.parts) == {"knows": 0.5, "clear": 0.5, "fits": 0.5, "finds": 0.5, "agrees": 0.5}
    assert COW.trust == pytest.approx(0.5)


def test_without_masks_predictions_count_and_without_predictions_masks_alone():
    assert replace(COW, lineage=replace(LINEAGE, masks="")).parts.fits == 0.25
    alone = replace(COW, lineage=replace(LINEAGE, segmenter="", predictions=""))
    assert alone.parts.counted() == {"knows": 0.5, "clear": 0.5, "fits": 0.5}


def test_a_class_of_which_nothing_is_known_has_no_trust():
    assert ClassLine("ant", None, Lineage()).trust is None


def test_what_is_written_is_read_again(tmp_path):
    lines = [COW, ClassLine("sheep", None, LINEAGE), ClassLine("dog", 0, LINEAGE, agreement={"predictions/crf": 0.0})]
    (tmp_path / "report").mkdir()
    write_proved(tmp_path / "report" / "classes.csv", classes_csv(lines, VARIANTS))
    found = read_classes(tmp_path)
    assert found[0] == COW
    assert [line.trust for line in found] == [line.trust for line in lines]
    assert [line.images for line in found] == [12, None, 0]


def test_a_missing_table_is_reported_with_the_remedy(tmp_path):
    with pytest.raises(SeedmaskError, match=r"classes\.csv: is missing, so the run is not complete; run snakemake"):
        read_classes(tmp_path)


def made_from(*sources):
    return {"from": list(sources)}


GRAPH = {
    "classifiers/cam": made_from(),
    "seeds/cam": made_from("classifiers/cam"),
    "masks/plain": made_from("seeds/cam"),
    "masks/crf": made_from("seeds/cam"),
    "segmenters/crf": made_from("masks/crf"),
    "segmenters/crf.1": made_from("masks/crf"),
    "segmenters/true": made_from(),
    "predictions/crf": made_from("segmenters/crf"),
    "predictions/crf.1": made_from("segmenters/crf.1"),
    "predictions/true": made_from("segmenters/true"),
}
TAG_SCORES = {"classifiers/cam": {"how": "five folds", "classes": [{"average_precision": 0.7, "chance": 0.4}] * 2}}


def uses_labels(*names):
    return {name: name == "predictions/true" for name in names}


@pytest.mark.parametrize(
    ("names", "lineage"),
    [
        (["masks/plain", "masks/crf", "predictions/crf", "predictions/crf.1", "predictions/true"], LINEAGE),
        (["masks/plain", "masks/crf"], Lineage("classifiers/cam", "five folds", "seeds/cam", "masks/crf")),
        (["predictions/true"], Lineage(segmenter="segmenters/true", predictions="predictions/true")),
        ([], Lineage("classifiers/cam", "five folds")),
    ],
)
def test_the_lineage_leads_to_the_furthest_result_that_used_no_pixel_labels(names, lineage):
    assert lineage_of(uses_labels(*names), GRAPH, TAG_SCORES) == lineage


def test_a_lineage_may_have_no_classifier():
    assert lineage_of(uses_labels("masks/crf"), GRAPH, {}) == Lineage(seeds="seeds/cam", masks="masks/crf")
    assert lineage_of({}, {}, {}) == Lineage()


def row(name, split, tags):
    return Row(name, f"{name}.jpg", split, 4, 4, tags, "", None, None)


def test_a_line_a_class_has_what_tags_counts_and_the_classifier_say():
    rows = (row("a", "train", (0, 1)), row("b", "train", (0,)), row("c", "train", None), row("d", "val", (1,)))
    lineage = Lineage("classifiers/cam", "five folds", "seeds/cam", "masks/crf")
    cow, sheep = class_lines(Index(("cow", "sheep"), rows), lineage, TAG_SCORES, {"masks/crf": ClassCounts(2, 0.01)})
    assert (cow.images, cow.companion, cow.companion_share) == (2, "sheep", 0.5)
    assert (sheep.images, sheep.companion, sheep.companion_share) == (1, "cow", 1.0)
    assert (cow.precision, cow.chance) == (0.7, 0.4)
    assert cow.implausible == {"masks/crf": None}


def test_where_no_training_picture_has_tags_their_number_is_not_known():
    index = Index(("cow",), (row("a", "train", None), row("b", "val", (0,))))
    (cow,) = class_lines(index, Lineage(), {}, {})
    assert (cow.images, cow.companion, cow.trust) == (None, "", None)


def score(variant, split="train", **classes):
    return Score(split, variant, 0, "none", None, "", "", {}, 4, 4, Terms(), classes)


def test_the_correlation_is_that_of_trust_with_the_iou_of_the_lineage_s_masks_and_predictions():
    lines = [
        replace(COW, name=name, clear=clear)
        for name, clear in (("ant", 0.6), ("bee", 0.8), ("cow", 1.0), ("dog", None))
    ]
    scores = [
        score("masks/crf", background=0.9, ant=0.1, bee=0.5, cow=0.7),
        score("masks/plain", background=0.9, ant=0.7, bee=0.5, cow=0.1),
        score("predictions/crf", "val", background=0.9, ant=0.7, bee=0.5, cow=0.3, dog=None),
    ]
    found = [(one.split, one.variant, one.spearman, one.classes) for one in trust_correlations(lines, scores)]
    assert found == [("train", "masks/crf", pytest.approx(1), 3), ("val", "predictions/crf", pytest.approx(-1), 3)]


def test_two_classes_have_no_rank_correlation_and_no_truth_none_either():
    assert trust_correlations([COW, replace(COW, name="sheep")], [score("masks/crf", sheep=0.5)]) == []
    assert trust_correlations([], [score("masks/crf", sheep=0.5)]) == []
    assert trust_correlations([COW], []) == []
