"""Which image a file of labels belongs to, where each image has one of its own: `labels/train/a.txt`, `xmls/a.xml`.

Names of folders that only say what kind of files they hold decide nothing; splits are known by any of their names.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from seedmask.dataset.formats.files import id_of
from seedmask.errors import InputError, Problem
from seedmask.intake.mask_files import BESIDE, MASK_WORDS, PICTURE_WORDS
from seedmask.intake.names import Matches, without_suffix
from seedmask.intake.scan import FolderScan
from seedmask.intake.splits import SPLITS, words_in

KIND_WORDS = frozenset(("bbox", "bboxes", "box", "boxes", "json", "jsons", "txt", "txts", "voc", "xml", "xmls", "yolo"))
"""Words for kinds of labels in the names of folders."""

Place = tuple[tuple[str, ...], str]
"""Folders of a file that say what it shows, and its name without suffix."""


def images_of_files(scan: FolderScan, files: Iterable[str]) -> Matches:
    """Images of files of labels, by file: the one in its place, else the only one of its name that may be meant.

    An image of the same name in another split or another folder is not meant.

    Raises:
        InputError: two files belong to one image.
    """
    images: dict[Place, list[str]] = defaultdict(list)
    named: dict[str, list[str]] = defaultdict(list)
    for image in scan.images:
        place = _place(image, without_suffix(image))
        images[place].append(image)
        named[place[1]].append(image)
    places = {file: _place(file, without_suffix(id_of(file))) for file in files}
    found = {file: images[place][0] for file, place in places.items() if len(images.get(place, ())) == 1}
    _refuse_shared(scan, found)
    taken = set(found.values())
    missing, ambiguous, loose = [], {}, {}
    for file, place in places.items():
        if file in found:
            continue
        candidates = [image for image in named[place[1]] if image not in taken and _may_mean(place, image, scan.base)]
        if len(candidates) == 1:
            loose[file] = candidates[0]
        elif candidates:
            ambiguous[file] = tuple(candidates)
        else:
            missing.append(file)
    _refuse_shared(scan, loose)
    return Matches(found | loose, tuple(missing), ambiguous, loose)


def _refuse_shared(scan: FolderScan, found: Mapping[str, str]) -> None:
    files: dict[str, list[str]] = defaultdict(list)
    for file, image in found.items():
        files[image].append(file)
    problems = [
        Problem(str(scan.folder / shared[1]), f"belongs to {image}, and so does {shared[0]}", "take one of them out")
        for image, shared in files.items()
        if len(shared) > 1
    ]
    if problems:
        raise InputError("files of labels", problems)


def _place(name: str, plain: str) -> Place:
    stem = unicodedata.normalize("NFC", plain.rpartition("/")[2]).casefold()
    return tuple(filter(None, map(_folder, name.split("/")[:-1]))), stem


@cache
def _folder(name: str) -> str:
    """What a folder says beside the kind of its files: its split and digits, or the whole name."""
    words = words_in(name)
    if not words or not set(words) <= BESIDE | MASK_WORDS | PICTURE_WORDS | KIND_WORDS:
        return name.casefold()
    digits = "".join(letter for letter in name if letter.isdigit())
    return next((SPLITS[word] for word in words if word in SPLITS), "") + digits


def _may_mean(place: Place, image: str, base: str) -> bool:
    """Whether the folders of a file and an image go together: one path has all folders of the other, in their order.

    Folders that hold all images do not tell them apart, and need not be in the path of the file.
    """
    paths = image, image.removeprefix(f"{base}/")
    return any(_is_within(*sorted((place[0], _place(path, path)[0]), key=len)) for path in paths)


def _is_within(short: Sequence[str], long: Sequence[str]) -> bool:
    rest = iter(long)
    return all(folder in rest for folder in short)
