import pytest

from seedmask.classifiers.cam.options import CamOptions
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.training.held_out import hold_out

CLASSES = ("cow", "sheep", "unicorn")


def rows(cows, sheep):
    tags = [(0,)] * cows + [(1,)] * sheep
    return [Row(str(n), "a.png", "train", 4, 4, tag, "hash", None, None) for n, tag in enumerate(tags)]


def held(cows, sheep, **options):
    return hold_out(rows(cows, sheep), CLASSES, CamOptions(**options))


def test_pictures_are_held_out_where_every_class_that_occurs_has_a_hundred():
    found = held(250, 100)
    assert found.by_tags
    assert (len(found.held_out), len(found.training)) == (35, 315)
    assert found.describe() == (
        "held out: 35 of 350 pictures; kept: the epoch with the best mAP on their tags, because the rarest class, "
        "sheep, has 100 pictures, and 100 are needed"
    )


def test_none_are_held_out_where_a_class_has_fewer():
    found = held(250, 99)
    assert not found.by_tags
    assert (found.held_out, len(found.training)) == ([], 349)
    assert (
        "held out: 0 of 349 pictures; kept: the last epoch, because the rarest class, sheep, has 99" in found.describe()
    )


def test_pictures_without_a_tag_choose_nothing():
    empty = [Row(str(n), "a.png", "train", 4, 4, (), "hash", None, None) for n in range(200)]
    assert not hold_out(empty, CLASSES, CamOptions()).by_tags


@pytest.mark.parametrize(
    ("options", "tested", "by_tags"),
    [
        ({"select": "last"}, 0, False),
        ({"select": "tags"}, 2, True),
        ({"holdout": 0}, 0, False),
        ({"holdout": 0.4}, 8, False),
        ({"holdout": 0.4, "select": "last"}, 8, False),
        ({"holdout": 0.4, "select": "tags"}, 8, True),
    ],
)
def test_what_is_said_is_done_whatever_the_set(options, tested, by_tags):
    found = held(10, 10, **options)
    assert (len(found.held_out), found.by_tags) == (tested, by_tags)


def test_a_share_that_is_given_asks_for_as_many_more_pictures():
    assert held(60, 25, holdout=0.4).by_tags
    assert not held(60, 24, holdout=0.4).by_tags


def test_a_large_set_can_be_learned_whole():
    assert held(500, 500, select="last").held_out == []
    assert held(500, 500, holdout=0).held_out == []


def test_each_picture_is_learned_or_held_out_and_the_seed_draws():
    first, again, other = (held(200, 200, seed=seed) for seed in (0, 0, 1))
    assert {row.id for row in first.training} | {row.id for row in first.held_out} == {row.id for row in rows(200, 200)}
    assert first == again
    assert first.held_out != other.held_out


@pytest.mark.parametrize("options", [{"holdout": 0}, {"holdout": 0.01}])
def test_choosing_by_tags_without_held_out_pictures_is_refused(options):
    with pytest.raises(SeedmaskError, match="select: tags needs pictures to select on; set `holdout`"):
        held(10, 10, select="tags", **options)
