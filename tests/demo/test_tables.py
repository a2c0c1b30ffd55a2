from collections import Counter

import pytest

from seedmask.demo.cutouts import read_backgrounds, read_cutouts
from seedmask.demo.packages import PACKAGES
from seedmask.demo.scene import KINDS, NAMES


def overlap(a, b):
    """Shared area of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)


def test_no_cutout_is_listed_twice_or_in_both_splits():
    rows = read_cutouts()
    assert len({(row.package, row.path) for row in rows}) == len(rows)
    assert len({row.sha256 for row in rows}) == len(rows)


def test_background_areas_of_one_photograph_do_not_overlap():
    rows = read_backgrounds()
    for i, a in enumerate(rows):
        for b in rows[:i]:
            assert (a.package, a.path) != (b.package, b.path) or overlap(a.box, b.box) == 0


def test_background_boxes_lie_inside_their_photograph():
    for row in read_backgrounds():
        left, top, right, bottom = row.box
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


@pytest.mark.parametrize("split", ["train", "val"])
def test_every_class_has_cutouts_and_a_home_in_each_split(split):
    kinds = Counter(row.kind for row in read_cutouts() if row.split == split)
    contexts = {context for row in read_backgrounds() if row.split == split for context in row.contexts}
    for kind in KINDS:
        assert kinds[kind.name] >= 2
        assert set(kind.contexts) <= contexts
    assert kinds[None] > 0


def test_every_class_has_at_least_five_cutouts():
    kinds = Counter(row.kind for row in read_cutouts())
    assert min(kinds[name] for name in NAMES) >= 5


def test_tables_name_only_known_classes_contexts_splits_and_packages():
    homes = {context for kind in KINDS for context in kind.contexts}
    packages = {package.name for package in PACKAGES}
    assert {row.kind for row in read_cutouts()} == {*NAMES, None}
    assert {context for row in read_backgrounds() for context in row.contexts} == homes
    for row in (*read_cutouts(), *read_backgrounds()):
        assert row.package in packages
        assert row.split in ("train", "val")
        assert len(row.sha256) == 64


def test_partners_are_classes():
    assert all(kind.partner in NAMES and kind.partner != kind.name for kind in KINDS)
