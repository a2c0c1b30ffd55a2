import itertools

from hypothesis import given
from hypothesis import strategies as st

from seedmask.dataset.index import Row
from seedmask.report.chain import select_images

TAGS = st.none() | st.lists(st.integers(0, 5), max_size=3, unique=True).map(tuple)


def row(number, tags):
    return Row(f"p{number:03d}", f"p{number:03d}.png", "train", 4, 4, tags, "", None, None)


@given(st.lists(TAGS, max_size=30), st.integers(0, 12))
def test_a_choice_is_so_many_different_rows_in_order(tags, count):
    rows = [row(number, tag) for number, tag in enumerate(tags)]
    chosen = [r.id for r in select_images(rows, count)]
    assert len(chosen) == min(count, len(rows))
    assert chosen == sorted(set(chosen))


def test_a_rare_class_is_shown():
    rows = [row(number, (0,) if number != 57 else (1,)) for number in range(100)]
    assert "p057" in [r.id for r in select_images(rows, 2)]


def test_equal_pictures_are_spread_over_the_set():
    numbers = [int(r.id[1:]) for r in select_images([row(number, (0,)) for number in range(80)], 8)]
    assert {number // 20 for number in numbers} == {0, 1, 2, 3}
    assert min(b - a for a, b in itertools.pairwise(numbers)) > 2


def test_pictures_with_several_classes_do_not_crowd_out_the_others():
    rows = [row(number, (0, 1) if number % 2 else (number // 2 % 4,)) for number in range(40)]
    shown = select_images(rows, 4)
    assert {tag for r in shown for tag in r.tags} == {0, 1, 2, 3}
