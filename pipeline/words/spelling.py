"""Spellings of one word: case, accents, blanks, hyphens, plurals."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

ENDINGS = (
    ("s", ""),
    ("ses", "s"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
)
"""WordNet's rules of detachment for nouns (morphy(7WN)): what a plural ends with, and its singular."""


def plain(word: str) -> str:
    """Small letters and digits without accents, single blanks between the parts of a word.

    `Dining_Table`, ` dining-table ` and `dining table` are the same; so are `jack-o'-lantern` and `jack o lantern`.
    """
    letters = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", re.sub(r"[.'’]", "", letters).replace("_", " ")))


def singulars(word: str, irregular: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What a word may be the plural of, whether there is such a word or not; each of its parts may be a plural.

    Args:
        word: in its `plain` form.
        irregular: plurals that follow no rule (WordNet's list of exceptions), in their `plain` form.
    """
    yield from irregular.get(word, ())
    parts = word.split()
    if len(parts) <= 3:
        options = [(part, *irregular.get(part, ()), *_detached(part)) for part in parts]
        yield from (single for single in map(" ".join, product(*options)) if single != word)


def _detached(word: str) -> Iterator[str]:
    if word.endswith("ss") or len(word) <= 2:
        return
    for ending, singular in ENDINGS:
        if word.endswith(ending):
            yield word.removesuffix(ending) + singular
