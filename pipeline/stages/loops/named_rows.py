"""Rows of an encoder's head for the classes of a data set, by the words of their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Integer

from pipeline.config.networks import Encoder
from pipeline.fingerprint import digest
from pipeline.job import log
from pipeline.nets.named_head import Head, head_of
from pipeline.words import Match, Matching, match
from pipeline.words.table import read_words

SHOWN = 6
"""Rows of a class that are logged by name."""


@dataclass(frozen=True)
class NamedRows:
    """A head, and which of its rows stand for which class."""

    head: Head
    matching: Matching
    classes: Sequence[str]

    @property
    def chosen(self) -> Integer[torch.Tensor, " M"]:
        """Numbers of the rows that stand for a class, class by class."""
        return torch.tensor([row for one in self._matches for row in one[1].rows], dtype=torch.long)

    @property
    def class_of(self) -> Integer[torch.Tensor, " M"]:
        """0-based class of each of these."""
        return torch.tensor([number for number, one in self._matches for _ in one.rows], dtype=torch.long)

    @property
    def digest(self) -> str:
        """Changes with the rows; the words that they were found by are no code."""
        return digest([self.chosen.tolist(), self.class_of.tolist()])

    @property
    def facts(self) -> list[dict[str, Any]]:
        """Tag, senses and names of the rows of each class, for people."""
        words, synsets = read_words(), self.matching.space.synsets
        return [
            {
                "tag": tag,
                "senses": [words.described(sense) for sense in one.senses] if one else [],
                "rows": [words.lemmas[synsets[row]][0] for row in one.rows] if one else [],
            }
            for tag, one in ((tag, self.matching.matches.get(number)) for number, tag in enumerate(self.classes))
        ]

    def tell(self) -> None:
        """Log the rows of each class."""
        for fact in self.facts:
            shown, more = ", ".join(fact["rows"][:SHOWN]), len(fact["rows"]) - SHOWN
            if shown:
                log.info("%s: %s%s", fact["tag"], shown, f" and {more} more" if more > 0 else "")

    @property
    def _matches(self) -> list[tuple[int, Match]]:
        return sorted(self.matching.matches.items())


def named_rows(encoder: Encoder, names: Mapping[str, Sequence[str]], classes: Sequence[str]) -> NamedRows:
    """The rows of some classes.

    Args:
        encoder: whose head it is.
        names: see `match`.
        classes: names of all classes.

    Raises:
        SeedmaskError: see `head_of` and `match`.
    """
    head = head_of(encoder)
    return NamedRows(head, match(classes, head.space, names), classes)
