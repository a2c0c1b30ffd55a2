import numpy as np
import pytest

from seedmask.demo.hard.figures import Figure, Piece, Position, bent, unit_area
from seedmask.demo.hard.outlines import box, ellipse
from seedmask.demo.hard.raster import PixelBox

PIECES = (Piece(box(-1, -0.5, 1, 0.5), "bricks"), Piece(box(0, 0, 0.5, 1), "plain", 1))


@pytest.mark.parametrize("mirrored", [False, True])
def test_units_are_where_pixels_came_from(mirrored):
    position = Position(20.0, 30.0, 7.0, 0.6, mirrored)
    points = np.random.default_rng(0).uniform(-1, 1, (9, 2))
    x, y = position.pixels(points).T
    u, v = position.units(x[None], y[None])
    assert np.stack([u[0], v[0]], axis=1) == pytest.approx(points)


def test_a_mirrored_figure_has_its_right_side_on_the_left():
    right = np.array([[1.0, 0.0]])
    assert Position(10.0, 0.0, 4.0).pixels(right).tolist() == [[14, 0]]
    assert Position(10.0, 0.0, 4.0, mirrored=True).pixels(right).tolist() == [[6, 0]]


def test_a_turn_of_a_quarter_goes_clockwise():
    assert Position(0.0, 0.0, 1.0, np.pi / 2).pixels(np.array([[1.0, 0.0]])) == pytest.approx(np.array([[0.0, 1.0]]))


def test_the_silhouette_is_the_union_of_the_pieces_at_its_scale():
    assert unit_area(PIECES) == pytest.approx(2.25, rel=0.01)
    assert unit_area((Piece(ellipse(0, 0, 1, 1), "plain"),)) == pytest.approx(np.pi, rel=0.01)
    _, pixels = Figure("thing", PIECES, Position(0.0, 0.0, 20.0, 0.3)).silhouette()
    assert pixels.sum() == pytest.approx(2.25 * 20**2, rel=0.02)


def test_a_moved_figure_has_the_same_silhouette_elsewhere():
    figure = Figure("thing", PIECES, Position(0.3, 0.7, 20.0, 0.3))
    box, pixels = figure.silhouette()
    other, moved = figure.moved(5, -3).silhouette()
    assert other == PixelBox(box.left + 5, box.top - 3, box.right + 5, box.bottom - 3)
    assert (moved == pixels).all()


def test_bending_changes_outlines_a_little_and_textures_not_at_all():
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(20):
        changed = bent(PIECES, rng)
        assert [(piece.texture, piece.tone) for piece in changed] == [("bricks", 0), ("plain", 1)]
        areas.append(unit_area(changed))
    assert len(set(areas)) > 15
    assert 1.8 < min(areas) < max(areas) < 2.8
