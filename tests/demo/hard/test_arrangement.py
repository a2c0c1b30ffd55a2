from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from seedmask.demo.hard.arrangement import arrange, draw_classes, frequencies
from seedmask.demo.hard.difficulty import Difficulty
from seedmask.demo.hard.kinds import KINDS, NAMES
from seedmask.demo.hard.raster import PixelBox, rastered
from seedmask.demo.scene import picture_rng
from seedmask.errors import SeedmaskError

GROUNDS = {kind.name: kind.ground for kind in KINDS}
COMPANIONS = {kind.name: kind.companion for kind in KINDS}
DEFAULT = Difficulty()
SIZE = (160, 120)
PIXELS = 160 * 120


def near(share, count):
    """What a share drawn `count` times may come out as: four standard deviations, and what found no place."""
    return pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / count) + 0.03)


def tags(arrangement):
    return {thing.name for thing in arrangement.things}


@cache
def silhouette(figure, size):
    """Pixels of a figure in the picture, and how many it has in and around it."""
    box, pixels = figure.silhouette()
    picture = np.zeros((size[1], size[0]), bool)
    inner = box.within(size)
    if not inner.empty:
        part = pixels[inner.top - box.top : inner.bottom - box.top, inner.left - box.left : inner.right - box.left]
        picture[inner.slices()] = part
    return picture, int(pixels.sum())


def cut_off(thing, size):
    picture, whole = silhouette(thing, size)
    return 1 - picture.sum() / whole


def hidden_by(arrangement):
    """For every thing after the first, the most that it hides of what was seen of a thing before it."""
    before, shares = [], []
    for thing in arrangement.things:
        picture, _ = silhouette(thing, arrangement.size)
        if before:
            shares.append(max((other & picture).sum() / max(other.sum(), 1) for other in before))
        before = [*(other & ~picture for other in before), picture]
    return shares


def at(figure, size):
    """Row and column of a figure's foot, or of its middle if it does not stand, within the picture."""
    standing = next(kind.standing for kind in KINDS if kind.name == figure.name)
    box, _ = figure.silhouette()
    row = box.bottom - 1 if standing else figure.position.y
    return min(max(int(row), 0), size[1] - 1), min(max(int(figure.position.x), 0), size[0] - 1)


def test_frequencies_fall_as_a_power_of_the_rank_down_to_a_floor():
    chances = frequencies(DEFAULT)
    assert sum(chances) == pytest.approx(1)
    assert chances[3] / chances[0] == pytest.approx(4**-0.75)
    assert chances[-1] / chances[0] == pytest.approx(0.2)
    assert all(common >= rare for common, rare in pairwise(chances))


def test_pictures_have_a_long_tail_of_classes(train):
    counts = Counter(name for arrangement in train for name in tags(arrangement))
    ordered = [counts[name] for name in NAMES]
    assert ordered[0] == max(ordered)
    # Of several classes in a picture no two are the same, so tags fall less steeply than main classes.
    assert 3 < ordered[0] / np.mean(ordered[-3:]) < 6
    assert np.mean(ordered[:4]) > 1.5 * np.mean(ordered[4:8]) > 1.5 * np.mean(ordered[8:]) * 0.8


def test_every_class_is_in_train_and_val_a_few_times(train, val):
    for split, least in ((train, 8), (val, 4)):
        counts = Counter(name for arrangement in split for name in tags(arrangement))
        assert set(counts) == set(NAMES)
        assert min(counts.values()) >= least


def test_main_classes_of_any_run_of_pictures_have_nearly_the_wanted_frequencies():
    mains = [draw_classes(n, DEFAULT, picture_rng(0, "train", n))[0].name for n in range(100, 300)]
    counts = Counter(mains)
    assert [counts[name] for name in NAMES] == pytest.approx([200 * c for c in frequencies(DEFAULT)], abs=2)


