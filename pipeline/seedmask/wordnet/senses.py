"""Synset of a word in a label space, or the reason why none is chosen."""

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from seedmask.wordnet.space import LabelSpace
from seedmask.wordnet.table import Sense, Words, plain, read_words, singulars

TIMES = 20
PERSON = "n00007846"
RowsOf = Callable[[str], frozenset[int]]
"""Rows of a synset and of all below it."""


def undoubted(senses: Sequence[Sense], rows_of: RowsOf, words: Words) -> str | None:
    """The synset of a word; None if it would be a guess.

    Args:
        senses: those of the word, the most frequent one first.
        rows_of: rows of a synset.
        words: what lies above a synset.
    """
    first, *others = senses
    rows = rows_of(first.synset)
    if not rows:
        return None
    is_person = PERSON in words.above(first.synset)
    rivals = (other for other in others if not rows_of(other.synset) <= rows)
    weights = (
        rival.count / 2 if PERSON in words.above(rival.synset) and not is_person else _seen(rival) for rival in rivals
    )
    return first.synset if all(first.count >= TIMES * weight for weight in weights) else None


def _seen(sense: Sense) -> float:
    return float(sense.count or (1 if sense.first_name else 0.5))


SYNSET = re.compile(r"n\d{8}")
LISTED = 6
"""Senses, or classes beside one, that are listed at most."""
NEAREST_SEARCHES = 20
"""A search among all words costs up to half a second; the first few words show the mistake."""


@dataclass(frozen=True)
class Unclear:
    """Reason why a word has no synset."""

    found: str
    advice: str
    """Advice on what to write instead; `proposed` follows it."""
    proposed: tuple[str, ...] = ()
    """A word or a synset that the user may mean, and others."""


class SenseReader:
    """Reads words in a label space.

    Args:
        space: what the rows of a head stand for.
    """

    def __init__(self, space: LabelSpace):
        self.space = space
        self.words: Words = read_words()
        self._rows = rows_below(space)
        self._searches = 0

    def rows(self, synset: str) -> frozenset[int]:
        """Rows of a synset and of all below it."""
        return self._rows.get(synset, frozenset())

    def read(self, word: str) -> str | Unclear:
        """The synset of a word or an id."""
        if SYNSET.fullmatch(word):
            return self._of_id(word)
        key = plain(word)
        if not (forms := self._forms(key)):
            near = self._nearest(key)
            listed = ", ".join(f'"{one}"' for one in near)
            found = "no word for ImageNet's classes or what they are kinds of (English nouns of WordNet 3.0)"
            return Unclear(found + f"; nearest: {listed}" * bool(near), "write an English word", near)
        senses = self._senses(forms)
        return undoubted(senses, self.rows, self.words) or self._unclear(forms, senses)

    def _of_id(self, synset: str) -> str | Unclear:
        if synset not in self.words.lemmas:
            near = difflib.get_close_matches(synset, filter(None, self.space.synsets), n=1)
            return Unclear(
                f"{synset} is no synset of WordNet 3.0 for ImageNet's classes", "write another one", tuple(near)
            )
        return synset if self.rows(synset) else self._without_rows([synset], [])

    def _forms(self, key: str) -> list[str]:
        """Words that a key may be: itself and its singulars, or else those that differ in their blanks alone."""
        spellings = list(dict.fromkeys((key, *singulars(key, self.words.plurals))))
        if forms := [one for one in spellings if one in self.words.senses]:
            return forms
        for one in spellings:
            if together := self.words.joined.get(one.replace(" ", "")):
                return list(together)
        return []

    def _senses(self, forms: Sequence[str]) -> tuple[Sense, ...]:
        """Senses of all forms; first those of the first form that has rows, for nobody means the `shoes` of a widow."""
        senses: dict[str, Sense] = {}
        for form in sorted(forms, key=lambda form: not self._has_rows(form)):
            for sense in self.words.senses[form]:
                senses.setdefault(sense.synset, sense)
        return tuple(senses.values())

    def _has_rows(self, word: str) -> bool:
        return any(self.rows(sense.synset) for sense in self.words.senses[word])

    def _unclear(self, forms: Sequence[str], senses: Sequence[Sense]) -> Unclear:
        having = tuple(sense.synset for sense in senses if self.rows(sense.synset))
        if not having:
            return self._without_rows([sense.synset for sense in senses], forms)
        found = f"ambiguous: {self._listed(having, forms)}"
        if (first := senses[0].synset) not in having:
            found += f"; WordNet's first sense, {self._listed([first], forms)}, has no class in {self.space.name}"
        return Unclear(found, "write the sense that is meant", having)

    def _without_rows(self, synsets: Sequence[str], forms: Sequence[str]) -> Unclear:
        found = f"no class in {self.space.name}: {self._listed(synsets, forms)}"
        beside = self._beside(synsets[0])
        return Unclear(
            found + f"; beside it: {self._listed(beside, [])}" * bool(beside), "write what looks like it", beside
        )

    def _listed(self, synsets: Sequence[str], forms: Sequence[str]) -> str:
        described = [self.words.described(synset, forms) for synset in synsets[:LISTED]]
        more = len(synsets) - LISTED
        return ", ".join(described) + (f" and {more} more" if more > 0 else "")

    def _beside(self, synset: str) -> tuple[str, ...]:
        """Classes under the same hypernym, if they are few."""
        rows = frozenset[int]().union(*map(self.rows, self.words.hypernyms[synset]))
        return tuple(self.space.synsets[row] for row in sorted(rows)) if len(rows) <= LISTED else ()

    def _nearest(self, key: str) -> tuple[str, ...]:
        self._searches += 1
        if self._searches > NEAREST_SEARCHES:
            return ()
        return tuple(difflib.get_close_matches(key, self._known, n=3, cutoff=0.75))

    @cached_property
    def _known(self) -> list[str]:
        return list(dict.fromkeys(plain(lemma) for synset in self._rows for lemma in self.words.lemmas[synset]))


@lru_cache
def rows_below(space: LabelSpace) -> dict[str, frozenset[int]]:
    """Rows of each synset that has any: its own, and those of all synsets below it."""
    rows: dict[str, set[int]] = {}
    for row, synset in enumerate(space.synsets):
        for above in read_words().above(synset) if synset else ():
            rows.setdefault(above, set()).add(row)
    return {synset: frozenset(found) for synset, found in rows.items()}
