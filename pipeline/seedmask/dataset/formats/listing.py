"""Listing of a format: the images in their order, and all problems of the files that list them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from seedmask.errors import Problem


@dataclass(frozen=True)
class Entry:
    """One image of the data set, as its listing files describe it; the image itself is not opened."""

    id: str
    """Path relative to the folder of images, without suffix, with `/` separators."""
    image: Path
    split: str
    tags: tuple[int, ...] | None
    """Classes in the image, numbered from 0, ascending; `()` none of them, None not known."""
    mask: Path | None
    """Mask that results are compared with, or the file that it is rendered from."""
    where: str
    """The line or file that lists the image, for error messages."""
    training_mask: Path | None = None
    """Mask that trainings learn from, where it is not the one that is scored."""
    rendering: str = ""
    """What of the file of the mask is rendered, and how (`seedmask.dataset.rendering`); empty where it is the mask."""


@dataclass(frozen=True)
class Listing:
    """All images of a data set, and the problems of their listing."""

    classes: tuple[str, ...]
    entries: tuple[Entry, ...]
    """`train` first, then `val`, then other splits by name; by id within a split."""
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    """Decisions made for the user, one sentence each."""


@dataclass
class Findings:
    """Problems and notes, gathered while the files of one data set are read."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def problem(self, where: Path | str, found: str, remedy: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(str(where), found, remedy))

    def note(self, text: str) -> None:
        """Add a note."""
        self.notes.append(text)


def assemble(classes: tuple[str, ...], entries: Iterable[Entry], findings: Findings) -> Listing:
    """The listing, its entries sorted as in all formats."""
    ordered = tuple(sorted(entries, key=lambda entry: (split_rank(entry.split), entry.id)))
    return Listing(classes, ordered, tuple(findings.problems), tuple(findings.notes))


def split_rank(split: str) -> tuple[int, str]:
    """Sort key of splits: `train`, `val`, then the others by name."""
    return {"train": 0, "val": 1}.get(split, 2), split
