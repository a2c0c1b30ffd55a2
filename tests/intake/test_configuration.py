import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from seedmask.config.base import Name
from seedmask.intake.configuration import dataset_name


@given(st.text())
def test_every_text_becomes_a_name_of_a_data_set(text):
    assert TypeAdapter(Name).validate_python(dataset_name(text)) == dataset_name(dataset_name(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [("cows", "cows"), ("My Cows (2)", "my_cows_2"), ("Kühe", "kuhe"), ("Straße", "strasse"), ("牛", "pictures")],
)
def test_names_stay_readable(text, name):
    assert dataset_name(text) == name
