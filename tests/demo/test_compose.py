import numpy as np
import pytest

from seedmask.demo.compose import Layer, all_visible, compose, label_mask, place, visible_parts
from seedmask.demo.cutouts import Cutout
from seedmask.demo.scene import NAMES, SIZES, Thing, draw_scene, picture_rng


def layer(name, rows, columns, alpha=1.0, size=(20, 30)):
    canvas = np.zeros(size)
    canvas[rows, columns] = alpha
    return Layer(name, np.zeros((*size, 3)), canvas, float((canvas >= 0.7).sum()), True)


BACK = layer("bird", slice(0, 10), slice(0, 10))
FRONT = layer("fish", slice(5, 15), slice(5, 15))
THING = layer(None, slice(5, 15), slice(5, 15))
ANY = Cutout("", "", "bird", "train", "")
BIRD, FISH = NAMES.index("bird") + 1, NAMES.index("fish") + 1


def test_what_stands_in_front_decides_a_pixel():
    assert label_mask([BACK, FRONT])[7, 7] == FISH
    assert label_mask([FRONT, BACK])[7, 7] == BIRD


def test_a_distractor_in_front_is_background():
    mask = label_mask([BACK, THING])
    assert mask[7, 7] == 0
    assert mask[2, 2] == BIRD


def test_soft_borders_are_unlabelled_except_on_their_own_class():
    soft = layer("bird", slice(5, 15), slice(5, 15), alpha=0.5)
    mask = label_mask([BACK, soft])
    assert mask[12, 12] == 255
    assert mask[7, 7] == BIRD


def test_a_soft_distractor_leaves_background_labelled():
    mask = label_mask([layer(None, slice(5, 15), slice(5, 15), alpha=0.5)])
    assert not mask.any()


def test_visible_parts_exclude_what_is_covered():
    behind, before = visible_parts([BACK, FRONT])
    assert behind.sum() == 75
    assert before.sum() == 100


def test_an_object_that_is_mostly_covered_is_not_visible():
    cover = layer(None, slice(0, 10), slice(0, 5))
    assert all_visible([BACK, FRONT])
    assert not all_visible([BACK, cover])
    assert all_visible([cover, BACK])


def draw(library, number, seed=0):
    cutouts, areas, pictures = library
    rng = picture_rng(seed, "train", number)
    return compose(draw_scene(rng, number, cutouts, areas), pictures, rng)


@pytest.mark.parametrize("number", range(12))
def test_tags_are_the_classes_in_the_mask(library, number):
    sample = draw(library, number)
    in_mask = {NAMES[value - 1] for value in np.unique(sample.mask) if value not in (0, 255)}
    assert {seen.name for seen in sample.objects} == in_mask
    assert in_mask


def test_pictures_come_in_the_listed_sizes(library):
    sizes = {draw(library, number).image.shape[1::-1] for number in range(12)}
    assert sizes == set(SIZES)


def test_boxes_hold_pixels_of_their_class(library):
    for number in range(8):
        sample = draw(library, number)
        for seen in sample.objects:
            left, top, right, bottom = seen.box
            part = sample.mask[top - 1 : bottom, left - 1 : right] == NAMES.index(seen.name) + 1
            assert part[0].any() or part[-1].any()
            assert part.mean() > 0.2


def test_the_same_number_gives_the_same_picture_and_another_seed_another(library):
    first, again, other = draw(library, 4), draw(library, 4), draw(library, 4, seed=1)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.mask, again.mask)
    assert first.objects == again.objects
    assert first.image.shape != other.image.shape or not np.array_equal(first.image, other.image)


def test_a_whole_standing_cutout_gets_the_wanted_height():
    rgba = np.full((100, 60, 4), 255, np.uint8)
    heights = []
    for seed in range(20):
        placed = place(Thing(ANY, 0.5, True), rgba, (320, 240), np.random.default_rng(seed))
        rows = np.flatnonzero((placed.alpha > 0.5).any(axis=1))
        heights.append(len(rows) / 240)
    assert 0.48 < np.median(heights) < 0.54
    assert max(heights) < 0.56


def test_enlargement_is_limited():
    rgba = np.full((20, 20, 4), 255, np.uint8)
    placed = place(Thing(ANY, 1.0, True), rgba, (320, 240), np.random.default_rng(0))
    assert placed.area == pytest.approx((20 * 2.4) ** 2)
