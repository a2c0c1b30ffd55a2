import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.dataset.formats.classes import _is_usable
from seedmask.dataset.formats.listing import Findings
from seedmask.errors import SeedmaskError
from seedmask.intake.class_names import changed, usable_names


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=8))
def test_every_name_becomes_one_that_a_table_can_hold(name):
    findings = Findings()
    (new,) = usable_names([name]).values()
    assert _is_usable(new, "", findings), findings.problems


@pytest.mark.parametrize("name", ['a "q" <b>', "Kühe & Kälber", "plain, comma", "牛", "big cow"])
def test_names_that_can_be_held_stay(name):
    assert usable_names([name]) == {name: name}
    assert changed({name: name}) == []


def test_two_names_that_would_become_one_are_refused():
    with pytest.raises(SeedmaskError, match='classes "a;b" and "a,b" would both be called "a,b"'):
        usable_names(["a;b", "a,b"])


def test_more_classes_than_labels_can_hold_are_refused_with_the_limit():
    assert len(usable_names(f"c{n}" for n in range(253))) == 253
    with pytest.raises(SeedmaskError, match=r"254 classes .* expected at most 253"):
        usable_names(f"c{n}" for n in range(254))
