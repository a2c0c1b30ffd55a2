import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.wordnet.table import plain, singulars

IRREGULAR = {"mice": ("mouse",), "oxen": ("ox",), "attorneys general": ("attorney general",)}


@pytest.mark.parametrize(
    "written", ["dining table", "Dining Table", "dining_table", "dining-table", "  dining   table ", "DINING\ttable"]
)
def test_case_blanks_hyphens_and_underscores_make_no_difference(written):
    assert plain(written) == "dining table"


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("Café", "cafe"),
        ("cafe\N{COMBINING ACUTE ACCENT}", "cafe"),
        ("jack-o'-lantern", "jack o lantern"),
        ("St. Bernard", "st bernard"),
    ],
)
def test_accents_and_points_make_no_difference(written, word):
    assert plain(written) == word


@given(st.text())
def test_a_plain_word_is_its_own_plain_form(text):
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("dogs", "dog"),
        ("buses", "bus"),
        ("foxes", "fox"),
        ("quizzes", "quizz"),
        ("benches", "bench"),
        ("brushes", "brush"),
        ("firemen", "fireman"),
        ("cherries", "cherry"),
        ("mice", "mouse"),
        ("dining tables", "dining table"),
        ("field mice", "field mouse"),
        ("attorneys general", "attorney general"),
    ],
)
def test_plurals_lead_to_their_singulars(plural, singular):
    assert singular in singulars(plural, IRREGULAR)


@pytest.mark.parametrize("word", ["glass", "dog", "as", ""])
def test_what_is_no_plural_is_left_alone(word):
    assert list(singulars(word, IRREGULAR)) == []


def test_an_exception_comes_before_a_rule():
    assert next(singulars("axes", {"axes": ("axis",)})) == "axis"
