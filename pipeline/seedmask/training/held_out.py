"""Training pictures that are kept out to look at their tags, and whether these choose the epoch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedmask.config.networks import ClassifierOptions
from seedmask.dataset.catalogue import class_counts
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError

SHARE = 0.1
"""What `holdout: auto` keeps out, where it does."""
FEWEST = 10
"""Held-out pictures of a class, on average over all draws, from which average precision says more than chance."""


@dataclass(frozen=True)
class HoldOut:
    """What is kept out of a training.

    Args:
        training: pictures to learn from.
        held_out: pictures to measure mAP on.
        by_tags: whether the epoch with the best mAP is kept, and not the last one.
        why: what decided, for people.
    """

    training: Sequence[Row]
    held_out: Sequence[Row]
    by_tags: bool
    why: str

    def describe(self) -> str:
        """All of it in a line."""
        kept = "the epoch with the best mAP on their tags" if self.by_tags else "the last epoch"
        pictures = len(self.training) + len(self.held_out)
        return f"held out: {len(self.held_out)} of {pictures} pictures; kept: {kept}, {self.why}"


def hold_out(rows: Sequence[Row], classes: Sequence[str], options: ClassifierOptions) -> HoldOut:
    """Draw the pictures that are kept out, by the seed of the training.

    Args:
        rows: the training pictures.
        classes: names of the classes.
        options: `holdout` and `select`, one or both of which may be left to the set.

    Raises:
        SeedmaskError: `select: tags` without pictures to select on.
    """
    share = SHARE if options.holdout == "auto" else options.holdout
    by_tags, why = options.select == "tags", f"as `select: {options.select}` says"
    if options.select == "auto":
        by_tags, why = _enough(rows, classes, share)
    if options.holdout == "auto" and not by_tags:
        share = 0.0
    size = round(len(rows) * share)
    if by_tags and size == 0:
        raise SeedmaskError("select: tags needs pictures to select on; set `holdout` to 0.1 or so")
    kept_out = frozenset(np.random.default_rng(options.seed).permutation(len(rows))[:size].tolist())
    training = [row for number, row in enumerate(rows) if number not in kept_out]
    held_out = [row for number, row in enumerate(rows) if number in kept_out]
    return HoldOut(training, held_out, by_tags, why)


def _enough(rows: Sequence[Row], classes: Sequence[str], share: float) -> tuple[bool, str]:
    """Whether every class that occurs has enough held-out pictures to be expected, and that in words."""
    if not share:
        return False, "as `holdout: 0` says"
    counts = zip(class_counts(rows, len(classes)).tolist(), classes, strict=True)
    fewest, rarest = min((pair for pair in counts if pair[0]), default=(0, "none"))
    wanted = math.ceil(FEWEST / share)
    why = f"because the rarest class, {rarest}, has {fewest} pictures, and {wanted} are asked for"
    return fewest >= wanted, why
