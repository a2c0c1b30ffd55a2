import numpy as np
import pytest

from seedmask.intake.regions import Region, drawing_of, ellipse, number_in, polygon, rectangle, size_in, text_in

SIZE = (8, 6)


def drawn(*areas):
    """A mask with each area in a class of its own, 1 the first."""
    numbers = {f"c{number}": number for number in range(1, len(areas) + 1)}
    regions = [Region(name, paint=area) for name, area in zip(numbers, areas, strict=True)]
    return drawing_of(regions, SIZE)(numbers)


def test_later_areas_lie_above_earlier_ones_and_end_with_the_picture():
    mask = drawn(
        rectangle((7.0, 6.0), (-100.0, -100.0)), polygon([(4.0, 3.0), (900.0, 3.0), (900.0, 900.0), (4.0, 900.0)])
    )
    expected = np.array([[1] * 7 + [0]] * 3 + [[1] * 4 + [2] * 4] * 3)
    np.testing.assert_array_equal(mask, expected)
    assert mask.dtype == np.uint8


def test_an_ellipse_is_turned_clockwise():
    flat, upright = drawn(ellipse((4.0, 3.0), (3.0, 1.0))), drawn(ellipse((4.0, 3.0), (3.0, 1.0), 90.0))
    assert (flat[3, 2], flat[1, 4], upright[3, 2], upright[1, 4]) == (1, 0, 0, 1)
    slanted = drawn(ellipse((4.0, 3.0), (4.0, 0.5), 45.0))
    assert (slanted[5, 6], slanted[1, 6]) == (1, 0)


@pytest.mark.parametrize("name", ["__ignore__", "unlabeled", "background", "_background_"])
def test_background_is_drawn_as_0_and_what_is_to_be_ignored_as_255(name):
    regions = [
        Region("cow", paint=rectangle((0.0, 0.0), (8.0, 6.0))),
        Region(name, paint=rectangle((0.0, 0.0), (1.0, 1.0))),
    ]
    assert drawing_of(regions, SIZE)({"cow": 1})[0, 0] == (0 if "background" in name else 255)


def test_what_is_no_number_size_or_name_is_refused():
    for value in ("1", None, True, float("inf"), float("nan"), 1 << 20, [1]):
        with pytest.raises(ValueError, match=r"x is .*, expected a number"):
            number_in(value, "x")
    for width in (0, -1, 1.5, 1 << 15):
        with pytest.raises(ValueError, match=r"width of the image is .*, expected a whole number from 1 to 16384"):
            size_in(width, 6)
    assert size_in(8.0, 6) == (8, 6)
    assert text_in(" ka\u0308lber ", "x") == "k\u00e4lber"
