import pytest
from scipy.stats import spearmanr

from seedmask.errors import SeedmaskError
from seedmask.report.rankings import (
    EACH,
    RankedImage,
    images_csv,
    order_images,
    rank_correlations,
    ranked,
    read_images,
    select_extremes,
)
from seedmask.storage.records import write_proved


def image(name, split="train", disagreement=None, confidence=None, iou=None, **more):
    fields = {"tag_mismatch": None, "unsupported": (), "ious": {} if iou is None else {"masks/crf": iou}}
    return RankedImage(name, split, confidence, disagreement, **fields | more)


def test_the_most_doubtful_comes_first_and_the_unknown_is_left_out():
    images = [image("a", disagreement=0.1), image("b", disagreement=0.9), image("c")]
    assert [p.id for p in ranked(images, "disagreement")] == ["b", "a"]
    sure = [image("d", confidence=0.2), image("e", confidence=0.1)]
    assert [p.id for p in ranked([*images, *sure], "confidence")] == ["e", "d"]


def test_pictures_with_equal_doubt_keep_their_order():
    assert [p.id for p in ranked([image(name, disagreement=0.5) for name in "cab"], "disagreement")] == [
        "c",
        "a",
        "b",
    ]


def test_a_low_iou_comes_first_too():
    assert [p.id for p in ranked([image("a", iou=0.9), image("b", iou=0.1)], "masks/crf")] == ["b", "a"]


def test_correlation_is_spearmans_with_a_low_iou():
    doubts, ious = [0.1, 0.4, 0.2, 0.9], [0.8, 0.5, 0.9, 0.1]
    images = [image(str(n), disagreement=d, iou=i) for n, (d, i) in enumerate(zip(doubts, ious, strict=True))]
    (found,) = rank_correlations(images)
    assert (found.split, found.variant, found.measure, found.images) == ("train", "masks/crf", "disagreement", 4)
    assert found.spearman == pytest.approx(spearmanr(doubts, [1 - iou for iou in ious]).statistic)


@pytest.mark.parametrize("ious", [(0.5, 0.5, 0.5), (0.1, 0.2)])
def test_correlation_of_too_few_or_equal_numbers_is_undefined(ious):
    images = [image(str(n), confidence=n / 10, iou=iou) for n, iou in enumerate(ious)]
    assert [one.spearman for one in rank_correlations(images)] == [None]


def test_splits_are_correlated_separately():
    images = [image(f"{s}{n}", split=s, confidence=n / 9, iou=n / 9) for s in ("train", "val") for n in range(4)]
    assert [(one.split, one.images) for one in rank_correlations(images)] == [("train", 4), ("val", 4)]


def test_what_is_written_is_read_back(tmp_path):
    images = [
        image('say "a", b\n', disagreement=0.125, confidence=1.0, tag_mismatch=0.5, unsupported=("cow & calf", "ox")),
        image("plain", split="val", iou=0.25),
    ]
    (tmp_path / "report").mkdir()
    write_proved(tmp_path / "report" / "images.csv", images_csv(images, ["masks/crf", "predictions/crf"]))
    assert read_images(tmp_path) == images


def test_a_run_that_has_not_come_so_far_is_named(tmp_path):
    with pytest.raises(SeedmaskError, match=r"images\.csv: is missing.*run snakemake"):
        read_images(tmp_path)


def test_a_split_and_a_variant_can_be_chosen():
    images = [
        image("a", ious={"masks/crf": 0.5, "masks/par": 0.1}),
        image("b", ious={"masks/crf": 0.4, "masks/par": 0.3}),
        image("c", split="val", ious={"masks/crf": 0.1}),
    ]
    assert order_images(images, "iou", None, None).variant == "masks/par"
    assert [p.id for p in order_images(images, "iou", "masks/crf", "train").images] == ["b", "a"]
    assert [p.id for p in order_images(images, "iou", "masks/crf", None).images] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("by", "variant", "split", "message"),
    [
        ("iou", None, "test", "no pictures of split 'test'; there are: train"),
        ("iou", "masks/par", None, "masks/par has no IoU of these pictures; there are: masks/crf"),
        ("disagreement", None, None, "needs two variants of masks or predictions"),
    ],
)
def test_what_cannot_be_ordered_says_why(by, variant, split, message):
    with pytest.raises(SeedmaskError, match=message):
        order_images([image("a", iou=0.5)], by, variant, split)


VARIANTS = {"masks/crf": {}, "segmenters/crf": {}, "predictions/crf": {}}


def candidate(number, split="train", iou=None, disagreement=None):
    ious = {} if iou is None else {"predictions/crf": iou}
    return RankedImage(f"p{number}", split, None, disagreement, None, (), ious)


def test_worst_median_and_best_of_the_last_split_with_truth():
    images = [candidate(0, iou=0.0), *(candidate(n, "val", iou=n / 100) for n in range(1, 22)), candidate(30, "web")]
    (found,) = select_extremes(images, VARIANTS)
    assert (found.variant, found.split) == ("predictions/crf", "val")
    words = [why.split(":")[0] for _, why in found.images]
    assert words == ["worst"] * EACH + ["median"] * EACH + ["best"] * EACH
    assert [name for name, _ in found.images[:2]] == ["p1", "p2"]
    assert found.images[-1] == ("p21", "best: IoU 0.21")
    assert found.images[EACH + 2][0] == "p11"


def test_no_picture_stands_twice():
    (found,) = select_extremes([candidate(n, iou=n / 10) for n in range(5)], VARIANTS)
    assert sorted(name for name, _ in found.images) == [f"p{n}" for n in range(5)]


def test_without_truth_the_most_doubtful_are_shown():
    (found,) = select_extremes([candidate(n, disagreement=n / 10) for n in range(3)], VARIANTS)
    assert [name for name, _ in found.images] == ["p2", "p1", "p0"]
    assert "the variants differ most" in found.title


def test_where_nothing_is_known_nothing_is_shown():
    assert select_extremes([candidate(0)], VARIANTS) == []
    assert select_extremes([candidate(0, iou=0.5)], {"seeds/cam": {}}) == []
