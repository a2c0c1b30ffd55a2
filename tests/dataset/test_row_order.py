from hypothesis import given
from hypothesis import strategies as st

from seedmask.dataset.entries import ListedImage
from seedmask.dataset.row_order import in_rows


def images(names: str) -> list[ListedImage]:
    """Images whose names are letters; capital letters are of split `val`."""
    splits = ("val" if name.isupper() else "train" for name in names)
    return [
        ListedImage(name.lower(), split, (), f"{name}.png", "", None, None, "", None)
        for name, split in zip(names, splits, strict=True)
    ]


def rows(now: str, before: str) -> str:
    listed = [(image.id, image.split) for image in images(before)]
    return "".join(image.id.upper() if image.split == "val" else image.id for image in in_rows(images(now), listed))


def test_a_new_set_is_as_it_is_listed():
    assert rows("bcA", "") == "bcA"


def test_what_is_added_stands_behind_in_the_order_of_the_list():
    assert rows("abcdeFG", "bdF") == "bdFaceG"


def test_a_new_image_takes_the_row_of_one_that_is_gone():
    assert rows("abce", "abcd") == "abce"


def test_the_last_images_take_the_rows_that_stay_empty():
    assert rows("bcdf", "abcdef") == "fbcd"


def test_an_image_that_changes_its_split_is_another_one():
    assert rows("acB", "abc") == "aBc"


def test_a_set_of_which_most_are_gone_is_sorted_anew():
    assert rows("cxyz", "abc") == "cxyz"


def test_a_name_that_is_there_twice_loses_no_image():
    assert rows("aab", "ba") == "aab"


SETS = st.sets(st.sampled_from("abcdefghijKLMNOP"), min_size=1)


@given(SETS, SETS)
def test_no_image_is_lost_and_those_that_stay_keep_their_rows_unless_they_fill_one(before, now):
    before, now = "".join(sorted(before)), "".join(sorted(now))
    found = rows(now, before)
    assert sorted(found) == sorted(now)
    if sum(name not in now for name in before) <= len(before) / 2:
        moved = [name for row, name in enumerate(before) if name in now and found[row : row + 1] != name]
        assert all(before.index(name) >= len(now) for name in moved)
    assert rows(now, found) == found
