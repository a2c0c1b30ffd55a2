import re

import pytest

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.report.class_scores import class_report
from seedmask.storage.records import write_record
from seedmask.testing.indexing import write_index

CLASSES = ("ant", "bee", "cow", "dog", "emu")
TAGS = {"train": [(1, 2), (1, 2), (1, 3), (0,), ()], "val": [(4,), None]}
"""Of five images for training, three show a bee, two a cow, one an ant, one a dog and none an emu."""


@pytest.fixture
def results(tmp_path):
    """Results with an index and no scores."""
    folder = tmp_path / "tiny"
    rows = [row(f"{split}{k}", split, tags) for split in TAGS for k, tags in enumerate(TAGS[split])]
    write_index(folder, CLASSES, rows)
    return folder


def row(name, split, tags, mask="mask.png"):
    return Row(name, f"{name}.png", split, 8, 8, tags, "0", mask, mask and "0")


def result(*shares, mode="none", threshold=None, split="train"):
    """Scores of background and classes; a share is IoU, FP and FN in tenths, or None."""
    entries = [
        {"name": name, "images": 9 - label}  # of the truth: what is frequent there is not what is tagged often
        | dict(zip(("iou", "false_positive", "false_negative"), numbers or (None,) * 3, strict=True))
        for label, (name, numbers) in enumerate(zip(("background", *CLASSES), shares, strict=True))
    ]
    return {
        "protocol": {"split": split, "threshold_mode": mode, "threshold": threshold},
        "images": 5,
        "classes": entries,
    }


def even(iou, **protocol):
    """Every class alike."""
    return result(*[(iou, 0.1, 0.9 - iou)] * 6, **protocol)


def write(results, reference, *found, pixel_labels=()):
    folder = results / "evaluation" / reference
    folder.mkdir(parents=True)
    marks = {"pixel_labels": list(pixel_labels), "made_elsewhere": []}
    value = {"variant": reference, **marks, "results": list(found)}
    write_record(folder / "scores.json", value)


ONE = result((0.9, 0.1, 0.0), (0.1, 0.2, 0.7), (0.6, 0.4, 0.0), (0.4, 0.2, 0.4), (0.5, 0.0, 0.5), None)
"""Background, ant, bee, cow, dog; no pixel of an emu."""


def numbers(line):
    """IoU, over- and under-activation of each variant."""
    columns = [(share.iou, share.over, share.under) for share in line.shares]
    return [tuple(value if value is None else round(value, 9) for value in column) for column in columns]


def test_classes_stand_by_the_images_of_the_split_that_are_tagged_with_them(results):
    write(results, "masks/crf", even(0.5), even(0.5, split="val"))
    train = class_report(results, ["masks/crf"])
    assert [(line.name, line.images) for line in train.classes] == [
        *[("bee", 3), ("cow", 2)],
        *[("ant", 1), ("dog", 1), ("emu", 0)],  # equal counts in class order
    ]
    assert (train.dataset, train.split) == ("tiny", "train")
    val = class_report(results, ["masks/crf"], "val")
    assert [(line.name, line.images) for line in val.classes][:2] == [("emu", 1), ("ant", 0)]


def test_thirds_are_those_of_the_tagged_classes_alone(results):
    write(results, "masks/crf", even(0.5), even(0.5, split="val"))
    train = class_report(results, ["masks/crf"])
    assert [line.third for line in train.classes] == ["head", "head", "middle", "tail", ""]
    val = class_report(results, ["masks/crf"], "val")
    assert [line.third for line in val.classes] == ["head", "", "", "", ""]
    assert [numbers(line) for line in val.thirds[1:]] == [[(None, None, None)]] * 2


def test_lines_give_iou_over_and_under_activation_of_each_variant(results):
    write(results, "masks/crf", ONE)
    write(results, "masks/ppg", even(0.7))
    report = class_report(results, ["masks/ppg", "masks/crf"])
    bee = report.classes[0]
    assert numbers(bee) == [(0.7, 0.1, 0.2), (0.6, 0.4, 0.0)]
    assert bee.gain == pytest.approx(-0.1)
    assert numbers(report.background)[1] == (0.9, 0.1, 0.0)
    emu = report.classes[-1]
    assert numbers(emu) == [(0.7, 0.1, 0.2), (None, None, None)]
    assert emu.gain is None


def test_means_are_over_the_classes_of_a_third_and_over_all_with_background(results):
    write(results, "masks/crf", ONE)
    report = class_report(results, ["masks/crf"])
    assert [(line.third, *numbers(line)) for line in report.thirds] == [
        ("head", (0.5, 0.3, 0.2)),  # bee and cow
        ("middle", (0.1, 0.2, 0.7)),
        ("tail", (0.5, 0.0, 0.5)),
    ]
    assert numbers(report.all) == [(2.5 / 5, 0.9 / 5, 1.6 / 5)]  # the emu is in no mean


