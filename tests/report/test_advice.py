from seedmask.dataset.index import Row
from seedmask.report.advice import LISTED, list_advice
from seedmask.report.rankings import RankedImage
from seedmask.report.scores import Summary

CLASSES = {"background": 0.9, "cow": 0.6, "sheep": 0.6, "goat": 0.6, "ant": 0.1}


def score(variant="predictions/crf", miou=0.5, mode="none", labels="", classes=CLASSES):
    numbers = {"miou": miou}
    return Summary("val", variant, 1, mode, None, labels, numbers, {}, 4, 5, "", classes, {}, ())


def picture(name, **more):
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
    pictures = [picture("a", unsupported=("ant",)), picture("b"), picture("c", unsupported=("ant", "cow"))]
    (found,) = list_advice([], pictures, [row(p.id) for p in pictures])
    assert found.title == "Tags that no mask supports"
    assert found.entries == ("a: ant", "c: ant, cow")
    assert "In 2 of 3 tagged pictures" in found.why
    assert "ant (2), cow (1)" in found.why


def test_a_long_list_says_how_many_it_leaves_out():
    pictures = [picture(str(n), unsupported=("ant",)) for n in range(LISTED + 3)]
    (found,) = list_advice([], pictures, [])
    assert (len(found.entries), found.more) == (LISTED, 3)


def test_doubtful_pictures_come_with_the_measure():
    pictures = [picture("a", disagreement=0.2, confidence=0.9), picture("b", disagreement=0.7, confidence=0.3)]
    found = {one.title: one.entries for one in list_advice([], pictures, [])}
    assert found["Disagreement, val"] == ("b (0.70)", "a (0.20)")
    assert found["Confidence, val"] == ("b (0.30)", "a (0.90)")


def test_where_nothing_differs_there_is_nothing_to_say():
    assert list_advice([], [picture("a", disagreement=0.0, tag_mismatch=0.0)], []) == []
