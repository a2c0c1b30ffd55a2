"""YOLO's text files, one for each image: the classes of their lines are the tags of the image.

    images/train/a.jpg   labels/train/a.txt   Ultralytics; Roboflow has train/images and train/labels
    a.jpg                a.txt                LabelImg and Darknet

A line is `class x y width height`, an outline `class x y x y x y ...`, or a box of four corners, all as shares of the
image's width and height. An empty file shows none of the classes. `seedmask.intake.yolo_settings` has the names.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_lines
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.label_files import images_of_files
from seedmask.intake.labelling import Drawing, Labelling, require_some
from seedmask.intake.names import Matches
from seedmask.intake.options import ReadingOptions
from seedmask.intake.regions import Region, drawing_of, polygon, upright_size
from seedmask.intake.scan import FolderScan
from seedmask.intake.words import is_background
from seedmask.intake.yolo_settings import YoloSettings, read_settings

if TYPE_CHECKING:
    import numpy as np

BOX, CORNERS, FEWEST = 5, 9, 7
"""Numbers in a line of a box, of a box of four corners, and at least of an outline."""
OUTSIDE = 0.5
"""Shares by which a part may reach beyond the image; coordinates in pixels are far above."""
REMEDY = "write `class x y width height`, or `class` and the corners of an outline, as shares of the image from 0 to 1"


@dataclass(frozen=True)
class Part:
    """One line of a file: the number of a class, and its coordinates as shares of the image."""

    where: str
    number: int
    values: tuple[float, ...]

    @property
    def corners(self) -> Iterable[tuple[float, float]]:
        """X and y of each corner of an outline."""
        return zip(self.values[::2], self.values[1::2], strict=True)


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All text files of YOLO's kind.

    Raises:
        SeedmaskError: lines cannot be read, classes have no names, or no file belongs to an image.
    """
    lines = _text_files(scan)
    if not _may_be_yolo(scan, lines.values()):
        return None
    settings = read_settings(scan, options.classes)
    lines = {name: found for name, found in lines.items() if name not in settings.files}
    matches = images_of_files(scan, lines)
    folders = {name.rpartition("/")[0] for name in matches.found}
    lines = {
        name: found
        for name, found in lines.items()
        if name in matches.found
        or (_is_of_rows(found) and (name.rpartition("/")[0] in folders or _is_called_labels(name)))
    }
    matches = Matches(
        matches.found,
        tuple(name for name in matches.missing if name in lines),
        {name: images for name, images in matches.ambiguous.items() if name in lines},
        matches.loose,
    )
    if not lines or not _are_yolo(lines.values(), settings):
        return None
    source = f"{scan.folder}, {len(lines)} text files of YOLO"
    require_some(source, matches, scan)
    parts = _parts(scan, lines, settings)
    tags = {image: _tags(parts[name], settings) for name, image in matches.found.items()}
    notes = [*settings.notes, *matches.notes(source, scan.names), *_without_file(scan, tags)]
    notes += [f"{settings.source}: {name} is no class" for name in settings.names.values() if is_background(name)]
    drawings, note = _drawings(scan, {image: parts[name] for name, image in matches.found.items()}, settings)
    missing = [*matches.missing, *matches.ambiguous]
    return Labelling(
        source=source,
        tags=tags,
        files=(*lines, *settings.files),
        splits=settings.splits,
        split_rule=settings.split_source,
        classes=tuple(dict.fromkeys(n for _, n in sorted(settings.names.items()) if not is_background(n))),
        drawings=drawings,
        notes=(*notes, *note),
        unmatched=len(missing),
        names=len(lines),
        unmatched_example=scan.names.nearest(missing[0]) if missing else "",
    )


def _text_files(scan: FolderScan) -> dict[str, list[tuple[int, str]]]:
    """Lines of every text file that can be read."""
    lines = {}
    for name, path in scan.with_suffix(".txt"):
        findings = Findings()
        found = read_lines(path, findings)
        if not findings.problems:
            lines[name] = found
    return lines


def _may_be_yolo(scan: FolderScan, files: Iterable[Sequence[tuple[int, str]]]) -> bool:
    """Whether a file begins with a class and numbers, or settings may say more."""
    files = list(files)
    rows = any(map(_is_of_rows, files))
    return rows or bool(files and scan.with_suffix(".yaml", ".yml", ".data", ".names")) or not all(files)


def _is_called_labels(name: str) -> bool:
    return "labels" in PurePosixPath(name.lower()).parts[:-1]


def _are_yolo(files: Iterable[Sequence[tuple[int, str]]], settings: YoloSettings) -> bool:
    """Whether settings say so, or most files with a line begin with a class and numbers; captions do not."""
    written = [found for found in files if found]
    if settings.declared or not written:
        return bool(settings.source)
    return 2 * sum(map(_is_of_rows, written)) > len(written)


def _is_of_rows(lines: Sequence[tuple[int, str]]) -> bool:
    """Whether the first line is a class and numbers."""
    return bool(lines) and _is_row(lines[0][1])


def _is_row(line: str) -> bool:
    numbers = _numbers(line)
    return numbers is not None and len(numbers) >= BOX and numbers[0].is_integer() and numbers[0] >= 0