def test_a_variant_stands_for_all_its_replicates_that_have_scores(results):
    for name, iou, threshold in [("sfc", 0.2, 0.1), ("sfc.1", 0.3, 0.2), ("sfc.3", 0.7, 0.6)]:
        write(results, f"seeds/{name}", even(iou, mode="label_free", threshold=threshold))
    for other in ("sfc2", "sfc.old", "xsfc"):
        write(results, f"seeds/{other}", even(0.9, mode="label_free", threshold=0.9))
    report = class_report(results, ["seeds/sfc", "seeds/sfc.3"])
    together, alone = report.variants
    assert (together.name, len(together.runs), together.threshold) == ("seeds/sfc", 3, pytest.approx(0.3))
    assert (alone.name, len(alone.runs), alone.threshold) == ("seeds/sfc.3", 1, 0.6)
    assert numbers(report.classes[0]) == [(0.4, 0.1, 0.5), (0.7, 0.1, 0.2)]
    assert report.classes[0].gain == pytest.approx(0.3)


def test_the_mean_of_all_over_replicates_is_the_mean_of_their_miou(results):
    """Also where a class is undefined in one run: 0.5 of five classes and 0.8 of six, each run counts once."""
    write(results, "predictions/ce", ONE)
    write(results, "predictions/ce.1", even(0.8))
    report = class_report(results, ["predictions/ce"])
    assert report.all.shares[0].iou == pytest.approx(0.65)
    assert report.classes[-1].shares[0].iou == pytest.approx(0.8)


def test_seeds_use_the_label_free_threshold_unless_another_is_named(results):
    modes = {"label_free": (0.4, 0.25), "oracle": (0.6, 0.5)}
    write(results, "seeds/cam", *(even(iou, mode=mode, threshold=t) for mode, (iou, t) in modes.items()))
    write(results, "masks/crf", even(0.7, mode="fixed", threshold=0.3))
    plain = class_report(results, ["seeds/cam", "masks/crf"])
    assert [v.threshold_text for v in plain.variants] == ["label_free 0.250", "fixed 0.300"]
    assert [s.iou for s in plain.background.shares] == [0.4, 0.7]
    oracle = class_report(results, ["seeds/cam", "masks/crf"], threshold="oracle")
    assert [v.threshold_text for v in oracle.variants] == ["oracle 0.500", "fixed 0.300"]
    assert [s.iou for s in oracle.background.shares] == [0.6, 0.7]


def test_pixel_labels_are_known_of_the_threshold_and_of_what_a_variant_is_made_from(results):
    write(results, "seeds/cam", even(0.4, mode="label_free"), even(0.4, mode="oracle"))
    write(results, "predictions/full", even(0.4), pixel_labels=["segmenters/full: learns from truth masks"])
    for threshold, marks in [(None, [False, True]), ("oracle", [True, True])]:
        report = class_report(results, ["seeds/cam", "predictions/full"], threshold=threshold)
        assert [variant.pixel_labels for variant in report.variants] == marks


@pytest.mark.parametrize(
    ("references", "choice", "message"),
    [
        (["seeds/cma"], {}, "holds no 'seeds/cma'; there are scores of: masks/crf, seeds/cam"),
        (["masks/new"], {}, "masks/new/scores.json: is missing; run snakemake to make it, or name one that has scores"),
        (["masks/crf"], {"split": "test"}, "has no split 'test'; there are: train, val"),
        (["masks/crf"], {"split": "val"}, "crf/scores.json: has no scores on val; it has them on: train"),
        (["seeds/cam"], {"threshold": "best"}, "no scores at threshold 'best'; choose with --threshold: label_free"),
        (["masks/crf"], {"threshold": "oracle"}, "--threshold oracle chooses among scores of seeds, and none is named"),
        (["masks/crf"] * 7, {}, "7 variants side by side; name 6 at most"),
    ],
)
def test_missing_names_are_refused_with_those_that_exist(results, references, choice, message):
    write(results, "masks/crf", even(0.5))
    write(results, "seeds/cam", even(0.5, mode="label_free"))
    (results / "masks/new").mkdir(parents=True)
    with pytest.raises(SeedmaskError, match=re.escape(message)):
        class_report(results, references, **choice)


def test_a_folder_without_an_index_is_no_results(tmp_path):
    with pytest.raises(SeedmaskError, match="holds no index; name a folder like results/stamps"):
        class_report(tmp_path, ["masks/crf"])


def test_scores_of_other_classes_are_refused(results):
    write(results, "masks/crf", even(0.5))
    write_index(results, ("ant", "bee", "cow", "dog", "elk"), [row("a", "train", (1,))])
    with pytest.raises(SeedmaskError, match=r"scores\.json: has other classes than the index; run snakemake"):
        class_report(results, ["masks/crf"])


def test_a_split_needs_truth_and_tags(results):
    rows = [row("a", "bare", (1,), mask=None), row("b", "train", (1,)), row("c", "untagged", None)]
    write_index(results, CLASSES, rows)
    with pytest.raises(SeedmaskError, match=r"split bare has a truth mask.* those with truth: train, untagged"):
        class_report(results, ["masks/crf"], "bare")
    with pytest.raises(SeedmaskError, match=r"split untagged is tagged with a class.* add tags"):
        class_report(results, ["masks/crf"], "untagged")
