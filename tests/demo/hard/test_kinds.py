import numpy as np
import pytest

from seedmask.demo.hard.distractors import COMPANIONS
from seedmask.demo.hard.figures import unit_area
from seedmask.demo.hard.grounds import OF_CLASSES
from seedmask.demo.hard.kinds import KINDS, NAMES
from seedmask.demo.hard.textures import TEXTURES


def test_there_are_twelve_classes_and_most_come_with_something():
    assert len(set(NAMES)) == 12
    assert {kind.ground for kind in KINDS} == {None, *OF_CLASSES}
    assert {kind.companion for kind in KINDS} == {None, *COMPANIONS}
    assert [kind.name for kind in KINDS if not kind.ground and not kind.companion] == ["tree", "beetle"]


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_things_of_a_class_are_built_alike_but_not_the_same(kind):
    rng = np.random.default_rng(0)
    built = [kind.build(rng) for _ in range(10)]
    assert len({round(unit_area(pieces), 3) for pieces in built}) > 5
    for pieces in built:
        assert {piece.texture for piece in pieces} <= set(TEXTURES)
        assert {piece.tone for piece in pieces} <= {0, 1, 2}
        assert 0.7 < np.abs(np.concatenate([piece.points for piece in pieces])).max() < 1.5


def test_every_class_has_a_texture_of_its_own_on_its_largest_piece():
    rng = np.random.default_rng(0)
    largest = [max(kind.build(rng), key=lambda piece: unit_area((piece,))).texture for kind in KINDS]
    # Sails are larger than the hull.
    assert len(set(largest)) == len(KINDS)
    assert "plain" not in largest
