"""The index of a data set: every picture with its size, tags and hashes, checked before anything else runs."""

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seedmask.dataset.entries import ListedImage


@dataclass(frozen=True)
class Row:
    """One picture."""

    id: str
    image: str
    """Path relative to the data set's folder."""
    split: str
    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    tags: tuple[int, ...] | None
    """Classes in the picture, numbered from 0, ascending; `()` none of them, None not known."""
    sha256: str
    mask: str | None
    """Truth mask, relative to the data set's folder."""
    mask_sha256: str | None
    note: str = ""
    """What was changed when the picture was read."""

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 over all that a result may depend on which looks at picture and tags; never the truth."""
        return _digest(self.id, self.sha256, self.width, self.height, self.split, self.tags)

    @functools.cached_property
    def truth_digest(self) -> str:
        """SHA-256 over the truth mask."""
        return _digest(self.mask_sha256)


class Index:
    """All pictures, `train` first, then `val`, then other splits by name; by id within a split.

    Args:
        classes: names of the classes.
        rows: the pictures.
    """

    def __init__(self, classes: Sequence[str], rows: Iterable[Row]):
        self.classes = tuple(classes)
        self._rows = tuple(rows)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All pictures."""
        return self._rows

    @property
    def images(self) -> int:
        """Number of pictures."""
        return len(self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """Pictures of each split, in the order of the rows."""
        found: dict[str, int] = {}
        for row in self.rows:
            found[row.split] = found.get(row.split, 0) + 1
        return found

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits, in the order of the rows."""
        return tuple(self.counts)

    @property
    def canvas(self) -> tuple[int, int]:
        """Height and width in pixels that hold every picture."""
        return max(row.height for row in self.rows), max(row.width for row in self.rows)

    @property
    def slots(self) -> int:
        """Most classes in one picture, at least 1."""
        return max([1, *(len(row.tags or ()) for row in self.rows)])

    def rows_of(self, split: str) -> tuple[Row, ...]:
        """Rows of one split."""
        return tuple(row for row in self.rows if row.split == split)

    def truth_rows(self) -> tuple[Row, ...]:
        """Rows that have a truth mask."""
        return tuple(row for row in self.rows if row.mask is not None)


def row_of(picture: ListedImage) -> Row:
    """The row of a picture that was read."""
    found = picture.found
    size = (found.width, found.height)
    truth = (picture.mask, found.mask_sha256)
    return Row(picture.id, picture.image, picture.split, *size, picture.tags, found.sha256, *truth, found.note)


def _digest(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
