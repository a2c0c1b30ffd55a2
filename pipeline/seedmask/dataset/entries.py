"""One line an image: what lists and folders say of it and, once its files were read, the facts about them.

Listing and index are cut into shards, and each shard is a table of such lines. Nothing here opens an image.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedmask.dataset.formats.listing import Entry
from seedmask.dataset.placement import MARK, Box, Size
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.storage.files import write_atomic

COLUMNS = [
    "id", "split", "tags", "image", "image_state", "mask", "mask_state", "where",
    "reader", "width", "height", "sha256", "mask_sha256", "largest", "note",
    "training_mask", "training_mask_state", "training_mask_sha256", "shown", "rendering",
    "tile", "picture_width", "picture_height",
]  # fmt: skip
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts about the files of an image, which were read without trouble."""

    reader: str
    """Digest of the code that read them."""
    width: int
    """Pixels of the row, upright: those of the picture unless it is shrunk or cut."""
    height: int
    """Like `width`."""
    picture: Size
    """Width and height of the picture, upright."""
    sha256: str
    """Of the image file."""
    mask_sha256: str | None
    """Of the truth mask file; where its numbers are no labels, of what they stand for too."""
    largest: int
    """Largest number in the masks besides 255; 0 without a mask."""
    note: str
    """What was changed when the image was read."""
    training_mask_sha256: str | None = None
    """Of the file of the mask that trainings learn from, where it is another."""
    shown: tuple[int, ...] | None = None
    """Classes in the truth mask, where they are the tags of the image; like `tags`."""


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One image of a data set."""

    id: str
    split: str
    tags: tuple[int, ...] | None
    """Classes in the image as it is listed, numbered from 0, ascending; `()` none of them, None not known."""
    image: str
    """Path relative to the data set's folder; absolute if it lies elsewhere."""
    image_state: str
    """Size and time of change of the file when it was listed."""
    mask: str | None
    """Truth mask, like `image`."""
    mask_state: str | None
    """Like `image_state`."""
    where: str
    """The line or file that lists the image."""
    facts: FileFacts | None = None
    training_mask: str | None = None
    """Truth mask that trainings learn from in the place of `mask`, like `image`."""
    training_mask_state: str | None = None
    """Like `image_state`."""
    rendering: str = ""
    """How the truth mask is rendered from its file; empty where the file is the mask."""
    tile: Box | None = None
    """Part of the picture; None for all of it."""

    @property
    def listed(self) -> list[object]:
        """All that a listing says of it, except its line."""
        masks = [self.mask, self.mask_state, self.training_mask, self.training_mask_state]
        more = [one for one in (self.rendering, self.tile) if one]
        return [self.id, self.split, self.tags, self.image, self.image_state, *masks, *more]

    @property
    def picture(self) -> str:
        """Id of the picture that it is, or is a tile of."""
        return self.id.rpartition(MARK)[0] if self.tile else self.id

    @property
    def files(self) -> tuple[str | None, ...]:
        """Identity and states of its files; they are read again when it changes."""
        return self.id, self.image_state, self.mask_state, self.training_mask_state, self.rendering

    def entry(self, root: Path) -> Entry:
        """The entry that a format reports."""
        mask, training_mask = (None if name is None else root / name for name in (self.mask, self.training_mask))
        masks = mask, self.where, training_mask, self.rendering
        return Entry(self.id, root / self.image, self.split, self.tags, *masks)


def listed_image(entry: Entry, root: Path) -> ListedImage:
    """A listed image; its files are not opened."""
    return ListedImage(
        entry.id,
        entry.split,
        entry.tags,
        _relative(entry.image, root),
        file_state(entry.image),
        entry.mask and _relative(entry.mask, root),
        entry.mask and file_state(entry.mask),
        entry.where,
        training_mask=entry.training_mask and _relative(entry.training_mask, root),
        training_mask_state=entry.training_mask and file_state(entry.training_mask),
        rendering=entry.rendering,
    )


def file_state(path: Path) -> str:
    """Size and time of change of a file; `gone` if it does not exist."""
    try:
        stat = path.stat()
    except OSError:
        return "gone"
    return f"{stat.st_size} {stat.st_mtime_ns}"


def listing_digest(images: Iterable[ListedImage]) -> str:
    """Digest of what a listing says of some images."""
    return digest([image.listed for image in images])


def as_table(images: Iterable[ListedImage]) -> bytes:
    """Images as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(image) for image in images)
    return text.getvalue().encode()


def write_table(path: Path, images: Iterable[ListedImage]) -> str:
    """Write images as CSV, whole or not at all; its SHA-256."""
    data = as_table(images)
    write_atomic(path, data)
    return hashlib.sha256(data).hexdigest()


def read_table(path: Path, sha256: str, remedy: str) -> list[ListedImage]:
    """Images of a table.

    Args:
        path: the table.
        sha256: SHA-256 that it must have.
        remedy: what to do about a damaged one, for the message.

    Raises:
        SeedmaskError: it is missing, or has another SHA-256.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SeedmaskError(f"{path}: cannot be read ({error.strerror}); {remedy}") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SeedmaskError(f"{path}: is not what was written, its SHA-256 is another; {remedy}")
    longest = csv.field_size_limit(len(data))
    try:
        header, *lines = csv.reader(io.StringIO(data.decode(), newline=""))
    finally:
        csv.field_size_limit(longest)
    if header != COLUMNS:  # written by another version, whose hash is right all the same
        raise SeedmaskError(f"{path}: its columns are not {','.join(COLUMNS)}; {remedy}")
    return [_image(cells) for cells in lines]


def _cells(image: ListedImage) -> list[object]:
    tags = _written(image.tags)
    listed = [image.id, image.split, tags, image.image, image.image_state, image.mask, image.mask_state, image.where]
    facts, training = image.facts, [image.training_mask, image.training_mask_state]
    tile = "" if image.tile is None else " ".join(map(str, image.tile))
    if facts is None:
        return [*listed, *[""] * 7, *training, "", UNKNOWN, image.rendering, tile, "", ""]
    read = [facts.reader, facts.width, facts.height, facts.sha256, facts.mask_sha256, facts.largest, facts.note]
    read += [*training, facts.training_mask_sha256, _written(facts.shown)]
    return [*listed, *read, image.rendering, tile, *facts.picture]


def _image(cells: Sequence[str]) -> ListedImage:
    name, split, tags, image, image_state, mask, mask_state, where, reader, width, *read = cells
    *read, rendering, box, full_width, full_height = read
    *read, training_mask, training_mask_state, training_mask_sha256, shown = read
    facts = None
    if width:
        height, sha256, mask_sha256, largest, note = read
        sizes = int(width), int(height), (int(full_width), int(full_height))
        hashes = mask_sha256 or None, int(largest), note, training_mask_sha256 or None
        facts = FileFacts(reader, *sizes, sha256, *hashes, _numbers(shown))
    masks = mask or None, mask_state or None
    training = training_mask or None, training_mask_state or None
    tile = None
    if box:
        left, top, right, bottom = map(int, box.split())
        tile = left, top, right, bottom
    last = *training, rendering, tile
    return ListedImage(name, split, _numbers(tags), image, image_state, *masks, where, facts, *last)


def _written(classes: tuple[int, ...] | None) -> str:
    return UNKNOWN if classes is None else ";".join(map(str, classes))


def _numbers(cell: str) -> tuple[int, ...] | None:
    return None if cell == UNKNOWN else tuple(map(int, cell.split(";"))) if cell else ()


def _relative(path: Path, root: Path) -> str:
    return path.as_posix().removeprefix(f"{root.as_posix().rstrip('/')}/")
