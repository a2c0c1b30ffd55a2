import numpy as np
import pytest

from seedmask.methods.coco_masks import RECIPES, CocoObject


def rectangle(top, left, bottom, right):
    pixels = np.zeros((4, 6), bool)
    pixels[top:bottom, left:right] = True
    return pixels


LARGE = CocoObject(rectangle(0, 0, 4, 4), 1, 16, crowd=False)
SMALL = CocoObject(rectangle(1, 1, 3, 3), 2, 4, crowd=False)
CROWD = CocoObject(rectangle(0, 2, 2, 6), 3, 8, crowd=True)
BOX = CocoObject(rectangle(3, 3, 4, 6), 4, 3, crowd=False, outlined=False)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("smallest_on_top", ["1111VV", "1221VV", "122100", "1111VV"]),
        ("recam", ["111100", "111100", "111100", "111100"]),
        ("coco2voc", ["113333", "122333", "122100", "111100"]),
    ],
)
def test_a_recipe_decides_what_lies_above(recipe, expected):
    mask = RECIPES[recipe]([SMALL, LARGE, CROWD, BOX], 4, 6)
    assert mask.dtype == np.uint8
    assert ["".join("V" if value == 255 else str(value) for value in row) for row in mask] == expected


@pytest.mark.parametrize(("recipe", "above"), [("smallest_on_top", 1), ("recam", 2), ("coco2voc", 1)])
def test_of_equal_areas_the_earlier_lies_above_but_where_the_last_one_wins(recipe, above):
    pair = [LARGE._replace(label=label, area=5) for label in (1, 2)]
    assert set(np.unique(RECIPES[recipe](pair, 4, 6))) == {0, above}


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_picture_without_objects_is_background(recipe):
    assert not RECIPES[recipe]([], 4, 6).any()
