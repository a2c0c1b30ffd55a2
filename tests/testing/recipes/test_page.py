"""The page of the published systems says what recipes and notes say."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from seedmask.config.graph import load_file
from seedmask.testing.recipes.assumed import assumed
from seedmask.testing.recipes.notes import Notes, read_notes
from seedmask.testing.recipes.page import pages

ROOT = Path(__file__).parents[3]
NOTES = read_notes(ROOT / "docs" / "published.yaml")
PAGE = "docs/published.md"
MEMORY = re.compile(r"\d+ GiB")


def test_the_page_is_up_to_date(request):
    """Memory takes most of a minute to count, so that `make recipes` alone compares it."""
    written = (ROOT / PAGE).read_text(encoding="utf-8")
    if request.config.getoption("--thorough"):
        assert written == pages(ROOT)[PAGE], "stale; run: python -m seedmask.testing.recipes"
    made = pages(ROOT, memory=lambda options, classes, background: 0)[PAGE]
    assert MEMORY.sub("0 GiB", written) == made, "stale; run: python -m seedmask.testing.recipes"


def test_every_recipe_of_a_paper_is_on_the_page():
    recipes = {path.stem for path in (ROOT / "recipes").glob("*.yaml")}
    assert set(NOTES.systems) == {
        name for name in recipes if re.match(r"(pmm|sfc|i2crc|agmm)-(voc|coco|citysc|ade20k)", name)
    }


@pytest.mark.parametrize("recipe", NOTES.systems)
def test_published_numbers_are_those_of_variants_that_the_recipe_has(recipe):
    variants = dict(load_file(ROOT / "recipes" / f"{recipe}.yaml").variants())
    assert {number.variant for number in NOTES.systems[recipe].numbers} - {""} <= variants.keys()


RECIPE = """\
classifiers:
  cam:  # assumed: the usual one
    epochs: 5
    lr: 0.1  # a paper
# assumed: as in the paper's other set
seeds:
  cam: &cam {from: classifiers/cam, scales: [1.0]}
  other: {<<: *cam, flip: true}  # nothing is presumed
"""


def test_assumed_values_are_found_by_the_comment_beside_or_above(tmp_path):
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    found = {value.key: value.comment for value in assumed(tmp_path / "recipe.yaml")}
    assert found == {
        "classifiers.cam": "assumed: the usual one",
        "seeds": "assumed: as in the paper's other set",
    }


SYSTEM = {
    "sources": {"paper": "the paper"},
    "sets": {"cows": {"pictures": 2, "classes": 1}},
    "systems": {
        "pmm-cows": {"system": "PMM", "data": "cows", "numbers": [{"what": "x", "value": 1, "source": "paper"}]}
    },
    "missing": [],
    "departures": [{"recipes": ["pmm"], "part": "a", "published": "b", "ours": "c", "why": "d", "size": "e"}],
}


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("sources", {"other": "another"}, "pmm-cows: paper is not in `sources`"),
        ("sets", {}, "pmm-cows: cows is not in `sets`"),
        ("departures", [SYSTEM["departures"][0] | {"recipes": ["psm"]}], "a: psm is no recipe"),
    ],
)
def test_a_note_that_names_nothing_is_refused(part, value, message):
    assert Notes.model_validate(SYSTEM).of_recipe("pmm-cows")
    with pytest.raises(ValidationError, match=message):
        Notes.model_validate(SYSTEM | {part: value})
