"""The part of WordNet 3.0 that names ImageNet's classes, as `python -m seedmask.wordnet.make` has written it.

A line of `wordnet.tsv.gz` is a noun synset: its id, its hypernyms, the name of what is above where it has none, and its
lemmas, each with its sense number and how often WordNet's tagged texts have that sense. There are all synsets of
timm's label spaces, all above them, and without hypernyms the other senses of their words. The last lines are irregular
plurals. WordNet's licence lies beside the table.
"""

import gzip
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

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
"""WordNet's rules of detachment for nouns (morphy(7WN)): endings of plurals and of their singulars."""


def plain(word: str) -> str:
    """Small letters and digits without accents, single blanks between the parts of a word.

    `Dining_Table`, ` dining-table ` and `dining table` are the same; so are `jack-o'-lantern` and `jack o lantern`.
    """
    letters = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", re.sub(r"[.'’]", "", letters).replace("_", " ")))


def singulars(word: str, irregular: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Possible singulars of a word, whether they exist or not; each of its parts may be a plural.

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


TABLE = Path(__file__).parent / "wordnet.tsv.gz"
PLURAL = "plural"
"""First cell of the line of an irregular plural."""


class Sense(NamedTuple):
    """One meaning of a word."""

    synset: str
    number: int
    """From 1, the most frequent one first."""
    count: int
    """How often WordNet's tagged texts have the word in this sense."""
    first_name: bool
    """Whether the word is the synset's first lemma."""


@dataclass(frozen=True)
class Words:
    """Words, their senses, and their hypernyms."""

    senses: Mapping[str, tuple[Sense, ...]]
    """By the word in its `plain` form, the most frequent sense first."""
    plurals: Mapping[str, tuple[str, ...]]
    """Irregular plurals and their singulars, both plain."""
    joined: Mapping[str, tuple[str, ...]]
    """Words by their letters without blanks."""
    lemmas: Mapping[str, tuple[str, ...]]
    """Names of each synset, as WordNet writes them but with blanks."""
    hypernyms: Mapping[str, tuple[str, ...]]
    """Direct hypernyms of each synset."""
    kinds: Mapping[str, str]
    """Name of the hypernym of each synset; empty for the topmost."""

    def above(self, synset: str) -> frozenset[str]:
        """A synset and all its hypernyms."""
        found, waiting = set(), [synset]
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                waiting += self.hypernyms[one]
        return frozenset(found)

    def described(self, synset: str, words: Collection[str] = ()) -> str:
        """`n02012849 crane (wading bird)`, by the lemma that is one of some words, or else by the first."""
        names = self.lemmas[synset]
        name = next((name for name in names if plain(name) in words), names[0])
        return f"{synset} {name}" + (f" ({self.kinds[synset]})" if self.kinds[synset] else "")


@cache
def read_words(path: Path = TABLE) -> Words:
    """The table."""
    senses: dict[str, list[Sense]] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    joined: dict[str, dict[str, None]] = {}
    lemmas, hypernyms, kinds = {}, {}, {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            key, *cells = line.rstrip("\n").split("\t")
            if key == PLURAL:
                plurals[plain(cells[0])] = tuple(map(plain, cells[1:]))
                continue
            hypernyms[key], kinds[key] = tuple(cells[0].split()), cells[1]
            names = []
            for cell in cells[2:]:
                lemma, number, count = cell.split()
                word = plain(lemma)
                senses.setdefault(word, []).append(Sense(key, int(number), int(count), first_name=not names))
                joined.setdefault(word.replace(" ", ""), {})[word] = None
                names.append(lemma.replace("_", " "))
            lemmas[key] = tuple(names)
    for synset, above in hypernyms.items():
        kinds[synset] = kinds[synset] or (lemmas[above[0]][0] if above else "")
    return Words(
        {word: _in_order(found) for word, found in senses.items()},
        plurals,
        {letters: tuple(words) for letters, words in joined.items()},
        lemmas,
        hypernyms,
        kinds,
    )


def _in_order(senses: list[Sense]) -> tuple[Sense, ...]:
    """By number; of lemmas that differ in a hyphen alone, both of a synset, the more frequent one."""
    best: dict[str, Sense] = {}
    for sense in sorted(senses, key=lambda sense: (sense.number, -sense.count, sense.synset)):
        best.setdefault(sense.synset, sense)
    return tuple(best.values())
