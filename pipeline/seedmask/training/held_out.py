"""Training images that are held out to measure the network on their tags, and whether these select the epoch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seedmask.config.networks import ClassifierOptions
from seedmask.dataset.catalogue import class_counts
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError

SHARE = 0.1
"""Share of the images that `holdout: auto` holds out, if any."""
FEWEST = 10
"""Held-out images of a class, on average over draws, from which average precision is more than chance."""


@dataclass(frozen=True)
class HoldOut:
    """Training images divided into those that a network learns from and those that measure it.

    Args:
        training: images to learn from.
        held_out: images to measure mAP on.
        by_tags: whether the epoch with the best mAP is kept instead of the last one.
        reason: what decided, for people.
    """

    training: Sequence[Row]
    held_out: Sequence[Row]
    by_tags: bool
    reason: str

    def describe(self) -> str:
        """A line for the log."""
        kept = "the epoch with the best mAP on their tags" if self.by_tags else "the last epoch"
        pictures = len(self.training) + len(self.held_out)
        return f"held out: {len(self.held_out)} of {pictures} pictures; kept: {kept}, {self.reason}"


def hold_out(rows: Sequence[Row], classes: Sequence[str], options: ClassifierOptions) -> HoldOut:
    """Draw the held-out images with the seed of the training.

    Args:
        rows: the training images.
        classes: names of the classes.
        options: `holdout` and `select`; `auto` decides by the number of images.

    Raises:
        SeedmaskError: `select: tags` without images to select on.
    """
    share = SHARE if options.holdout == "auto" else options.holdout
    by_tags, reason = options.select == "tags", f"as `select: {options.select}` says"
    if options.select == "auto":
        by_tags, reason = _enough(rows, classes, share)
    if options.holdout == "auto" and not by_tags:
        share = 0.0
    size = round(len(rows) * share)
    if by_tags and size == 0:
        raise SeedmaskError("select: tags needs pictures to select on; set `holdout` to 0.1 or so")
    kept_out = frozenset(np.random.default_rng(options.seed).permutation(len(rows))[:size].tolist())
    training = [row for number, row in enumerate(rows) if number not in kept_out]
    held_out = [row for number, row in enumerate(rows) if number in kept_out]
    return HoldOut(training, held_out, by_tags, reason)


def _enough(rows: Sequence[Row], classes: Sequence[str], share: float) -> tuple[bool, str]:
    """Whether enough held-out images of every class that occurs can be expected, and the reason for people."""
    if not share:
        return False, "as `holdout: 0` says"
    counts = zip(class_counts(rows, len(classes)).tolist(), classes, strict=True)
    fewest, rarest = min((pair for pair in counts if pair[0]), default=(0, "none"))
    needed = math.ceil(FEWEST / share)
    reason = f"because the rarest class, {rarest}, has {fewest} pictures, and {needed} are needed"
    return fewest >= needed, reason
