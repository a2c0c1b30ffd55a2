"""Files of a data set, and the images that cells of tables name."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import suggest_name
from seedmask.errors import SeedmaskError

IMAGE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".bmp", ".gif", ".tif", ".tiff", ".webp")
)
"""Suffixes of the formats that are read (`seedmask.dataset.images`), in small letters."""
SYSTEM_FOLDERS = frozenset(("@eaDir", "__MACOSX", "#recycle", "$RECYCLE.BIN", "System Volume Information"))
"""Folders that systems make: thumbnails of network storage, and what archives of macOS hold besides."""
UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def require_folder(root: str) -> Path:
    """The data set's folder; a missing one ends the listing at once."""
    path = Path(root)
    if not path.is_dir():
        found = "is not a folder" if path.exists() else "does not exist"
        raise SeedmaskError(f"{root}: the data set's folder {found}; correct `root` of the data set")
    return path


def files_below(folder: Path, findings: Findings, leave_out: str = "") -> dict[str, Path]:
    """All files below a folder that are neither hidden nor made by the system, by their relative path with `/`, sorted.

    Args:
        folder: where to look; links to folders are followed, except back to a folder above.
        findings: gets folders that cannot be listed and names that cannot be written to a table.
        leave_out: name of a folder directly below that is not looked into.
    """
    found: dict[str, Path] = {}

    def descend(here: str, prefix: str, above: frozenset[str]) -> None:
        real = os.path.realpath(here)
        if real in above:
            return
        try:
            with os.scandir(here) as scan:
                items = sorted(scan, key=lambda item: item.name)
        except OSError as error:
            findings.problem(here, f"cannot be listed ({error.strerror})", "check the folder's permissions")
            return
        for item in items:
            name = prefix + item.name
            if item.name.startswith(".") or item.name in SYSTEM_FOLDERS or name == leave_out:
                continue
            if _is_folder(item):
                descend(item.path, f"{name}/", above | {real})
            elif UNUSABLE.search(name):
                findings.problem(
                    repr(item.path), "the name holds control characters or is not UTF-8", "rename the file"
                )
            else:
                found[unicodedata.normalize("NFC", name)] = Path(item.path)

    descend(str(folder), "", frozenset())
    return found


def _is_folder(item: os.DirEntry) -> bool:
    try:
        return item.is_dir()
    except OSError:  # a link to itself; reading it reports the problem
        return False


def images_only(files: dict[str, Path]) -> dict[str, Path]:
    """Files with the suffix of an image, in small or capital letters."""
    return {name: path for name, path in files.items() if suffix_of(name).lower() in IMAGE_SUFFIXES}


def by_id(images: dict[str, Path], findings: Findings) -> dict[str, Path]:
    """Images by id; of two with the same id the second becomes a problem."""
    ids: dict[str, Path] = {}
    for name, path in images.items():
        first = ids.setdefault(id_of(name), path)
        if first != path:
            findings.problem(
                path, f'has the same id "{id_of(name)}" as {first}', "rename one of the two, or take it out"
            )
    return ids


def report_shared(splits: Mapping[str, Mapping[str, Path]], findings: Findings) -> None:
    """Pictures whose id is also that of a picture of another split are problems.

    Args:
        splits: pictures of each split by id.
        findings: gets the problems.
    """
    first: dict[str, Path] = {}
    for images in splits.values():
        for image_id, path in images.items():
            if (other := first.setdefault(image_id, path)) != path:
                findings.problem(
                    path, f'has the same id "{image_id}" as {other}, of another split', "take one of the two out"
                )


def masks_by_id(files: dict[str, Path], ids: Iterable[str], folder: Path, findings: Findings) -> dict[str, Path]:
    """Mask files by image id; masks in other formats than PNG are problems, those without an image are noted."""
    png = {}
    for name, path in images_only(files).items():
        if suffix_of(name).lower() == ".png":
            png[name] = path
        else:
            findings.problem(path, "mask is not a PNG", "save it as a PNG with a palette or 8-bit grey")
    masks, known = by_id(png, findings), set(ids)
    stray = [path for mask_id, path in masks.items() if mask_id not in known]
    if stray:
        findings.note(f"{folder}: {len(stray)} of {len(masks)} masks belong to no listed picture ({stray[0].name})")
    return masks


def suffix_of(name: str) -> str:
    """`.jpg` of `cows/1.jpg`."""
    file = name.rpartition("/")[2]  # a path object takes ten times as long, and folders have 100,000 files
    dot = file.rfind(".")
    return file[dot:] if 0 < dot < len(file) - 1 else ""


def id_of(name: str) -> str:
    """`cows/1` of `cows/1.jpg`."""
    return name.removesuffix(suffix_of(name))


class ImageNames:
    """Finds images by relative path or, if it is unique, by file name; with or without suffix."""

    def __init__(self, images: Iterable[str]):
        """Take the relative paths of the images, with suffix."""
        self._by_path: dict[str, str] = {}
        self._by_file_name: dict[str, set[str]] = defaultdict(set)
        for path in images:
            # A path with suffix wins over an id that looks like one (`cow.jpg`, `cow.jpg.png`).
            self._by_path[path] = id_of(path)
            self._by_path.setdefault(id_of(path), id_of(path))
            file_name = path.rpartition("/")[2]
            self._by_file_name[file_name].add(id_of(path))
            self._by_file_name[id_of(file_name)].add(id_of(path))

    def known(self, name: str) -> str | None:
        """Id of the image; None if the name fits no image or several."""
        name = unicodedata.normalize("NFC", name)
        for spelling in (name, name.replace("\\", "/").removeprefix("./")):
            if spelling in self._by_path:
                return self._by_path[spelling]
        candidates = self._by_file_name.get(name, ())
        return next(iter(candidates)) if len(candidates) == 1 else None

    def find(self, name: str, where: str, findings: Findings) -> str | None:
        """Id of the image; None and a problem if the name fits no image or several."""
        if (found := self.known(name)) is not None:
            return found
        candidates = sorted(self._by_file_name.get(name, ()))
        if candidates:
            listed = " and ".join(f'"{candidate}"' for candidate in candidates)
            findings.problem(where, f'"{name}" may be any of the pictures {listed}', "write the name with its folder")
        else:
            near = suggest_name(name, self._by_path, findings)
            findings.problem(
                where,
                f'"{name}" names no picture{near}',
                "correct the name, restore the picture, or delete the row; cells are separated by commas",
            )
        return None
