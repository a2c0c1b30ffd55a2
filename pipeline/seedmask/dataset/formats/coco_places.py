"""COCO's JSON read without its outlines, which are most of it: where each lies in the file is kept instead.

`instances_train2014.json` holds 30 million numbers, which take 2 GB and most of the time as Python objects. The jobs
that draw masks read the outlines of their own images at these places.
"""

import gc
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from seedmask.dataset.formats.coco_json import CocoAnnotation, CocoFile, coco_file
from seedmask.dataset.formats.text import read_json
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem

OUTLINE = re.compile(rb'"segmentation"\s*:\s*(\[[^"}]*\](?=\s*(?:\}|,\s*"[^"\\]*"\s*:))|\{[^{}]*\})')
"""A key with a list that holds numbers and lists alone, for behind it comes the next key or the end of the annotation;
or with run lengths. Quotes within a text of JSON have a backslash before them, so no text looks like a key."""
SHORT, FEWEST = 60, 5
"""Bytes of a list that may be too short for an outline, and commas of a triangle."""


class Place(NamedTuple):
    """Where an outline is written."""

    start: int
    """First byte in the file."""
    end: int
    """Byte behind the last."""


class Outline(NamedTuple):
    """An annotation of an image."""

    number: int | str
    """For messages."""
    label: int
    """c + 1 for class c."""
    crowd: bool
    area: float | None
    """Pixels as annotated; None where the pixels of the outline are counted."""
    place: Place | None
    """Of the outline; None where it has none."""
    box: tuple[float, float, float, float] | None = None
    """Of an annotation without an outline: left, top, width and height in pixels, if it has one."""


def read_coco_places(path: Path) -> CocoFile:
    """Read and check a file; `place_of` gives the place of an annotation's outline.

    Raises:
        InputError: see `read_coco`.
    """
    with without_collection():
        return coco_file(_read(path), path)


def rendering_text(recipe: str, size: tuple[int, int] | None, outlines: Iterable[Outline]) -> str:
    """How a mask is rendered, for the listing.

    Args:
        recipe: one of `methods.coco_masks.RECIPES`.
        size: width and height that the file states, if it does.
        outlines: annotations of the image, in the order of the file.
    """
    return json.dumps([recipe, size, list(outlines)], separators=(",", ":"))


def _read(path: Path) -> Any:
    try:
        return json.loads(b"".join(_cut(read_file(path))).decode("utf-8-sig"))
    except (RecursionError, ValueError) as error:
        read_json(path)  # names the line
        remedy = "export it again: outlines are lists of numbers, or run lengths"
        raise InputError(path.name, [Problem(str(path), "has segmentations of another kind", remedy)]) from error


def place_of(annotation: CocoAnnotation) -> Place | None:
    """Place of an annotation's outline; None where it has none, or something that is no outline."""
    value = annotation.segmentation
    is_place = type(value) is list and len(value) == 2 and type(value[0]) is type(value[1]) is int
    return Place(*value) if is_place else None


def _cut(data: bytes) -> Iterator[bytes | memoryview]:
    """The file with `[start,end]` for each outline, and `null` for lists that are too short."""
    view, kept = memoryview(data), 0
    for match in OUTLINE.finditer(data):
        start, end = match.span(1)
        is_short = end - start < SHORT and data[start] == ord("[") and data.count(b",", start, end) < FEWEST
        yield view[kept:start]
        yield b"null" if is_short else b"[%d,%d]" % (start, end)
        kept = end
    yield view[kept:]


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep the collector from looking through millions of new objects again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
