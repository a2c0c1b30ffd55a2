import numpy as np
import pytest

from seedmask.demo.hard.arrangement import Arrangement
from seedmask.demo.hard.difficulty import Difficulty
from seedmask.demo.hard.figures import Figure, Piece, Position
from seedmask.demo.hard.kinds import KINDS, NAMES
from seedmask.demo.hard.outlines import box, ellipse
from seedmask.demo.hard.painting import paint
from seedmask.demo.scene import picture_rng
from seedmask.demo.writing import box_of

DEFAULT = Difficulty()
SQUARE = (Piece(box(-1, -1, 1, 1), "plain"),)
FINE = 8
"""Samples of a pixel along each axis, where the truth is computed again."""


def painted(arrangement, seed=0, split="train", options=DEFAULT):
    return paint(arrangement, split, options, np.random.default_rng(seed))


def scene(*figures, size=(64, 48)):
    return Arrangement(size, 0, (), figures)


def thing(x, y, half, name="car", pieces=SQUARE, **more):
    return Figure("thing", pieces, Position(x, y, half), name, **more)


@pytest.fixture(scope="module")
def pictures(train):
    """Sixty arrangements with their pictures."""
    return [(one, paint(one, "train", DEFAULT, picture_rng(1, "train", n))) for n, one in enumerate(train[:60])]


def inside(polygon, x, y):
    """Whether positions are in a polygon, by the angle under which it is seen from there."""
    corners = polygon[:, None, None] - np.stack([x, y], axis=-1)[None]
    before, after = corners, np.roll(corners, -1, axis=0)
    cross = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
    return np.abs(np.arctan2(cross, (before * after).sum(axis=-1)).sum(axis=0)) > np.pi


def fine_owner(arrangement):
    """Number of the thing at every one of many samples, from 1, computed without any of the painter's code."""
    width, height = arrangement.size
    owner = np.zeros((height * FINE, width * FINE), int)
    y, x = (np.indices(owner.shape) + 0.5) / FINE
    things = list(arrangement.things)
    for figure in arrangement.figures:
        number = things.index(figure) + 1 if figure.role == "thing" else 0
        for polygon in figure.outlines():
            left, top = np.clip(np.floor(polygon.min(axis=0)), 0, arrangement.size).astype(int) * FINE
            right, bottom = np.clip(np.ceil(polygon.max(axis=0)), 0, arrangement.size).astype(int) * FINE
            rows, columns = slice(top, bottom), slice(left, right)
            owner[rows, columns][inside(polygon, x[rows, columns], y[rows, columns])] = number
    return owner


