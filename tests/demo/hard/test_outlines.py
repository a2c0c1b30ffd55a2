import numpy as np
import pytest

from seedmask.demo.hard.outlines import box, crescent, ellipse, hoop, lumpy, petals, rounded, shard, star, tube
from seedmask.demo.hard.raster import PixelBox, rastered


def area(points):
    """In square units, of an outline within -2..2."""
    return rastered([points * 50 + 100], PixelBox(0, 0, 200, 200)).sum() / 50**2


def test_outlines_have_the_areas_of_what_they_are():
    assert area(ellipse(0, 0, 1, 0.5)) == pytest.approx(np.pi / 2, rel=0.01)
    assert area(ellipse(0, 0, 1, 1, (0.5, 1.0))) == pytest.approx(np.pi / 2, rel=0.01)
    assert area(box(-1, -0.5, 1, 0.5)) == pytest.approx(2)
    assert area(hoop(0.5)) == pytest.approx(0.75 * np.pi, rel=0.01)
    assert area(star(5, 0.4)) == pytest.approx(5 * 0.4 * np.sin(np.pi / 5), rel=0.02)
    assert area(tube(((-1, 0), (0, 0), (1, 0)), 0.2)) == pytest.approx(0.4, rel=0.02)
    assert np.pi - 0.75**2 * np.pi < area(crescent()) < np.pi - 0.8


def test_petals_go_as_deep_as_they_should():
    radii = np.linalg.norm(petals(6, 0.4), axis=1)
    assert (radii.min(), radii.max()) == pytest.approx((0.6, 1.0))


def test_rounding_cuts_corners_and_keeps_the_middle():
    square = box(-1, -1, 1, 1)
    cut = rounded(square)
    assert len(cut) == 16
    assert 3 < area(cut) < area(square)
    assert np.abs(cut).max() <= 1


def test_lumps_and_shards_are_drawn_at_random_within_their_size():
    rng = np.random.default_rng(0)
    lumps = [lumpy(rng, 0.2, r=0.5) for _ in range(20)]
    assert min(np.linalg.norm(lump, axis=1).min() for lump in lumps) >= 0.2
    assert max(np.linalg.norm(lump, axis=1).max() for lump in lumps) <= 0.8
    assert len({lump.tobytes() for lump in lumps}) == 20
    shards = [shard(rng) for _ in range(20)]
    assert {len(piece) for piece in shards} == {4, 5, 6}
    assert max(np.abs(piece).max() for piece in shards) <= 1
