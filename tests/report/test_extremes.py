from seedmask.report.rankings import EACH, RankedImage, select_extremes

VARIANTS = {"masks/crf": {}, "segmenters/crf": {}, "predictions/crf": {}}


def picture(number, split="train", iou=None, disagreement=None):
    ious = {} if iou is None else {"predictions/crf": iou}
    return RankedImage(f"p{number}", split, None, disagreement, None, (), ious)


def test_worst_median_and_best_of_the_last_split_with_truth():
    pictures = [picture(0, iou=0.0), *(picture(n, "val", iou=n / 100) for n in range(1, 22)), picture(30, "web")]
    (found,) = select_extremes(pictures, VARIANTS)
    assert (found.variant, found.split) == ("predictions/crf", "val")
    words = [why.split(":")[0] for _, why in found.pictures]
    assert words == ["worst"] * EACH + ["median"] * EACH + ["best"] * EACH
    assert [name for name, _ in found.pictures[:2]] == ["p1", "p2"]
    assert found.pictures[-1] == ("p21", "best: IoU 0.21")
    assert found.pictures[EACH + 2][0] == "p11"


def test_no_picture_stands_twice():
    (found,) = select_extremes([picture(n, iou=n / 10) for n in range(5)], VARIANTS)
    assert sorted(name for name, _ in found.pictures) == [f"p{n}" for n in range(5)]


def test_without_truth_the_most_doubtful_are_shown():
    (found,) = select_extremes([picture(n, disagreement=n / 10) for n in range(3)], VARIANTS)
    assert [name for name, _ in found.pictures] == ["p2", "p1", "p0"]
    assert "the variants differ most" in found.title


def test_where_nothing_is_known_nothing_is_shown():
    assert select_extremes([picture(0)], VARIANTS) == []
    assert select_extremes([picture(0, iou=0.5)], {"seeds/cam": {}}) == []
