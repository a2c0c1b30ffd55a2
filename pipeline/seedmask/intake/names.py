r"""Which image a name in somebody's file means: the one with the longest common ending of the path.

Tools write names as they saw them: `/data/upload/3/a.jpg`, `images\3\a.jpg`, `set-v1.0/train/a.JPG`, an address with
`%20`. What stands before the ending decides nothing, and neither do case and suffix, unless several images would do.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from seedmask.dataset.formats.files import IMAGE_SUFFIXES, suffix_of
from seedmask.intake.words import plain_spaces

OTHER_SUFFIXES = frozenset((".dcm", ".gif", ".heic", ".jfif", ".jp2", ".npy", ".raw"))
"""Suffixes of images that tables name, beside those that are read."""
UPLOAD = re.compile(r"^[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of an uploaded file."""
SHOWN = 3


@dataclass(frozen=True)
class Matches:
    """Images of some names.

    Args:
        found: path of the image of each name that means one.
        missing: names that mean no image.
        ambiguous: images of each name that may mean several.
        loose: names whose folder, case or spelling is not that of their image, with the image.
        more: how many names that mean no image are not kept.
    """

    found: Mapping[str, str]
    missing: tuple[str, ...] = ()
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    loose: Mapping[str, str] = field(default_factory=dict)
    more: int = 0

    @property
    def unmatched(self) -> int:
        """How many names mean no image, or several."""
        return len(self.missing) + self.more + len(self.ambiguous)

    def notes(self, source: object, names: "PictureNames") -> list[str]:
        """One sentence each about names that are missing, ambiguous, or spelt in another way."""
        notes = []
        if self.loose:
            name, image = next(iter(self.loose.items()))
            notes.append(f'{source}: {len(self.loose)} names are spelt in another way ("{name}" is taken for {image})')
        if self.missing:
            notes.append(
                f"{source}: {len(self.missing) + self.more} names are of no picture ({names.nearest(self.missing[0])})"
            )
        if self.ambiguous:
            name, images = next(iter(self.ambiguous.items()))
            listed = " or ".join(images[:SHOWN])
            notes.append(f'{source}: {len(self.ambiguous)} names may be of several pictures ("{name}": {listed})')
        return notes


