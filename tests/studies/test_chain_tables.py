"""Tables of the study of chains, on invented numbers and on a small finished run."""

import re
from dataclasses import replace

import numpy as np
import pytest
from chain_label_free import (
    Known,
    LabelFree,
    agreeing_pixels,
    agreements,
    label_free_numbers,
    refined_seeds,
    salient_pixels,
    trusted_lines,
)
from chain_tables import (
    chain_minutes,
    class_trusts,
    first_runs,
    label_free_table,
    picture_correlations,
    picture_table,
    rank_correlation,
    score_table,
    set_tables,
    side_by_side,
    trust_table,
)
from results_kit import draw_report, make_run

from seedmask.evaluation.bootstrap import PairedDifference
from seedmask.report.chain import Chain
from seedmask.report.class_table import ClassLine, Lineage
from seedmask.report.comparison import Line, ScoredRun
from seedmask.report.rankings import RankedImage
from seedmask.report.scores import NUMBERS, Score, Summary
from seedmask.report.terms import Terms
from seedmask.report.times import VariantTime

VARIANTS = {
    "classifiers": {"cam": {}},
    "seeds": {"cam": {"from": "classifiers/cam"}},
    "masks": {
        "cam_threshold": {"from": "seeds/cam", "method": "threshold"},
        "cam_crf": {"from": "seeds/cam", "method": "crf", "threshold": {"mode": "fixed", "value": 0.4}},
    },
    "segmenters": {"baseline": {"from": "masks/cam_crf", "replicates": 2}},
    "predictions": {"baseline": {"from": "segmenters/baseline"}},
}


def score(variant="masks/x", miou=0.5, split="train", replicate=0, pixel_labels=""):
    numbers = {**dict.fromkeys(NUMBERS), "miou": miou}
    return Score(split, variant, replicate, "none", None, pixel_labels, "", numbers, 4, 4, Terms(), {})


def known(**numbers):
    return LabelFree(**numbers)


def cells(table):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_a_line_of_scores_has_mean_deviation_difference_thirds_and_time(tmp_path):
    numbers, deviations = (
        {**dict.fromkeys(NUMBERS), "miou": m, "boundary_miou": b} for m, b in ((0.5, 0.3), (0.01, 0.02))
    )
    groups = {"head": 0.6, "middle": None, "tail": 0.4}
    row = Summary("train", "masks/x", 3, "none", None, "truth", "", numbers, deviations, 4, 4, Terms(), {}, groups, ())
    line = Line(ScoredRun("run", tmp_path, (row,)), row, PairedDifference(-0.1, -0.2, 0.05))
    head, rule, values = cells(score_table([line], {"masks/x": 2.25}))
    assert len(head) == len(rule) == len(values)
    assert values == [
        "masks/x (uses pixel labels)",
        "train",
        "0.500 ± 0.010",
        "-0.100 [-0.200, +0.050]",
        *("0.600", "-", "0.400"),
        "0.300 ± 0.020",
        "2.2",
    ]


def test_minutes_are_those_of_a_result_and_of_all_it_is_made_from():
    seconds = {"seeds/cam": 60, "masks/x": 30, "masks/x fit": 15, "masks/xy": 600, "evaluation/masks/x": 600}
    times = [VariantTime(name, 1, float(one), 0, 0.0, 0.0) for name, one in seconds.items()]
    assert chain_minutes(["masks/x", "seeds/cam"], times) == 1.75


def test_runs_that_are_compared_without_truth_are_the_first_on_training_pictures():
    wanted = score("masks/a")
    others = [score("seeds/a"), score(split="val"), score(replicate=1), score(pixel_labels="learns from truth masks")]
    assert first_runs([*others, wanted], "masks") == [wanted]


