"""Marks of a picture in its tiles, and where it is shrunk."""

import numpy as np
import pytest

from seedmask.dataset.placement import placements
from seedmask.dataset.placing import whole_labels
from seedmask.methods.boxes import Box
from seedmask.methods.points import Point, point_labels
from seedmask.methods.scribbles import Stroke, stroke_labels

SIZE = (150, 100)
TILES = placements(SIZE, None, 64)
(SHRUNK,) = placements(SIZE, 75, None)


def drawn(box, size):
    labels = np.zeros(size, np.uint8)
    labels[box.pixels] = box.label
    return labels


@pytest.mark.parametrize(
    ("mark", "draw"),
    [
        (Point(60, 70, 1), lambda mark, size: point_labels([mark], size)),
        (Stroke([(5.0, 5.0), (90.0, 40.0)], 2), lambda mark, size: stroke_labels([mark], size, width=1)),
        (Box(20, 30, 90, 80, 1), drawn),
    ],
)
def test_tiles_together_show_what_the_picture_does(mark, draw):
    parts = []
    for tile in TILES:
        found, size = mark.within(tile.box, tile.size), tile.size[::-1]
        empty = np.full(size, 0 if draw is drawn else 254, np.uint8)
        parts.append((tile, empty if found is None else draw(found, size)))
    whole = draw(mark, SIZE[::-1])
    wrong = whole_labels(parts) != whole
    assert wrong.mean() < (0.01 if isinstance(mark, Stroke) else 1e-9)  # a line is rounded anew in each tile
    assert any(mark.within(tile.box, tile.size) is None for tile in TILES)


def test_marks_shrink_with_the_picture():
    assert Point(149, 99, 3).within(SHRUNK.box, SHRUNK.size) == Point(74, 49, 3)
    assert Box(0, 1, 150, 99, 1).within(SHRUNK.box, SHRUNK.size) == Box(0, 0, 75, 50, 1)
    assert Stroke([(10, 20)], 0).within(SHRUNK.box, SHRUNK.size) == Stroke([(5.0, 10.0)], 0)
