from collections import Counter
from itertools import pairwise

import numpy as np

from seedmask.demo.cutouts import read_backgrounds, read_cutouts
from seedmask.demo.scene import KINDS, NAMES, draw_scene, kind_at, picture_rng


def scenes(split, count, seed=0):
    cutouts = [row for row in read_cutouts() if row.split == split]
    areas = [row for row in read_backgrounds() if row.split == split]
    return [draw_scene(picture_rng(seed, split, number), number, cutouts, areas) for number in range(count)]


def test_class_lengths_on_the_line_fall_to_a_floor():
    counts = Counter(kind_at(position).name for position in np.linspace(0, 1, 10_000, endpoint=False))
    lengths = [counts[name] for name in NAMES]
    assert all(common >= rare - 1 for common, rare in pairwise(lengths))
    assert 3.8 < lengths[0] / lengths[-1] < 4.2
    assert lengths[-1] == min(lengths) > 500


def test_any_run_of_pictures_has_nearly_the_wanted_main_classes():
    mains = Counter(scene.things[0].cutout.kind for scene in scenes("val", 80))
    assert set(mains) == set(NAMES)
    assert mains["bird"] == max(mains.values())


def test_splits_share_neither_cutouts_nor_background_areas():
    used = {}
    for split in ("train", "val"):
        drawn = scenes(split, 200)
        used[split] = {thing.cutout for scene in drawn for thing in scene.things} | {s.background for s in drawn}
    assert not used["train"] & used["val"]


def test_about_nine_in_ten_main_objects_are_at_home():
    home = {kind.name: set(kind.contexts) for kind in KINDS}
    drawn = scenes("train", 400)
    at_home = [bool(set(s.background.contexts) & home[s.things[0].cutout.kind]) for s in drawn]
    assert 0.87 < np.mean(at_home) < 0.98


def test_distractors_are_in_under_half_of_the_pictures():
    drawn = scenes("train", 400)
    with_distractor = [any(thing.cutout.kind is None for thing in scene.things) for scene in drawn]
    assert 0.38 < np.mean(with_distractor) < 0.52


def test_objects_want_0_4_to_1_of_the_height():
    heights = [thing.height for scene in scenes("train", 100) for thing in scene.things if thing.cutout.kind]
    assert 0.4 <= min(heights) < 0.45
    assert 0.9 < max(heights) <= 1.0


def test_a_scene_does_not_depend_on_how_many_others_are_drawn():
    assert scenes("train", 3) == scenes("train", 9)[:3]
    assert scenes("train", 3) != scenes("train", 3, seed=1)
