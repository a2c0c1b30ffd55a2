import pytest
from scipy.stats import spearmanr

from seedmask.errors import SeedmaskError
from seedmask.report.rankings import RankedImage, images_csv, order_images, rank_correlations, ranked, read_images
from seedmask.storage.records import write_proved


def picture(name, split="train", disagreement=None, confidence=None, iou=None, **more):
    fields = {"tag_mismatch": None, "unsupported": (), "ious": {} if iou is None else {"masks/crf": iou}}
    return RankedImage(name, split, confidence, disagreement, **fields | more)


def test_the_most_doubtful_comes_first_and_the_unknown_is_left_out():
    pictures = [picture("a", disagreement=0.1), picture("b", disagreement=0.9), picture("c")]
    assert [p.id for p in ranked(pictures, "disagreement")] == ["b", "a"]
    sure = [picture("d", confidence=0.2), picture("e", confidence=0.1)]
    assert [p.id for p in ranked([*pictures, *sure], "confidence")] == ["e", "d"]


def test_pictures_with_equal_doubt_keep_their_order():
    assert [p.id for p in ranked([picture(name, disagreement=0.5) for name in "cab"], "disagreement")] == [
        "c",
        "a",
        "b",
    ]


def test_a_low_iou_comes_first_too():
    assert [p.id for p in ranked([picture("a", iou=0.9), picture("b", iou=0.1)], "masks/crf")] == ["b", "a"]


def test_correlation_is_spearmans_with_a_low_iou():
    doubts, ious = [0.1, 0.4, 0.2, 0.9], [0.8, 0.5, 0.9, 0.1]
    pictures = [picture(str(n), disagreement=d, iou=i) for n, (d, i) in enumerate(zip(doubts, ious, strict=True))]
    (found,) = rank_correlations(pictures)
    assert (found.split, found.variant, found.measure, found.images) == ("train", "masks/crf", "disagreement", 4)
    assert found.spearman == pytest.approx(spearmanr(doubts, [1 - iou for iou in ious]).statistic)


@pytest.mark.parametrize("ious", [(0.5, 0.5, 0.5), (0.1, 0.2)])
def test_correlation_of_too_few_or_equal_numbers_is_undefined(ious):
    pictures = [picture(str(n), confidence=n / 10, iou=iou) for n, iou in enumerate(ious)]
    assert [one.spearman for one in rank_correlations(pictures)] == [None]


def test_splits_are_judged_apart():
    pictures = [picture(f"{s}{n}", split=s, confidence=n / 9, iou=n / 9) for s in ("train", "val") for n in range(4)]
    assert [(one.split, one.images) for one in rank_correlations(pictures)] == [("train", 4), ("val", 4)]


def test_what_is_written_is_read_back(tmp_path):
    pictures = [
        picture('say "a", b\n', disagreement=0.125, confidence=1.0, tag_mismatch=0.5, unsupported=("cow & calf", "ox")),
        picture("plain", split="val", iou=0.25),
    ]
    (tmp_path / "report").mkdir()
    write_proved(tmp_path / "report" / "images.csv", images_csv(pictures, ["masks/crf", "predictions/crf"]))
    assert read_images(tmp_path) == pictures


def test_a_run_that_has_not_come_so_far_is_named(tmp_path):
    with pytest.raises(SeedmaskError, match=r"images\.csv: is missing.*run snakemake"):
        read_images(tmp_path)


def test_a_split_and_a_variant_can_be_chosen():
    pictures = [
        picture("a", ious={"masks/crf": 0.5, "masks/par": 0.1}),
        picture("b", ious={"masks/crf": 0.4, "masks/par": 0.3}),
        picture("c", split="val", ious={"masks/crf": 0.1}),
    ]
    assert order_images(pictures, "iou", None, None).variant == "masks/par"
    assert [p.id for p in order_images(pictures, "iou", "masks/crf", "train").pictures] == ["b", "a"]
    assert [p.id for p in order_images(pictures, "iou", "masks/crf", None).pictures] == ["c", "b", "a"]


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
        order_images([picture("a", iou=0.5)], by, variant, split)
