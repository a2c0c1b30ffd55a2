import pytest

from seedmask.demo.hard.figures import Figure, Piece, Position
from seedmask.demo.hard.occupancy import Occupancy
from seedmask.demo.hard.outlines import box

SQUARE = (Piece(box(-1, -1, 1, 1), "plain"),)


def square(x, y, half=10.0, role="thing", small=False):
    return Figure(role, SQUARE, Position(float(x), float(y), half), "car" if role == "thing" else None, small=small)


@pytest.fixture
def occupancy():
    """A picture of 100 x 80 with a thing from 20 to 40 and something that stands out from 60 to 80."""
    occupancy = Occupancy((100, 80))
    occupancy.add(square(30, 40))
    occupancy.add(square(70, 40, role="salient"))
    return occupancy


def fits(occupancy, x, y, half=10.0, **wanted):
    asked = {"cut": False, "overlapping": False} | wanted
    return occupancy.fits(*square(0, 0, half).silhouette(), (x, y), **asked)


def test_whole_things_stay_within_the_frame_and_apart(occupancy):
    assert fits(occupancy, 50, 15)
    assert not fits(occupancy, 5, 15)
    assert not fits(occupancy, 45, 40)


def test_cut_things_lose_a_part_but_not_most(occupancy):
    assert fits(occupancy, 5, 15, cut=True)
    assert not fits(occupancy, 9, 15, cut=True)
    assert not fits(occupancy, -2, 15, cut=True)
    assert not fits(occupancy, 50, 15, cut=True)


def test_overlapping_things_hide_a_part_of_another_but_not_most(occupancy):
    assert fits(occupancy, 44, 40, overlapping=True)
    assert not fits(occupancy, 49, 40, overlapping=True)
    assert not fits(occupancy, 40, 40, overlapping=True)
    assert not fits(occupancy, 50, 15, overlapping=True)


def test_things_hide_little_of_what_stands_out(occupancy):
    assert fits(occupancy, 51, 40)
    assert not fits(occupancy, 54, 40)


def test_half_of_a_thing_is_always_left(occupancy):
    occupancy.add(square(44, 40))
    assert occupancy.seen[0] == 0.7 * occupancy.whole[0]
    assert not fits(occupancy, 17, 40, overlapping=True)


def test_clutter_in_front_hides_little_and_no_small_thing(occupancy):
    occupancy.add(square(30, 10, half=3.0, small=True))
    assert occupancy.hides_little(square(41, 40, half=3.0, role="clutter"), 0.12)
    assert not occupancy.hides_little(square(35, 40, half=6.0, role="clutter"), 0.12)
    assert not occupancy.hides_little(square(34, 10, half=2.0, role="clutter"), 0.12)
    before = occupancy.seen[0]
    occupancy.cover(square(41, 40, half=3.0, role="clutter"))
    assert before - 12 == occupancy.seen[0]


def test_what_is_outside_of_the_picture_is_not_counted():
    occupancy = Occupancy((100, 80))
    occupancy.add(square(0, 40))
    occupancy.add(square(-50, 40, role="salient"))
    assert occupancy.whole == [200, 0]
    assert occupancy.seen[0] == 200
