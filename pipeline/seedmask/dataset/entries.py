"""One line a picture: what lists and folders say of it and, once it was read, what was found in it.

Listing and index are cut into shards, and each shard is a table of such lines. Nothing here opens a picture.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedmask.dataset.formats.listing import Entry
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.storage.files import write_atomic

COLUMNS = [
    "id", "split", "tags", "image", "image_state", "mask", "mask_state", "where",
    "reader", "width", "height", "sha256", "mask_sha256", "largest", "note",
]  # fmt: skip
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in the files of a picture that was read without trouble."""

    reader: str
    """Digest of the code that read them."""
    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    sha256: str
    """Of the picture's file."""
    mask_sha256: str | None
    """Of the truth mask's file."""
    largest: int
    """Largest number in the mask but 255; 0 without a mask."""
    note: str
    """What was changed when the picture was read."""


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One picture of a data set."""

    id: str
    split: str
    tags: tuple[int, ...] | None
    """Classes in the picture, numbered from 0, ascending; `()` none of them, None not known."""
    image: str
    """Path relative to the data set's folder; absolute where it lies elsewhere."""
    image_state: str
    """Size and time of change of the file, as it was listed."""
    mask: str | None
    """Truth mask, like `image`."""
    mask_state: str | None
    """Like `image_state`."""
    where: str
    """The line or file that lists the picture."""
    found: Found | None = None

    @property
    def listed(self) -> list[object]:
        """All that a listing says of it, but for its place there."""
        return [self.id, self.split, self.tags, self.image, self.image_state, self.mask, self.mask_state]

    @property
    def files(self) -> tuple[str, str, str | None]:
        """What must be the same for its files not to be read again."""
        return self.id, self.image_state, self.mask_state

    def entry(self, root: Path) -> Entry:
        """As formats report it."""
        mask = None if self.mask is None else root / self.mask
        return Entry(self.id, root / self.image, self.split, self.tags, mask, self.where)


def of_entry(entry: Entry, root: Path) -> ListedImage:
    """A picture as it is listed; its files are looked at, not opened."""
    return ListedImage(
        entry.id,
        entry.split,
        entry.tags,
        _relative(entry.image, root),
        state(entry.image),
        entry.mask and _relative(entry.mask, root),
        entry.mask and state(entry.mask),
        entry.where,
    )


def state(path: Path) -> str:
    """Size and time of change of a file; of one that is gone, that it is."""
    try:
        stat = path.stat()
    except OSError:
        return "gone"
    return f"{stat.st_size} {stat.st_mtime_ns}"


def digest_of_listed(pictures: Iterable[ListedImage]) -> str:
    """What changes when a listing says something else of some pictures."""
    return digest([picture.listed for picture in pictures])


def as_table(pictures: Iterable[ListedImage]) -> bytes:
    """Pictures as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(picture) for picture in pictures)
    return text.getvalue().encode()


def write_table(path: Path, pictures: Iterable[ListedImage]) -> str:
    """Write pictures as CSV, whole or not at all; its SHA-256."""
    data = as_table(pictures)
    write_atomic(path, data)
    return hashlib.sha256(data).hexdigest()


def read_table(path: Path, sha256: str, remedy: str) -> list[ListedImage]:
    """Pictures of a table.

    Args:
        path: the table.
        sha256: what it must have.
        remedy: what to do about a damaged one, for the message.

    Raises:
        SeedmaskError: it is missing, or not what its SHA-256 says.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SeedmaskError(f"{path}: cannot be read ({error.strerror}); {remedy}") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SeedmaskError(f"{path}: is not what was written, its SHA-256 is another; {remedy}")
    header, *lines = csv.reader(io.StringIO(data.decode(), newline=""))
    if header != COLUMNS:  # written by another version, whose hash is right all the same
        raise SeedmaskError(f"{path}: its columns are not {','.join(COLUMNS)}; {remedy}")
    return [_picture(cells) for cells in lines]


def _cells(picture: ListedImage) -> list[object]:
    tags = UNKNOWN if picture.tags is None else ";".join(map(str, picture.tags))
    listed = [picture.id, picture.split, tags, picture.image, picture.image_state, picture.mask, picture.mask_state]
    found = picture.found
    if found is None:
        return [*listed, picture.where, *[""] * 7]
    size = [found.width, found.height]
    return [*listed, picture.where, found.reader, *size, found.sha256, found.mask_sha256, found.largest, found.note]


def _picture(cells: Sequence[str]) -> ListedImage:
    name, split, tags, image, image_state, mask, mask_state, where, reader, width, *read = cells
    known = None if tags == UNKNOWN else tuple(map(int, tags.split(";"))) if tags else ()
    found = None
    if width:
        height, sha256, mask_sha256, largest, note = read
        found = Found(reader, int(width), int(height), sha256, mask_sha256 or None, int(largest), note)
    return ListedImage(name, split, known, image, image_state, mask or None, mask_state or None, where, found)


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
