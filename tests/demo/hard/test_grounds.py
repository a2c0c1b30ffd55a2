from dataclasses import astuple

import numpy as np
import pytest

from seedmask.demo.hard.grounds import (
    BANDS,
    COMMON,
    HUES,
    LOOKS,
    OF_CLASSES,
    Ground,
    common_colours,
    ground_colours,
    lay,
    rgb,
)
from seedmask.demo.hard.outlines import box
from seedmask.demo.hard.raster import PixelBox, rastered

SIZE = (160, 120)
WHOLE = PixelBox(0, 0, *SIZE)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_a_ground_of_a_class_covers_much_of_the_lower_part_only(name):
    rng = np.random.default_rng(0)
    for _ in range(20):
        inside = rastered([lay(name, SIZE, rng).points], WHOLE)
        assert 0.08 < inside.mean() < 0.6
        assert inside[60:].sum() > inside[:60].sum()
        assert inside[:, [0, -1]].any(axis=0).all() or name not in BANDS


def test_grounds_of_the_splits_share_no_parameter():
    for train, val in zip(astuple(LOOKS["train"]), astuple(LOOKS["val"]), strict=True):
        assert train[0] < train[1] <= val[0] < val[1]


@pytest.mark.parametrize("name", [*COMMON, "clouds"])
def test_the_common_grounds_of_the_splits_look_different(name):
    def change(split):
        """From pixel to pixel, against all that there is."""
        drawn = [common_colours(name, WHOLE, SIZE[0], LOOKS[split], np.random.default_rng(n)) for n in range(12)]
        values = [one.mean(axis=2) for one in drawn]
        return np.mean([np.abs(np.diff(one, axis=1)).mean() / one.std() for one in values])

    assert abs(np.log(change("val") / change("train"))) > 0.05


@pytest.mark.parametrize("name", OF_CLASSES)
def test_colours_are_within_range_and_the_same_again(name):
    def drawn():
        rng = np.random.default_rng(0)
        return ground_colours(lay(name, SIZE, rng), WHOLE, SIZE, LOOKS["train"], rng)

    colours = drawn()
    assert colours.shape == (120, 160, 3)
    assert 0 <= colours.min() < colours.max() <= 255
    assert (colours == drawn()).all()
    assert name in HUES


def test_roads_have_a_dashed_line_and_rails_lie_on_sleepers():
    rng = np.random.default_rng(0)
    band = {"points": box(0, 50, 160, 80), "middle": 65.0}
    road = ground_colours(Ground("road", **band), WHOLE, SIZE, LOOKS["train"], rng).mean(axis=2)
    marked = road[65] > road[60].max()
    assert 0.3 < marked.mean() < 0.7
    rails = ground_colours(Ground("rails", **band), WHOLE, SIZE, LOOKS["train"], rng).mean(axis=2)
    assert np.ptp(rails[69]) < 1
    assert (rails[65] < 0.6 * np.median(rails[90])).mean() > 0.25


def test_colours_of_the_wheel():
    assert rgb(0.0, 1.0, 1.0).tolist() == [255, 0, 0]
    assert rgb(1 / 3, 1.0, 1.0) == pytest.approx([0, 255, 0], abs=0.01)
    assert rgb(-1 / 3, 1.0, 1.0) == pytest.approx([0, 0, 255], abs=0.01)
    assert rgb(0.7, 0.0, 0.5).tolist() == [127.5] * 3