def test_a_label_free_table_begins_with_the_best_and_ends_with_rank_correlations():
    compared = [
        (known(trust=0.1, agreement=0.9), score("masks/low", 0.2)),
        (known(trust=0.3, agreement=0.2), score("masks/high", 0.6)),
        (known(trust=0.2, agreement=0.4), score("masks/middle", 0.4)),
    ]
    head, _, *lines, last = cells(label_free_table(compared))
    assert [line[0] for line in lines] == ["masks/high", "masks/middle", "masks/low"]
    assert dict(zip(head, last, strict=True)) == {
        "": "Spearman with the mIoU",
        "mIoU": "",
        "trust": "+1.00",
        "F1 of tags": "-",
        "agreement with other masks": "-1.00",
        "change by the CRF": "-",
        "activation in the masks": "-",
        "IoU with what stands out": "-",
    }


def test_a_rank_correlation_leaves_out_what_is_not_known():
    compared = [
        (known(tags=t), score(miou=m)) for t, m in ((0.1, 0.1), (0.2, 0.2), (None, 0.9), (0.3, 0.3), (0.9, None))
    ]
    assert rank_correlation(compared, "tags") == pytest.approx(1)
    assert rank_correlation(compared[:2], "tags") is None


def test_agreement_is_the_share_of_either_object_that_has_one_class_in_both():
    first = np.array([[1, 1, 0, 2, 255]], np.uint8)
    second = np.array([[1, 2, 0, 255, 1]], np.uint8)
    shares = agreements(*agreeing_pixels([first, second]))
    assert shares.tolist() == [[1, 0.5], [0.5, 1]]


def test_masks_without_an_object_have_no_agreement():
    assert np.isnan(agreements(*agreeing_pixels([np.zeros((2, 2), np.uint8)] * 2))).all()


def test_the_crf_is_that_of_the_nearest_seeds_that_have_one():
    measured = ["masks/a_threshold", "masks/a_crf", "masks/b_threshold"]
    assert refined_seeds(["masks/x", "seeds/b", "seeds/a"], measured) == ("masks/a_threshold", "masks/a_crf")
    assert refined_seeds(["masks/x", "seeds/b"], measured) is None


def test_trust_is_about_the_result_that_is_named():
    line = ClassLine("cow", 4, Lineage(masks="masks/a"), clear=0.9, implausible={"masks/a": 0.5, "masks/b": 0.0},
                     f1={"predictions/b": 0.25}, agreement={"predictions/b": 0.5})  # fmt: skip
    tested = [{"average_precision": 0.75, "chance": 0.5}]
    (of_masks,) = trusted_lines([line], Chain(masks="masks/b", end="masks/b"), [0.5], tested)
    assert of_masks.parts.counted() == {"knows": 0.5, "clear": 0.5, "fits": 1.0}
    predicted = Chain(masks="masks/b", predictions="predictions/b", end="predictions/b")
    (of_predictions,) = trusted_lines([line], predicted, [0.5], tested)
    assert of_predictions.parts.counted() == {"clear": 0.5, "fits": 1.0, "finds": 0.25, "agrees": 0.5}
    (unknown,) = trusted_lines([line], Chain(end="masks/c"), None, None)
    assert unknown.trust is None


