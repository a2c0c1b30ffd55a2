from hypothesis import given
from hypothesis import strategies as st

from seedmask.wordnet.match import shared_out

CLAIMS = st.dictionaries(st.integers(0, 8), st.frozensets(st.integers(0, 12), min_size=1))


def test_rows_of_a_narrower_tag_are_taken_from_the_broader_ones():
    animal, dog, poodle = frozenset({0, 1, 2, 3, 4}), frozenset({1, 2, 3}), frozenset({3})
    assert shared_out({0: animal, 1: dog, 2: poodle}) == {0: {0, 4}, 1: {1, 2}, 2: {3}}


def test_a_broader_tag_may_lose_everything():
    assert shared_out({0: frozenset({0, 1}), 1: frozenset({0}), 2: frozenset({1})})[0] == frozenset()


def test_the_same_rows_go_to_nobody_and_not_to_a_broader_tag_either():
    vehicle, car = frozenset({0, 1, 2}), frozenset({0, 1})
    assert shared_out({0: vehicle, 1: car, 2: car}) == {0: {2}, 1: frozenset(), 2: frozenset()}


def test_rows_of_tags_that_overlap_go_to_neither():
    assert shared_out({0: frozenset({0, 1}), 1: frozenset({1, 2})}) == {0: {0}, 1: {2}}


@given(CLAIMS)
def test_every_tag_keeps_some_of_what_it_claims_and_no_row_is_kept_twice(claims):
    kept = shared_out(claims)
    assert all(kept[tag] <= claims[tag] for tag in claims)
    assert sum(map(len, kept.values())) == len(frozenset().union(*kept.values()))


@given(CLAIMS)
def test_a_row_that_one_tag_claims_is_kept(claims):
    kept = shared_out(claims)
    for tag, rows in claims.items():
        others = frozenset().union(*(claimed for other, claimed in claims.items() if other != tag))
        assert rows - others <= kept[tag]


@given(CLAIMS)
def test_the_order_of_the_tags_makes_no_difference(claims):
    assert shared_out(dict(reversed(claims.items()))) == shared_out(claims)