class PictureNames:
    """Finds the images that names mean."""

    def __init__(self, images: Iterable[str], base: str = ""):
        """Take the paths of the images, with suffix.

        Args:
            images: paths with `/`, below one folder.
            base: the folder that holds all of them; a name may begin below it.
        """
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._by_number: dict[int, list[str]] = defaultdict(list)
        self._numbers: Mapping[str, str] = {}
        self._base = len(PurePosixPath(base).parts)
        for image in images:
            stem = _folded(without_suffix(image.rpartition("/")[2]))
            self._by_stem[stem].append(image)
            if stem.isascii() and stem.isdigit():
                self._by_number[int(stem)].append(image)

    def find(self, name: str) -> tuple[str, ...]:
        """Images that a name may mean: none, one, or several that fit equally well."""
        best = self._best(self._numbers.get(name, name))
        return tuple(best)

    def numbered(self, numbers: Mapping[str, str]) -> "PictureNames":
        """The same images, where some names are numbers that stand for the names of files."""
        other = copy(self)
        other._numbers = numbers
        return other

    def match(self, names: Iterable[str], near: str = "") -> Matches:
        """Images of all names of a file; two names never mean one image where their folders differ.

        Args:
            names: the names.
            near: folder of the file, as a path with `/`; of several images, one below it is meant.
        """
        wanted: dict[str, list[str]] = defaultdict(list)
        missing, ambiguous, loose = [], {}, {}
        for name in dict.fromkeys(names):
            images = self.find(name)
            if len(images) > 1 and near not in ("", "."):
                images = tuple(image for image in images if image.startswith(f"{near}/")) or images
            if len(images) == 1:
                wanted[images[0]].append(name)
            elif images:
                ambiguous[name] = images
            else:
                missing.append(name)
        found = {}
        for image, several in wanted.items():
            kept = several if len(several) == 1 else self._agreeing(image, several)
            found |= dict.fromkeys(kept, image)
            missing += [name for name in several if name not in kept]
            loose |= {name: image for name in kept if not self._plain(name, image)}
        return Matches(found, tuple(missing), ambiguous, loose)

    def nearest(self, name: str) -> str:
        """`"c0w.jpg", nearest: cow.jpg` for a message; the name alone if none is near."""
        stem = _folded(without_suffix(_cleaned(name).rpartition("/")[2]))
        near = difflib.get_close_matches(stem, list(self._by_stem)[:10_000], n=1)
        return f'"{name}"' + (f", nearest: {self._by_stem[near[0]][0]}" if near else "")

    def _best(self, name: str) -> Iterator[str]:
        *folders, file = _cleaned(name).split("/")
        candidates = self._candidates(file) or self._candidates(unquote(file))
        if len(candidates) == 1:
            yield candidates[0]
            return
        ranks = {image: self._rank(image, folders, file) for image in candidates}
        best = max(ranks.values(), default=None)
        yield from (image for image, rank in ranks.items() if rank == best)

    def _candidates(self, file: str) -> list[str]:
        """Images of a file name: whole, without suffix, without the mark of an upload, or as a number."""
        stem = _folded(without_suffix(file))
        found = [*self._by_stem.get(stem, ())]
        if _folded(file) != stem:  # `cow.jpg` may be the id of `cow.jpg.png`
            found += self._by_stem.get(_folded(file), ())
        if not found and UPLOAD.match(stem):
            found += self._by_stem.get(UPLOAD.sub("", stem), ())
        if not found and (number := re.fullmatch(r"(\d+)(\.0+)?", stem)):  # a spreadsheet drops leading zeros
            found += self._by_number.get(int(number[1]), ())
        return found

    def _rank(self, image: str, folders: list[str], file: str) -> tuple[int, bool, bool, bool]:
        """How well an image fits: the common folders, whether that is its whole path, its suffix, its case."""
        own = image.split("/")
        common = _common_ending(own[:-1], folders)
        whole = common == len(folders) and len(own) - 1 - common in (0, self._base)
        same = own[-1] == file
        return common, whole, same or own[-1].lower() == file.lower(), same or without_suffix(own[-1]) == file

    def _agreeing(self, image: str, names: list[str]) -> list[str]:
        """Of names that fit one image, those that can mean it together: the ones with the longest ending."""
        parts = {name: [_folded(part) for part in _cleaned(name).split("/")[:-1]] for name in names}
        own = image.split("/")[:-1]
        longest = max(_common_ending(own, folders) for folders in parts.values())
        kept = [name for name, folders in parts.items() if _common_ending(own, folders) == min(longest, len(folders))]
        reference = max((parts[name] for name in kept), key=len)
        if all(_common_ending(reference, parts[name]) == len(parts[name]) for name in kept):
            return kept
        return []

    def _plain(self, name: str, image: str) -> bool:
        """Whether a name is the ending of the image's path, with or without suffix."""
        return f"/{image}".endswith(f"/{name}") or f"/{without_suffix(image)}".endswith(f"/{name}")


def without_suffix(name: str) -> str:
    """A name without the suffix of an image; other dots belong to it."""
    suffix = suffix_of(name)
    return name.removesuffix(suffix) if suffix.lower() in IMAGE_SUFFIXES | OTHER_SUFFIXES else name


def _cleaned(name: str) -> str:
    """The path in a name or an address, with `/`."""
    text = plain_spaces(unicodedata.normalize("NFC", name)).strip()
    if "://" in text or "?d=" in text:
        address = urlsplit(text)
        local = parse_qs(address.query).get("d")
        text = local[0] if local else unquote(address.path)
    elif text.startswith("file:"):
        text = unquote(text.removeprefix("file:"))
    parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(parts)


def _folded(text: str) -> str:
    return plain_spaces(unicodedata.normalize("NFC", text)).casefold()


def _common_ending(one: list[str], other: list[str]) -> int:
    """Number of folders at the end that two paths share, whatever their case."""
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if _folded(mine) != _folded(theirs):
            break
        count += 1
    return count
