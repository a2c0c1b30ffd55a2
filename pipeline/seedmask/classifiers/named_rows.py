"""Weights of classes that start from rows of the encoder's own head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Integer

from seedmask.config.networks import EncoderOptions
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.job import log
from seedmask.methods.named import centred, mean_rows
from seedmask.networks.encoders import Encoder
from seedmask.networks.imagenet_head import Head, PreLogits, check_fit, load_head
from seedmask.wordnet import Match, Matching, match
from seedmask.wordnet.table import read_words

SHOWN = 6
"""Rows of a class that are logged by name."""


@dataclass(frozen=True)
class NamedRows:
    """A head, and the rows of it that represent each class."""

    head: Head
    matching: Matching
    classes: Sequence[str]

    @property
    def chosen(self) -> Integer[torch.Tensor, " M"]:
        """Numbers of the rows that represent a class, class by class."""
        return torch.tensor([row for _, match in self._matches for row in match.rows], dtype=torch.long)

    @property
    def class_of(self) -> Integer[torch.Tensor, " M"]:
        """0-based class of each chosen row."""
        return torch.tensor([number for number, match in self._matches for _ in match.rows], dtype=torch.long)

    @property
    def digest(self) -> str:
        """Digest of the rows; it covers the table of words, which is not code."""
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

    def log_rows(self) -> None:
        """Log the rows of each class."""
        for fact in self.facts:
            shown, more = ", ".join(fact["rows"][:SHOWN]), len(fact["rows"]) - SHOWN
            if shown:
                log.info("%s: %s%s", fact["tag"], shown, f" and {more} more" if more > 0 else "")

    @property
    def _matches(self) -> list[tuple[int, Match]]:
        return sorted(self.matching.matches.items())


def named_rows(encoder: EncoderOptions, names: Mapping[str, Sequence[str]], classes: Sequence[str]) -> NamedRows:
    """The rows of some classes.

    Args:
        encoder: the encoder that has the head.
        names: see `match`.
        classes: names of all classes.

    Raises:
        SeedmaskError: see `load_head` and `match`.
    """
    head = load_head(encoder)
    return NamedRows(head, match(classes, head.space, names), classes)


@torch.no_grad()
def start_from_rows(
    weight: Float[torch.Tensor, "C D"], encoder: Encoder, options: EncoderOptions, rows: NamedRows
) -> None:
    """Replace the drawn weights of each class that has rows by its mean row minus the mean of all rows.

    Args:
        weight: of the classes, on the encoder's last features; changed in place.
        encoder: the encoder.
        options: its options.
        rows: what the classes start from.

    Raises:
        SeedmaskError: the head does not read the mean of the last features.
    """
    read = PreLogits(encoder)
    if not read.is_identity:
        raise SeedmaskError(
            f"head: named: encoder {options.encoder} has further layers between its last features and its head, which "
            "no weight of a class can stand for; use `method: named`, or an encoder without, like resnet50"
        )
    check_fit(rows.head, read, options)
    for miss in rows.matching.misses.values():
        log.warning("head: named: no row for %r: drawn as usual; %s; %s", miss.tag, miss.found, miss.remedy)
    rows.log_rows()
    means = mean_rows(centred(rows.head.weight)[rows.chosen], rows.class_of, len(weight))
    matched = rows.class_of.unique()
    weight[matched] = means[matched].to(weight.device)
