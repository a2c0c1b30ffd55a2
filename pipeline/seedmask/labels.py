"""Labels of pixels, and the channels of the networks that predict them.

A mask holds `k + 1` where it shows class k, counted from 0, and 0 where it shows the background. In a data set without
a background class every pixel belongs to a class, nothing is labelled 0, and a network has a channel for each class.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seedmask.fingerprint import digest

BACKGROUND = "background"
"""Name of label 0, and key of whether there is one among the facts of an index or a network."""


@dataclass(frozen=True)
class LabelSet:
    """The labels of a data set; channel c of a network stands for label `c + first`.

    Args:
        classes: names of the classes.
        background: whether a pixel may belong to none of them.
    """

    classes: tuple[str, ...]
    background: bool = True

    @property
    def first(self) -> int:
        """Label of the first channel: 0, the background, or 1, the first class."""
        return 0 if self.background else 1

    @property
    def values(self) -> range:
        """Every label, in the order of the channels."""
        return range(self.first, len(self.classes) + 1)

    @property
    def channels(self) -> int:
        """Number of labels, which is the number of channels."""
        return len(self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the labels, in the order of the channels."""
        return (BACKGROUND, *self.classes) if self.background else self.classes

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        return digest(self.classes if self.background else [self.classes, BACKGROUND, False])

    def as_facts(self) -> dict[str, Any]:
        """What an index or a network keeps of it; `background` only where there is none."""
        return {"classes": list(self.classes), **({} if self.background else {BACKGROUND: False})}


def kept_labels(facts: Mapping[str, Any]) -> LabelSet:
    """The labels among the facts of an index or a network."""
    return LabelSet(tuple(facts["classes"]), facts.get(BACKGROUND, True))
