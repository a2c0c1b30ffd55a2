import numpy as np
import pytest

from seedmask.demo.hard.distractors import CLUTTER_KINDS, COMPANIONS, SALIENT, clutter, clutter_outlines, salient
from seedmask.demo.hard.figures import unit_area
from seedmask.demo.hard.textures import TEXTURES


def test_clutter_has_many_kinds_of_outlines_and_all_textures():
    rng = np.random.default_rng(0)
    drawn = [clutter(rng) for _ in range(300)]
    assert {piece.texture for pieces in drawn for piece in pieces} == set(TEXTURES)
    assert len({(len(pieces), len(pieces[0].points)) for pieces in drawn}) > 6


@pytest.mark.parametrize("kind", range(CLUTTER_KINDS))
def test_every_kind_of_clutter_has_an_area(kind):
    outlines = clutter_outlines(kind, np.random.default_rng(0))
    assert max(np.abs(points).max() for points in outlines) < 2
    assert all(np.isfinite(points).all() for points in outlines)


def test_what_stands_out_is_of_several_kinds_in_two_plain_colours():
    rng = np.random.default_rng(0)
    drawn = [salient(rng) for _ in range(100)]
    assert len({round(unit_area(pieces), 2) for pieces in drawn}) == len(SALIENT)
    assert {piece.texture for pieces in drawn for piece in pieces} == {"plain"}
    assert all({piece.tone for piece in pieces} >= {0, 1} for pieces in drawn)


@pytest.mark.parametrize("name", COMPANIONS)
def test_companions_reach_far_beyond_the_thing(name):
    rng = np.random.default_rng(0)
    for _ in range(10):
        pieces = COMPANIONS[name](rng)
        assert np.abs(np.concatenate([piece.points for piece in pieces])).max() > 2
