import pytest

from seedmask.wordnet.senses import undoubted
from seedmask.wordnet.table import Sense, Words

PERSON = "n00007846"
WORDS = Words(
    senses={},
    plurals={},
    joined={},
    lemmas={},
    kinds={},
    hypernyms={"one": (), "two": (), "who": (PERSON,), PERSON: ()},
)


def sense(synset, count, first_name=True):
    return Sense(synset, 1, count, first_name)


def meant(*senses, **rows):
    return undoubted(senses, lambda synset: frozenset(rows.get(synset, ())), WORDS)


def test_a_word_with_one_sense_is_that_sense_where_it_has_rows():
    assert meant(sense("one", 0), one=[1]) == "one"
    assert meant(sense("one", 50)) is None


@pytest.mark.parametrize(("first", "second", "clear"), [(20, 1, True), (19, 1, False), (100, 5, True), (99, 5, False)])
def test_the_first_sense_must_be_twenty_times_as_frequent_as_a_rival(first, second, clear):
    assert meant(sense("one", first), sense("two", second), one=[1], two=[2]) == ("one" if clear else None)


@pytest.mark.parametrize(
    ("first", "is_first_name", "clear"), [(20, True, True), (19, True, False), (10, False, True), (9, False, False)]
)
def test_a_sense_that_was_never_seen_is_still_a_rival(first, is_first_name, clear):
    rival = sense("two", 0, is_first_name)
    assert meant(sense("one", first), rival, one=[1], two=[2]) == ("one" if clear else None)


def test_a_sense_without_rows_is_no_rival():
    assert meant(sense("one", 1), sense("two", 9), one=[1]) == "one"


def test_another_sense_never_takes_the_place_of_a_first_one_without_rows():
    assert meant(sense("one", 1), sense("two", 0), two=[2]) is None


def test_a_sense_within_the_first_one_is_no_rival():
    assert meant(sense("one", 0), sense("two", 0), one=[1, 2], two=[2]) == "one"
    assert meant(sense("one", 0), sense("two", 0), one=[1, 2], two=[2, 3]) is None


def test_a_person_is_half_a_rival_of_an_animal_or_a_thing_and_a_whole_one_of_another_person():
    assert meant(sense("one", 0), sense("who", 0), one=[1], who=[2]) == "one"
    assert meant(sense("one", 10), sense("who", 1), one=[1], who=[2]) == "one"
    assert meant(sense("one", 9), sense("who", 1), one=[1], who=[2]) is None
    assert meant(sense("who", 1), sense("one", 1), who=[1], one=[2]) is None
    assert meant(sense("who", 1), sense(PERSON, 1), who=[1], **{PERSON: [2]}) is None
