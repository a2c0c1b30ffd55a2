"""What has changed in a data set since the index of its results was made.

Pictures are compared as they are listed, by name, size and time; none is opened.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seedmask.dataset.entries import ListedImage
from seedmask.dataset.formats.files import suffix_of
from seedmask.dataset.index import StoredIndex, index_folder, read_rows
from seedmask.dataset.listing import ShardedListing
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.labels import LabelSet
from seedmask.storage.records import read_record


@dataclass(frozen=True)
class PictureChanges:
    """Ids of pictures that are not as they were when the index was made."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    """Their file or that of their truth mask has another size, time or path."""
    relabelled: tuple[str, ...]
    """Only their tags or their split are others."""

    def __str__(self) -> str:
        """`3 added (herd/p11, ...), 1 gone (p3)`; empty where nothing has changed."""
        kinds = {
            "added": self.added,
            "gone": self.gone,
            "with another file": self.changed,
            "with other tags or another split": self.relabelled,
        }
        return ", ".join(
            f"{len(ids)} {kind} ({ids[0]}{', ...' * (len(ids) > 1)})" for kind, ids in kinds.items() if ids
        )


@dataclass(frozen=True)
class OtherFolder:
    """Results that were made from the pictures of another folder than the data set of the same name has now.

    Args:
        results: folder of the results.
        before: folder of the pictures that they were made from.
        now: folder of the pictures of the data set.
        indexed: number of pictures that they were made from.
        common: how many of them are in the data set, by name.
        same: whether both have the same classes and pictures, by names, sizes of files, tags and splits.
    """

    results: Path
    before: str
    now: str
    indexed: int
    common: int
    same: bool

    def __str__(self) -> str:
        pictures = "the same pictures" if self.same else f"{self.common} of its {self.indexed} pictures"
        return f"{self.results} was made from another folder, {self.before}, and {pictures} are in {self.now}"

    @property
    def remedy(self) -> str:
        """What to do about it, or what a run does."""
        if self.same:
            return "a run reads them again and keeps the results"
        return (
            "give this data set another `name`; or run it, if it takes the place of the other one, whose results are "
            "then replaced"
        )


def indexed_images(results: Path) -> Iterator[ListedImage]:
    """Images as they were listed when the index was made, in the order of the rows.

    Raises:
        SeedmaskError: there is no index, or it is damaged.
    """
    for shard in StoredIndex(results).split_rows.shards():
        yield from read_rows(results, shard)


def picture_changes(results: Path, listing: ShardedListing) -> PictureChanges:
    """Pictures that were added, are gone or have changed.

    Args:
        results: folder of the results.
        listing: the data set as it is now.

    Raises:
        SeedmaskError: there is no index, or it is damaged.
    """
    before = {image.id: _states(image) for image in indexed_images(results)}
    added, changed, relabelled = [], [], []
    for image in _listed_images(listing):
        indexed = before.pop(image.id, None)
        if indexed is None:
            added.append(image.id)
            continue
        files, labels = (was != now for was, now in zip(indexed, _states(image), strict=True))
        if files:
            changed.append(image.id)
        elif labels:
            relabelled.append(image.id)
    return PictureChanges(tuple(added), tuple(before), tuple(changed), tuple(relabelled))


def classes_change(results: Path, listing: ShardedListing) -> str:
    """`cow, sheep, now goat, sheep`, or empty where the list of classes is the same or there is no index."""
    try:
        before = StoredIndex(results).classes
    except SeedmaskError:
        return ""
    return "" if before == listing.classes else f"{', '.join(before)}, now {', '.join(listing.classes)}"


def classes_input(labels: LabelSet) -> str:
    """What the manifest of a training on the classes of now has as its input `classes`."""
    return digest(labels.digest)


def indexed_folder(results: Path) -> Path | None:
    """The folder of the pictures that results were made from; None where there is no whole index."""
    with suppress(SeedmaskError):
        root = read_record(index_folder(results) / "dataset.json")["root"]
        first = next(indexed_images(results), None)
        return Path(_picture_folder(root, first)) if first else None
    return None


def other_folder(results: Path, listing: ShardedListing, root: str) -> OtherFolder | None:
    """The folder that results were made from, where it is another one than the data set has now.

    Args:
        results: folder of the results.
        listing: the data set as it is now.
        root: its folder.

    Returns:
        None where it is the same folder, or there is no whole index.
    """
    with suppress(SeedmaskError):
        root_before = read_record(index_folder(results) / "dataset.json")["root"]
        first, now = next(indexed_images(results), None), next(_listed_images(listing), None)
        if first and now:
            folders = _picture_folder(root_before, first), _picture_folder(root, now)
            return _compare(results, listing, *folders) if folders[0] != folders[1] else None
    return None


def has_other_images(
    before: ShardedListing, now: ShardedListing, splits: Sequence[str], shard: str | None = None
) -> bool:
    """Whether images of some splits, in one shard or in all, are listed otherwise than before.

    Args:
        before: the listing that results were made with.
        now: the listing of the data set as it is.
        splits: the splits that count; others may change.
        shard: the shard; all shards of these splits when not given.
    """
    if shard is None and any(before.split_rows.counts.get(one) != now.split_rows.counts.get(one) for one in splits):
        return True
    return any(
        before.digests.get(one) != now.digest_of(one) and _listed(before, one, splits) != _listed(now, one, splits)
        for one in ([shard] if shard else now.split_rows.shards(splits))
    )


def _listed(listing: ShardedListing, shard: str, splits: Sequence[str]) -> list[list[object]]:
    images = listing.images(shard) if shard in listing.digests else ()
    return [image.listed for image in images if image.split in splits]


def _compare(results: Path, listing: ShardedListing, before: str, now: str) -> OtherFolder:
    contents = {image.id: _content(image) for image in indexed_images(results)}
    found = [contents.get(image.id) == _content(image) for image in _listed_images(listing) if image.id in contents]
    same = all(found) and len(found) == len(contents) == listing.split_rows.images
    same &= StoredIndex(results).classes == listing.classes
    return OtherFolder(results, before, now, len(contents), len(found), same)


def _listed_images(listing: ShardedListing) -> Iterator[ListedImage]:
    for shard in listing.split_rows.shards():
        yield from listing.images(shard)


def _states(image: ListedImage) -> tuple[int, int]:
    """States of the files and of the labels, as numbers: data sets may have a million images."""
    return hash((image.image, image.image_state, image.mask, image.mask_state)), hash((image.split, image.tags))


def _content(image: ListedImage) -> int:
    """What stays as it is when a folder is moved or copied."""
    return hash((_size(image.image_state), _size(image.mask_state), image.split, image.tags))


def _size(state: str | None) -> str | None:
    return state and state.split(" ")[0]


def _picture_folder(root: str, image: ListedImage) -> str:
    """The folder that the ids of images are relative to; that of the data set where ids are no paths."""
    path = (Path(root) / image.image).as_posix()
    plain = path.removesuffix(suffix_of(path))
    return os.path.realpath(plain.removesuffix(image.id) if plain.endswith(image.id) else root)
