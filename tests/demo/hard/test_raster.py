import numpy as np
import pytest

from seedmask.demo.hard.outlines import box, ellipse
from seedmask.demo.hard.raster import SAMPLES, PixelBox, box_around, covered, rastered


def test_a_disc_has_the_area_and_the_middle_of_a_disc():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y, r = *rng.uniform(28, 36, 2), rng.uniform(5, 25)
        disc = rastered([ellipse(x, y, r, r)], PixelBox(0, 0, 64, 64), SAMPLES)
        rows, columns = np.nonzero(disc)
        assert disc.sum() / SAMPLES**2 == pytest.approx(np.pi * r**2, rel=0.02)
        assert ((columns + 0.5).mean() / SAMPLES, (rows + 0.5).mean() / SAMPLES) == pytest.approx((x, y), abs=0.05)


def test_pixels_with_their_middle_in_a_box_are_its_own():
    inside = rastered([box(1.5, 2.4, 4.5, 3.6)], PixelBox(0, 0, 6, 6))
    assert np.argwhere(inside).tolist() == [[2, 1], [2, 2], [2, 3], [3, 1], [3, 2], [3, 3]]


def test_overlapping_polygons_are_a_union_whichever_way_they_go_round():
    first, second = box(0, 0, 4, 4), box(2, 2, 6, 6)
    whole = PixelBox(0, 0, 6, 6)
    union = rastered([first], whole) | rastered([second], whole)
    assert (rastered([first, second], whole) == union).all()
    assert (rastered([first, second[::-1]], whole) == union).all()


def test_a_part_of_the_picture_has_what_the_whole_has_there():
    polygon = [ellipse(10, 12, 9, 7)]
    part = PixelBox(4, 7, 15, 13)
    whole = rastered(polygon, PixelBox(-5, -5, 30, 30), SAMPLES)
    assert (rastered(polygon, part, SAMPLES) == whole[12 * 4 : 18 * 4, 9 * 4 : 20 * 4]).all()


def test_coverage_is_the_share_of_the_samples():
    samples = np.zeros((SAMPLES, 3 * SAMPLES), bool)
    samples[:, :SAMPLES] = True
    samples[:2, SAMPLES : 2 * SAMPLES] = True
    samples[0, -1] = True
    assert covered(samples).tolist() == [[1, 0.5, 1 / 16]]


def test_half_a_pixel_counts_as_half():
    halves = covered(rastered([box(0.5, 0, 2.25, 1)], PixelBox(0, 0, 3, 1), SAMPLES))
    assert halves.tolist() == [[0.5, 1, 0.25]]


def test_boxes_hold_their_polygon_and_end_at_the_picture():
    assert box_around(ellipse(3.5, 4.5, 2, 2)) == PixelBox(1, 2, 6, 7)
    assert PixelBox(-3, 2, 9, 7).within((5, 6)) == PixelBox(0, 2, 5, 6)
    assert PixelBox(7, 2, 9, 7).within((5, 6)).empty
    x, y = PixelBox(2, 5, 4, 6).middles()
    assert (x.tolist(), y.tolist()) == ([[2.5, 3.5]], [[5.5, 5.5]])