@pytest.mark.parametrize("chances", [DEFAULT.classes, (0.0, 0.0, 1.0)])
def test_the_number_of_classes_follows_its_chances(chances):
    options = Difficulty(classes=chances)
    counts = Counter(len(draw_classes(n, options, picture_rng(0, "train", n))) for n in range(500))
    for number, chance in enumerate(chances, start=1):
        assert counts[number] / 500 == near(chance, 500)


def test_pictures_have_two_tags_in_the_mean(train):
    assert 1.85 < np.mean([len(tags(arrangement)) for arrangement in train]) < 2.2


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_several_things_of_a_class_are_as_frequent_as_set(arranged, share):
    drawn = arranged("train", 20, Difficulty(several=share, classes=(1.0,)))
    things = Counter((n, thing.name) for n, one in enumerate(drawn) for thing in one.things)
    assert np.mean([count > 1 for count in things.values()]) == pytest.approx(share, abs=0.1)
    assert max(things.values()) == (4 if share else 1)


def test_several_things_of_a_class_in_the_default_set(train):
    things = Counter((n, thing.name) for n, one in enumerate(train) for thing in one.things)
    # Some further things of a class find no place.
    assert 0.25 < np.mean([count > 1 for count in things.values()]) < 0.4


def test_small_things_are_as_frequent_as_set_and_have_1_to_3_percent_of_the_picture(train):
    later = [thing for arrangement in train for thing in arrangement.things[1:]]
    assert np.mean([thing.small for thing in later]) == near(DEFAULT.small, len(later))
    shares = [silhouette(thing, SIZE)[1] / PIXELS for thing in later if thing.small]
    assert 0.0095 < min(shares) < max(shares) < 0.0315


def test_small_things_are_beside_a_larger_one(train):
    for arrangement in train:
        _, whole = silhouette(arrangement.things[0], arrangement.size)
        assert 0.055 < whole / PIXELS < 0.21
        assert not arrangement.things[0].small


@pytest.mark.parametrize("share", [DEFAULT.cut, 0.0, 0.6])
def test_the_frame_cuts_as_many_things_as_set(arranged, train, share):
    drawn = train if share == DEFAULT.cut else arranged("train", 40, Difficulty(cut=share))
    large = [cut_off(thing, one.size) for one in drawn for thing in one.things if not thing.small]
    assert np.mean([share > 0 for share in large]) == near(share, len(large))
    assert all(share == 0 or 0.1 < share < 0.52 for share in large)
    assert all(cut_off(thing, one.size) == 0 for one in drawn for thing in one.things if thing.small)


@pytest.mark.parametrize("share", [DEFAULT.overlapping, 0.0, 0.6])
def test_as_many_things_overlap_others_as_set(arranged, train, share):
    drawn = train if share == DEFAULT.overlapping else arranged("train", 40, Difficulty(overlapping=share))
    hidden = [hides for arrangement in drawn for hides in hidden_by(arrangement)]
    # Where there is no place for it, a thing is left out: a high share is not quite reached.
    assert np.mean([hides > 0.07 for hides in hidden]) == near(share, len(hidden)) or share > 0.45
    assert np.mean([hides > 0.07 for hides in hidden]) >= 0.75 * share
    assert max(hidden) < 0.47


def test_low_contrast_is_asked_for_as_often_as_set(train):
    things = [thing for arrangement in train for thing in arrangement.things]
    assert np.mean([thing.low_contrast for thing in things]) == near(DEFAULT.low_contrast, len(things))


@pytest.mark.parametrize("share", [DEFAULT.salient, 0.0, 1.0])
def test_something_stands_out_in_as_many_pictures_as_set(arranged, train, share):
    drawn = train if share == DEFAULT.salient else arranged("train", 20, Difficulty(salient=share))
    found = [[f for f in arrangement.figures if f.role == "salient"] for arrangement in drawn]
    assert np.mean([bool(figures) for figures in found]) == near(share, len(drawn))
    assert all(figure.name is None for figures in found for figure in figures)
    areas = [silhouette(figure, SIZE)[1] / PIXELS for figures in found for figure in figures]
    assert all(0.038 < area < 0.125 for area in areas)