def test_a_pixel_belongs_to_the_thing_that_covers_at_least_half_of_it():
    sample = painted(scene(thing(20.5, 20.25, 10.0)))
    # From 10.5 to 30.5 and from 10.25 to 30.25.
    rows, columns = np.flatnonzero(sample.mask.any(axis=1)), np.flatnonzero(sample.mask.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (10, 29, 10, 30)
    # Columns 10 and 30 are covered by half, in the row at the top by three eighths.
    assert (sample.mask == NAMES.index("car") + 1).sum() == 20 * 21 - 2


def test_truth_agrees_with_a_finer_count_of_another_kind(arranged):
    for arrangement in arranged("train", 3, size=(64, 48)):
        sample = painted(arrangement)
        owner = fine_owner(arrangement)
        for number, one in enumerate(arrangement.things, start=1):
            share = (owner == number).reshape(48, FINE, 64, FINE).mean(axis=(1, 3))
            is_class = sample.mask == NAMES.index(one.name) + 1
            assert is_class[share > 0.64].all()
        whole = (owner > 0).reshape(48, FINE, 64, FINE).mean(axis=(1, 3))
        assert not sample.mask[whole < 0.36].any()


def test_the_thing_in_front_has_what_both_cover():
    sample = painted(scene(thing(20.0, 20.0, 10.0), thing(30.0, 20.0, 10.0, "tree")))
    assert sample.mask[20, 15] == NAMES.index("car") + 1
    assert sample.mask[20, 25] == NAMES.index("tree") + 1
    assert [(seen.name, seen.box) for seen in sample.objects] == [("car", (11, 11, 20, 30)), ("tree", (21, 11, 40, 30))]


def test_of_two_things_that_share_a_pixel_the_one_in_front_has_it():
    sample = painted(scene(thing(10.5, 20.0, 10.0), thing(30.5, 20.0, 10.0, "tree")))
    assert sample.mask[20, 19:22].tolist() == [1, 2, 2]


@pytest.mark.parametrize("role", ["clutter", "salient", "companion"])
def test_distractors_hide_things_but_are_background(role):
    distractor = Figure(role, SQUARE, Position(30.0, 20.0, 10.0))
    sample = painted(scene(thing(20.0, 20.0, 10.0), distractor))
    assert not sample.mask[:, 20:].any()
    assert sample.mask[11:29, 11:19].all()
    assert [seen.name for seen in sample.objects] == ["car"]
    assert not painted(scene(distractor)).mask.any()


def test_a_thing_without_a_pixel_has_no_tag():
    sample = painted(scene(thing(20.0, 20.0, 10.0), thing(40.2, 20.2, 0.2, "tree"), thing(-50.0, 20.0, 10.0, "fish")))
    assert [seen.name for seen in sample.objects] == ["car"]
    assert set(np.unique(sample.mask)) == {0, 1}


def test_a_pixel_that_is_covered_by_half_has_half_of_both_colours():
    for seed in range(4):
        sample = painted(scene(thing(20.5, 20.0, 10.0)), seed)
        outside, edge, inside = (sample.image[11:20, column].mean(axis=(0, 1)) for column in (9, 10, 11))
        assert edge == pytest.approx((outside + inside) / 2, abs=6)


def test_a_disc_has_the_pixels_of_a_disc():
    sample = painted(scene(thing(32.3, 24.6, 15.0, pieces=(Piece(ellipse(0, 0, 1, 1), "plain"),))))
    y, x = np.indices((48, 64)) + 0.5
    distance = np.hypot(x - 32.3, y - 24.6)
    assert sample.mask[distance < 14.8].all()
    assert not sample.mask[distance > 15.2].any()


def test_tags_and_pixels_agree(pictures):
    for arrangement, sample in pictures:
        tags = {seen.name for seen in sample.objects}
        assert tags == {NAMES[value - 1] for value in np.unique(sample.mask) if value}
        assert tags == {one.name for one in arrangement.things}
        assert 255 not in sample.mask


def test_boxes_are_of_the_pixels_of_one_thing(pictures):
    for arrangement, sample in pictures:
        assert len(sample.objects) == len(arrangement.things)
        by_class = {name: [seen.box for seen in sample.objects if seen.name == name] for name in NAMES}
        for name, boxes in by_class.items():
            if boxes:
                lefts, tops, rights, bottoms = zip(*boxes, strict=True)
                assert box_of(sample.mask == NAMES.index(name) + 1) == (
                    min(lefts), min(tops), max(rights), max(bottoms)
                )  # fmt: skip


def contrast(arrangement, figure, image):
    """Distance of the mean colours of a figure and of what is around it."""
    width, height = arrangement.size
    box, pixels = figure.silhouette()
    picture = np.zeros((height, width), bool)
    inner = box.within(arrangement.size)
    part = pixels[inner.top - box.top : inner.bottom - box.top, inner.left - box.left : inner.right - box.left]
    picture[inner.slices()] = part
    around = np.zeros_like(picture)
    around[max(inner.top - 6, 0) : inner.bottom + 6, max(inner.left - 6, 0) : inner.right + 6] = True
    return np.linalg.norm(image[picture].mean(axis=0) - image[around & ~picture].mean(axis=0))


def contrasts(pictures, wanted):
    return [
        contrast(one, figure, sample.image.astype(float))
        for one, sample in pictures
        for figure in one.figures
        if wanted(figure)
    ]


def test_low_contrast_things_have_about_the_colour_of_what_is_behind_them(pictures):
    low = contrasts(pictures, lambda figure: figure.low_contrast)
    others = contrasts(pictures, lambda figure: figure.role == "thing" and not figure.low_contrast)
    assert np.median(low) < 30
    assert np.median(others) > 1.8 * np.median(low)


def test_what_stands_out_has_more_contrast_than_things(pictures):
    salient = contrasts(pictures, lambda figure: figure.role == "salient")
    things = contrasts(pictures, lambda figure: figure.role == "thing")
    assert np.median(salient) > 1.4 * np.median(things)


def test_colour_alone_does_not_give_the_class_away(pictures):
    """The class of the thing with the nearest mean colour, in any other picture."""
    names, colours, of = [], [], []
    for number, (_, sample) in enumerate(pictures):
        for name in {seen.name for seen in sample.objects}:
            names.append(name)
            of.append(number)
            colours.append(sample.image[sample.mask == NAMES.index(name) + 1].mean(axis=0))
    distances = np.linalg.norm(np.array(colours)[:, None] - np.array(colours)[None], axis=2)
    distances[np.equal.outer(of, of)] = np.inf
    right = np.array(names) == np.array(names)[distances.argmin(axis=1)]
    assert right.mean() < 0.3


def test_things_of_a_class_are_of_any_colour_unless_set_otherwise():
    def spread(options):
        arrangement = scene(thing(32.0, 24.0, 15.0, "boat"))
        means = [
            painted(arrangement, seed, options=options).image[15:33, 23:41].mean(axis=(0, 1)) for seed in range(12)
        ]
        return np.std([mean / mean.sum() for mean in means], axis=0).mean()

    assert spread(Difficulty(own_colour=0.0)) > 1.5 * spread(Difficulty(own_colour=1.0))


def test_things_are_as_bright_as_set():
    def brightness(options):
        arrangement = scene(thing(32.0, 24.0, 15.0))
        return np.mean([painted(arrangement, seed, options=options).image[15:33, 23:41].mean() for seed in range(12)])

    assert brightness(Difficulty(brightness=(0.2, 0.4))) < 0.7 * brightness(Difficulty(brightness=(1.0, 1.0)))


def test_textures_are_as_fine_as_set():
    def change(options):
        checks = (Piece(box(-1, -1, 1, 1), "checks"),)
        images = [painted(scene(thing(32.0, 24.0, 20.0, pieces=checks)), seed, options=options) for seed in range(6)]
        parts = [sample.image[8:40, 16:48].astype(float).mean(axis=2) for sample in images]
        return np.mean([np.abs(np.diff(part)).mean() / part.std() for part in parts])

    assert change(Difficulty(period=(2.0, 2.0))) < 0.7 * change(Difficulty(period=(0.6, 0.6)))


def test_a_picture_is_the_same_again_and_another_with_another_seed(train):
    first, again, other = painted(train[0]), painted(train[0]), painted(train[0], seed=1)
    assert (first.image == again.image).all()
    assert not (first.image == other.image).all()
    assert (first.mask == other.mask).all()


def test_splits_look_different(train):
    assert not (painted(train[0]).image == painted(train[0], split="val").image).all()


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_every_class_can_be_painted_at_any_size(kind):
    for half in (4.0, 20.0):
        sample = painted(scene(thing(32.0, 24.0, half, kind.name, kind.build(np.random.default_rng(0)))))
        assert [seen.name for seen in sample.objects] == [kind.name]