@pytest.fixture
def finished(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_run(variants=VARIANTS)
    draw_report(plan)
    for reference, seconds in (("classifiers/cam", 60), ("segmenters/baseline", 120), ("segmenters/baseline.1", 180)):
        (plan.results / reference / "benchmark.tsv").write_text(f"s\tmax_rss\n{seconds}\t100\n")
    return plan


def test_the_tables_of_a_set_have_every_result_once(finished):
    text = set_tables(finished)
    parts = re.split(r"^(?=\w.*:$)", text, flags=re.MULTILINE)[1:]
    assert [re.split("[,:]", part)[0] for part in parts] == [
        "seeds",
        "masks",
        "predictions",
        *("masks of train", "pictures of masks of train", "trust of classes in masks of train"),
        *("predictions of train", "pictures of predictions of train", "trust of classes in predictions of train"),
    ]
    lines = {line[0]: line for part in parts[:3] for line in cells(part)}
    assert lines["masks/cam_crf"][3] == "-"
    assert lines["masks/cam_threshold"][3] == "+0.000 [+0.000, +0.000]"
    assert lines["seeds/cam"][-1] == "1.0"
    assert lines["predictions/baseline"][-1] == "3.0"
    assert lines["predictions/baseline"][2].endswith("± 0.000")


def test_sets_stand_side_by_side(finished):
    (masks, predictions) = side_by_side({"a": finished, "b": finished}).split("\n\npredictions")
    head, _, first, second = cells(masks.partition("\n\n")[2])
    assert head == ["", "a, train", "b, train"]
    assert [first[0], second[0]] == ["masks/cam_threshold", "masks/cam_crf"]
    assert second[1] == second[2] == set_tables(finished).partition("| masks/cam_crf | train | ")[2].split(" ")[0]
    assert "± 0.000" in predictions


def test_numbers_without_truth_are_read_from_masks_seeds_and_report(finished):
    found = label_free_numbers(finished)
    assert [*found.results] == ["masks/cam_threshold", "masks/cam_crf", "predictions/baseline"]
    mask = found.results["masks/cam_crf"]
    assert (mask.agreement, mask.crf_change, mask.tags) == (1, 0, 1)
    assert mask.activation == pytest.approx(np.linspace(1, 0, 16)[:8].mean(), abs=0.01)
    assert 0 < mask.trust < 1
    pictures = found.pictures["masks/cam_crf"]
    assert {(one.agreement, one.crf_change, one.tags, one.salient) for one in pictures.values()} == {(1, 0, 1, None)}
    assert np.mean([one.activation for one in pictures.values()]) == pytest.approx(mask.activation, abs=0.05)
    assert mask.trust == pytest.approx(np.mean([*found.trust["masks/cam_crf"].values()]))


def test_what_stands_out_is_compared_with_all_that_has_a_class():
    masks = [np.array([[1, 2, 0, 0, 255]], np.uint8), np.array([[0, 0, 0, 0, 1]], np.uint8)]
    saliency = np.array([[0.9, 0.1, 0.9, 0.1, 0.9]], np.float32)
    assert salient_pixels(masks, saliency).tolist() == [[1, 1], [3, 3]]


def test_pictures_have_a_rank_correlation_in_each_result_that_has_enough_of_them():
    numbers = {"a": 0.1, "b": 0.2, "c": 0.3}
    shown = [
        RankedImage(name, "train", None, None, None, (), {"masks/x": 1 - value}) for name, value in numbers.items()
    ]
    pictures = {"masks/x": {name: known(agreement=value) for name, value in numbers.items()}}
    found = picture_correlations(Known({}, pictures, {}), [*shown, replace(shown[0], split="val")], ["masks/x"])
    assert found == {"agreement": {"masks/x": pytest.approx(-1)}}
    assert cells(picture_table({"agreement": {"masks/x": 0.5, "masks/y": 0.1}}))[-1] == [
        *("agreement with other masks", "2", "+0.30", "+0.10", "+0.50")
    ]


def test_trust_is_tried_at_each_limit_on_bad_and_good_classes():
    lines = {line[0]: line[1:] for line in cells(trust_table([(0.4, 0.1), (0.6, 0.19), (0.5, 0.2), (0.9, 0.8)]))}
    assert lines["trust below"] == ["of 2 with an IoU below 0.2", "of 2 with at least 0.2"]
    assert (lines["0.40"], lines["0.55"], lines["0.65"]) == (["0%", "0%"], ["50%", "50%"], ["100%", "50%"])


def test_classes_of_unknown_trust_or_iou_are_left_out():
    trust = {"masks/x": {"cow": 0.4, "dog": None, "cat": 0.3}}
    scored = [replace(score(), classes={"cow": 0.5, "dog": 0.5, "cat": None})]
    assert class_trusts(Known({}, {}, trust), scored) == [(0.4, 0.5)]