def test_what_stands_out_is_in_the_middle_as_often_as_set(train):
    figures = [figure for arrangement in train for figure in arrangement.figures if figure.role == "salient"]
    middle = [np.hypot(f.position.x / SIZE[0] - 0.5, f.position.y / SIZE[1] - 0.5) < 0.1 for f in figures]
    # Those that are anywhere between 0.2 and 0.8 are in the middle too, now and then.
    by_chance = np.pi * 0.1**2 / 0.6**2
    expected = DEFAULT.salient_centred + (1 - DEFAULT.salient_centred) * by_chance
    assert np.mean(middle) == near(expected, len(figures))


def test_every_picture_is_cluttered_as_set(train):
    counts = [sum(figure.role == "clutter" for figure in arrangement.figures) for arrangement in train]
    assert (min(counts), max(counts)) == DEFAULT.clutter
    first = [[n for n, f in enumerate(one.figures) if f.role == "thing"][-1] for one in train]
    before = sum(f.role == "clutter" for one, n in zip(train, first, strict=True) for f in one.figures[n:])
    # Some would hide too much, and lie behind.
    assert 0.08 < before / sum(counts) < DEFAULT.clutter_in_front


def test_only_things_have_a_class(train):
    for arrangement in train:
        for figure in arrangement.figures:
            assert (figure.name in NAMES) == (figure.role == "thing")


def test_things_are_always_on_the_ground_of_their_class(train):
    for arrangement in train:
        for thing in arrangement.things:
            if wanted := GROUNDS[thing.name]:
                (ground,) = [ground for ground in arrangement.grounds if ground.name == wanted]
                assert rastered([ground.points], PixelBox(0, 0, *arrangement.size))[at(thing, arrangement.size)]


def test_things_always_have_the_companion_of_their_class(train):
    for arrangement in train:
        wanted = [thing.position for thing in arrangement.things if COMPANIONS[thing.name]]
        found = [figure.position for figure in arrangement.figures if figure.role == "companion"]
        assert found == wanted


def test_without_context_things_have_neither_ground_nor_companion(arranged):
    for arrangement in arranged("train", 30, Difficulty(context=0.0, context_alone=0.0)):
        assert not arrangement.grounds
        assert not [figure for figure in arrangement.figures if figure.role == "companion"]


def test_grounds_of_other_classes_are_as_frequent_as_set(train):
    alone = []
    for arrangement in train:
        own = {GROUNDS[name] for name in tags(arrangement)}
        alone.append(any(ground.name not in own for ground in arrangement.grounds))
    # A class that found no place leaves its ground behind.
    assert DEFAULT.context_alone - 0.06 < np.mean(alone) < DEFAULT.context_alone + 0.12


def test_a_picture_of_all_classes_can_be_arranged(arranged):
    options = Difficulty(classes=(*[0.0] * 11, 1.0), context_alone=1.0, large_area=(0.02, 0.03), salient=0.0)
    (arrangement,) = arranged("train", 1, options)
    assert len(tags(arrangement)) > 6


def test_half_of_every_thing_is_seen(train):
    for arrangement in train[:80]:
        owner = np.full(arrangement.size[::-1], -1)
        for number, figure in enumerate(arrangement.figures):
            owner[silhouette(figure, arrangement.size)[0]] = number
        for number, figure in enumerate(arrangement.figures):
            if figure.role == "thing":
                assert (owner == number).sum() >= 0.49 * silhouette(figure, arrangement.size)[0].sum()


def test_a_picture_does_not_depend_on_others(arranged, train):
    again = arranged("train", 3)
    for one, other in zip(again, train, strict=False):
        assert [figure.position for figure in one.figures] == [figure.position for figure in other.figures]


def test_what_cannot_be_placed_is_refused_with_what_to_change():
    options = Difficulty(large_area=(0.95, 1.0), cut=0.0)
    with pytest.raises(SeedmaskError, match=r"no place for a \w+ .* 64 x 48 pixels; lower large_area"):
        arrange(0, (64, 48), options, picture_rng(0, "train", 0))