def _numbers(line: str) -> list[float] | None:
    try:
        numbers = [float(word) for word in line.split()]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def _parts(
    scan: FolderScan, lines: Mapping[str, Sequence[tuple[int, str]]], settings: YoloSettings
) -> dict[str, list[Part]]:
    """Lines of all files as numbers."""
    findings = Findings()
    parts: dict[str, list[Part]] = {name: [] for name in lines}
    for name, rows in lines.items():
        for line, text in rows:
            where, numbers = f"{scan.folder / name} line {line}", _numbers(text)
            problem = _problem(text, numbers, settings)
            if problem or numbers is None:
                findings.problem(where, problem, REMEDY)
            else:
                parts[name].append(Part(where, int(numbers[0]), tuple(numbers[1:])))
    if findings.problems:
        raise InputError("text files of YOLO", findings.problems)
    _require_names(parts, settings)
    return parts


def _problem(text: str, numbers: Sequence[float] | None, settings: YoloSettings) -> str:
    """What is wrong with a line; empty if it is right."""
    if numbers is None:
        return f'"{text.strip()[:40]}" is not a row of numbers'
    if not numbers[0].is_integer() or numbers[0] < 0:
        return f"class {numbers[0]:g}, expected a whole number from 0"
    count, points = len(numbers), settings.points
    if points and count == BOX + points:
        numbers = numbers[:BOX]
    elif count != BOX and (count < FEWEST or count % 2 == 0 or points):
        behind = "; a sixth number is the confidence of a prediction" if count == BOX + 1 else ""
        return f"holds {count} numbers, expected 5, or 7 and more for an outline{behind}"
    if far := [value for value in numbers[1:] if not -OUTSIDE <= value <= 1 + OUTSIDE]:
        return f"holds {far[0]:g}, expected shares of the image from 0 to 1"
    return ""


def _require_names(parts: Mapping[str, Sequence[Part]], settings: YoloSettings) -> None:
    """Refuse numbers without a name."""
    unknown = [part for found in parts.values() for part in found if part.number not in settings.names]
    if not unknown:
        return
    if not settings.source:
        highest = max(part.number for part in unknown)
        raise SeedmaskError(
            f"{unknown[0].where}: classes are numbers up to {highest}, and no data.yaml, classes.txt or obj.names has "
            "their names; write one a line into a file and name it with `--classes FILE` (or `--classes coco`)"
        )
    findings = Findings()
    for part in unknown:
        findings.problem(
            part.where,
            f"class {part.number}, but {settings.source} names {len(settings.names)}, from 0",
            "add its name, or correct the number",
        )
    raise InputError("text files of YOLO", findings.problems)


def _tags(parts: Iterable[Part], settings: YoloSettings) -> tuple[str, ...]:
    names = {settings.names[part.number] for part in parts}
    return tuple(sorted(name for name in names if not is_background(name)))


def _without_file(scan: FolderScan, tags: dict[str, tuple[str, ...]]) -> list[str]:
    """Give images without a file no class where most images of their folder have one, as YOLO does; says so."""
    notes = []
    folders: dict[str, list[str]] = {}
    for image in scan.images:
        folders.setdefault(image.rpartition("/")[0], []).append(image)
    for folder, images in folders.items():
        without = [image for image in images if image not in tags]
        if not without:
            continue
        where = scan.folder / folder
        if 2 * len(without) < len(images):
            tags |= dict.fromkeys(without, ())
            notes.append(
                f"{where}: {len(without)} pictures have no text file ({without[0]}) and show none of the classes"
            )
        else:
            notes.append(
                f"{where}: {len(without)} of {len(images)} pictures have no text file ({without[0]}) and stay without "
                "labels; an empty file says that a picture shows none of the classes"
            )
    return notes


def _drawings(
    scan: FolderScan, images: Mapping[str, Sequence[Part]], settings: YoloSettings
) -> tuple[dict[str, Drawing], list[str]]:
    """Masks of the images whose parts are outlines, if the files hold outlines, and a note about the others."""
    if settings.points:
        return {}, []
    counts = {len(part.values) + 1 for parts in images.values() for part in parts}
    if not counts - {BOX, CORNERS}:
        note = "lines with four corners are taken for boxes that are turned, and no mask is drawn of them"
        return {}, [note] * (CORNERS in counts)
    drawn = {image for image, parts in images.items() if all(len(part.values) + 1 != BOX for part in parts)}
    boxed = len(images) - len(drawn)
    note = [f"{boxed} pictures have boxes beside outlines, and no mask is drawn of them"] * bool(boxed)
    return {image: partial(_draw, scan.images[image], tuple(images[image]), settings.names) for image in drawn}, note


def _draw(path: Path, parts: Sequence[Part], names: Mapping[int, str], numbers: Mapping[str, int]) -> "np.ndarray":
    width, height = upright_size(path)
    corners = ([(x * width, y * height) for x, y in part.corners] for part in parts)
    regions = [Region(names[part.number], paint=polygon(found)) for part, found in zip(parts, corners, strict=True)]
    return drawing_of(regions, (width, height))(numbers)
