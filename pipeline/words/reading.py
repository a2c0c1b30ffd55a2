"""What a word stands for in a label space, or why that cannot be said."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pipeline.words.senses import undoubted
from pipeline.words.space import LabelSpace
from pipeline.words.spelling import plain, singulars
from pipeline.words.table import Sense, Words, read_words

SYNSET = re.compile(r"n\d{8}")
LISTED = 6
"""Senses that are listed of a word, and the most classes that are proposed in the place of one that is not there."""


@dataclass(frozen=True)
class Unclear:
    """Why a word stands for nothing."""

    found: str
    proposed: tuple[str, ...] = ()
    """Words or synsets that the user may mean."""


@dataclass(frozen=True)
class Reader:
    """Reads words in a label space."""

    space: LabelSpace

    @property
    def words(self) -> Words:
        """All words."""
        return read_words()

    @cached_property
    def _rows(self) -> dict[str, frozenset[int]]:
        rows: dict[str, set[int]] = {}
        for row, synset in enumerate(self.space.synsets):
            for above in self.words.above(synset) if synset else ():
                rows.setdefault(above, set()).add(row)
        return {synset: frozenset(found) for synset, found in rows.items()}

    @cached_property
    def _words_with_rows(self) -> list[str]:
        return [word for word, senses in self.words.senses.items() if any(map(self.rows, _synsets(senses)))]

    def rows(self, synset: str) -> frozenset[int]:
        """Rows of a synset and of all below it."""
        return self._rows.get(synset, frozenset())

    def read(self, word: str) -> str | Unclear:
        """The synset that a word or an id stands for."""
        if SYNSET.fullmatch(word):
            return self._of_id(word)
        key = plain(word)
        forms = self._forms(key)
        if not forms:
            near = difflib.get_close_matches(key, self._words_with_rows, n=3, cutoff=0.75)
            return Unclear(
                f"{word!r} is no English noun that WordNet has for anything near ImageNet's classes", tuple(near)
            )
        senses = self._senses(forms)
        meant = undoubted(senses, self.rows, self.words)
        return meant or self._unclear(word, forms, senses)

    def _of_id(self, synset: str) -> str | Unclear:
        if synset not in self.words.lemmas:
            near = difflib.get_close_matches(synset, [one for one in self.space.synsets if one], n=1)
            return Unclear(f"{synset} is no noun synset of WordNet 3.0 near ImageNet's classes", tuple(near))
        if not self.rows(synset):
            return Unclear(f"{self.words.described(synset)} has no class in {self.space.name}", self._beside([synset]))
        return synset

    def _forms(self, key: str) -> list[str]:
        """Words that a key may be: itself or its singulars, else the only one of the same letters."""
        spellings = list(dict.fromkeys((key, *singulars(key, self.words.plurals))))
        if forms := [one for one in spellings if one in self.words.senses]:
            return forms
        for one in spellings:
            if together := self.words.joined.get(one.replace(" ", "")):
                return list(together)
        return []

    def _senses(self, forms: list[str]) -> tuple[Sense, ...]:
        """Senses of all forms, those first whose form has rows at all: nobody means the `shoes` of `in your shoes`."""
        senses = [self.words.senses[form] for form in forms]
        senses.sort(key=lambda of_form: not any(map(self.rows, _synsets(of_form))))
        return tuple({sense.synset: sense for of_form in reversed(senses) for sense in reversed(of_form)}.values())[
            ::-1
        ]

    def _unclear(self, word: str, forms: list[str], senses: tuple[Sense, ...]) -> Unclear:
        having = [sense.synset for sense in senses if self.rows(sense.synset)]
        if not having:
            meanings = self._listed((sense.synset for sense in senses), forms)
            found = f"no class of {self.space.name} is one, or a kind of one: {meanings}"
            return Unclear(found, self._beside([sense.synset for sense in senses]))
        first = senses[0].synset
        found = f"has several senses: {self._listed(having, forms)}"
        if first not in having:
            found = f"its first sense, {self._listed([first], forms)}, has no class in {self.space.name}, only {self._listed(having, forms)}"
        return Unclear(found, tuple(having[:LISTED]))

    def _listed(self, synsets: Iterable[str], forms: list[str]) -> str:
        described = [self._described(synset, forms) for synset in synsets]
        more = f" and {len(described) - LISTED} more" if len(described) > LISTED else ""
        return ", ".join(described[:LISTED]) + more

    def _described(self, synset: str, forms: list[str]) -> str:
        names = [plain(name) for name in self.words.lemmas[synset]]
        return self.words.described(synset, next((form for form in forms if form in names), ""))

    def _beside(self, synsets: Iterable[str]) -> tuple[str, ...]:
        """Classes of the closest relatives, where they are few."""
        for synset in synsets:
            level = self.words.hypernyms[synset]
            while level:
                rows = frozenset[int]().union(*map(self.rows, level))
                if rows:
                    return tuple(self.space.synsets[row] for row in sorted(rows)) if len(rows) <= LISTED else ()
                level = tuple(above for one in level for above in self.words.hypernyms[one])
        return ()


def _synsets(senses: Iterable[Sense]) -> Iterator[str]:
    return (sense.synset for sense in senses)
