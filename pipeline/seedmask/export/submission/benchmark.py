"""What a benchmark wants: its classes in their order, names of its pictures, and the form of its archive."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from seedmask.errors import SeedmaskError
from seedmask.methods.weak_labels import Labels

Size = tuple[int, int]
"""Height and width in pixels."""


@runtime_checkable
class ArchiveForm(Protocol):
    """Form of an archive, with what its server checks."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Ends of the archive's name; the first is the usual one."""
        ...

    def write(self, stream: BinaryIO, name: str, masks: Iterable[tuple[str, Labels]]) -> None:
        """Write the archive, one picture at a time.

        Args:
            stream: an empty file.
            name: name of the archive without its suffix.
            masks: each picture's name without suffix, and its mask: 0 background, c + 1 for class c.
        """
        ...

    def check(self, stream: BinaryIO, name: str, sizes: Mapping[str, Size]) -> None:
        """Read an archive as the server does.

        Args:
            stream: the archive.
            name: name of the archive without its suffix.
            sizes: size of each picture that has to be there, by its name without suffix.

        Raises:
            SeedmaskError: the archive is damaged, lacks a picture, has one too many, or a value or size is wrong.
        """
        ...


@dataclass(frozen=True)
class Benchmark:
    """A benchmark whose server scores masks of pictures that have no public truth."""

    title: str
    classes: tuple[str, ...]
    """Its classes in their order; other spellings of a name behind ` | `."""
    background: bool
    """Whether it has a background, label 0."""
    names: str
    """Pattern of the names of its pictures, without suffix."""
    example: str
    """One of them, for messages."""
    pictures: int
    """Pictures of its test set."""
    form: ArchiveForm
    own_data: bool = False
    """Whether it is for methods that learn from nothing but its own data."""

    def require_classes(self, classes: Sequence[str]) -> None:
        """Refuse a data set of other classes, or of the same in another order.

        Raises:
            SeedmaskError: with the first class that differs.
        """
        if len(classes) != len(self.classes):
            raise SeedmaskError(
                f"the data set has {len(classes)} classes, and {self.title} has {len(self.classes)}; submit a variant "
                "of a data set with its classes in their order"
            )
        for number, (found, expected) in enumerate(zip(classes, self.classes, strict=True), start=1):
            spellings = expected.split(" | ")
            if _plain(re.split("[,;]", found)[0]) not in map(_plain, spellings):
                raise SeedmaskError(
                    f'class {number} of the data set is "{found}", and that of {self.title} is "{spellings[0]}"; '
                    "submit a variant of a data set with its classes in their order"
                )

    def name_of(self, picture: str) -> str:
        """Name under which the server knows a picture, of its path.

        Raises:
            SeedmaskError: no picture of the benchmark is called so.
        """
        stem = Path(picture).stem
        if not re.fullmatch(self.names, stem):
            raise SeedmaskError(f"{picture}: is no name of a picture of {self.title}, like {self.example}")
        return stem

    def require_labels(self, picture: str, labels: Iterable[int]) -> None:
        """Refuse labels that the benchmark does not have.

        Args:
            picture: name of the picture, for the message.
            labels: those of its mask.

        Raises:
            SeedmaskError: with the first one.
        """
        for label in labels:
            if 0 < label <= len(self.classes) or (label == 0 and self.background):
                continue
            what = {0: "background", 255: "ignored"}.get(label, "beyond the classes")
            raise SeedmaskError(
                f"{picture}: pixels with label {label}, {what}, and {self.title} wants a class for each pixel; submit "
                "predictions of a segmenter with these classes"
            )


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
