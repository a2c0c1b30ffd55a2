"""Labels as a module of `labels` reports them, whatever files they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BACKGROUND = frozenset(("background", "__background__", "_background_", "__ignore__"))
"""Names, in small letters, that stand for none of the classes."""


@dataclass(frozen=True)
class Labelling:
    """What one kind of labelling says of the pictures."""

    source: str
    """What it was read from, for people: `cows/tags.csv`."""
    tags: Mapping[str, tuple[str, ...]]
    """Names of the classes in each picture that it speaks of, by the picture's path below the folder."""
    files: tuple[str, ...] = ()
    """Files that it was read from, as paths below the folder."""
    splits: Mapping[str, str] = field(default_factory=dict)
    """Split of each picture that has one."""
    classes: tuple[str, ...] = ()
    """The classes in their order, where the labelling has one; those of the tags are added behind."""
    masks: Path | None = None
    """Folder of truth masks that belongs to it, with masks that number the classes in this order."""
    layout: Mapping[str, Any] | None = None
    """Settings of a data set that reads it as it is."""
    named: bool = True
    """Whether the names are those of the classes, and not numbers that stand for them."""
    closed: bool = False
    """Whether pictures that it does not speak of are left out; else they are kept for predictions."""
    notes: tuple[str, ...] = ()
    """What is odd about it, and what was decided, one sentence each."""
    weak: bool = False
    """Whether it may be no labelling at all, so that any other is preferred: folders have names for many reasons."""

    def all_classes(self) -> tuple[str, ...]:
        """Every class, the ones without a place in the order last and by name."""
        rest = {tag for tags in self.tags.values() for tag in tags} - set(self.classes)
        return (*self.classes, *sorted(rest))
