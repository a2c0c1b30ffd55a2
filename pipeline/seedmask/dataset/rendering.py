"""Truth masks that are rendered from annotations, once for each image, by the job that reads its shard.

How is a text in the listing: the recipe, the size that the file states, and the annotations of the image, each with
its label and the place of its outline in the file. Jobs read nothing else of the file.
"""

import json
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import UInt8

from seedmask.dataset.entries import file_state
from seedmask.dataset.formats.coco_places import Outline
from seedmask.dataset.outlines import outline_pixels, outline_problem
from seedmask.errors import InputError, Problem
from seedmask.methods.coco_masks import RECIPES, CocoObject

REMEDY = "correct the annotation, or take it out"


def rendered(path: Path, state: str | None, rendering: str, size: tuple[int, int]) -> UInt8[np.ndarray, "H W"]:
    """The truth mask of an image: 0 background, c + 1 class c, 255 ignored.

    Args:
        path: file of the annotations.
        state: state of the file when it was listed.
        rendering: text of `coco_places.rendering_text`.
        size: width and height of the image in pixels, upright.

    Raises:
        InputError: annotations are damaged or of a picture of another size; the file has changed since it was listed.
        SeedmaskError: pycocotools is not installed.
    """
    recipe, stated, outlines = json.loads(rendering)
    width, height = size
    if stated is not None and tuple(stated) != size:
        found = f"states {stated[0]} x {stated[1]} pixels for a picture of {width} x {height}"
        raise _refusal(Problem(str(path), found, "restore the picture that was annotated, or take it out"))
    objects, problems = [], []
    try:
        with path.open("rb") as file:
            for outline in (Outline(*one) for one in outlines):
                try:
                    objects.append(_object(outline, _segmentation(file, outline), height, width))
                except ValueError as error:
                    problems.append(Problem(f"{path} annotation {outline.number}", str(error), REMEDY))
    except OSError as error:
        raise _refusal(Problem(str(path), f"cannot be read ({error.strerror})", "restore the file")) from error
    if file_state(path) != state:  # what was read may lie anywhere
        raise _refusal(Problem(str(path), "changed since it was listed", "run snakemake again"))
    if problems:
        raise InputError("annotations", problems)
    return RECIPES[recipe](objects, height, width)


def _segmentation(file: BinaryIO, outline: Outline) -> Any:
    """Outline of an annotation; None where it has none."""
    if outline.place is None:
        return None
    start, end = outline.place
    file.seek(start)
    return json.loads(file.read(end - start))


def _object(outline: Outline, segmentation: Any, height: int, width: int) -> CocoObject:
    if segmentation is None:
        pixels = np.zeros((height, width), bool)
        if outline.box is not None:
            left, top, wide, high = outline.box
            rows, columns = (slice(max(round(at), 0), max(round(at + n), 0)) for at, n in ((top, high), (left, wide)))
            pixels[rows, columns] = True
    elif problem := outline_problem(segmentation):
        raise ValueError(f"segmentation {problem}")
    else:
        pixels = outline_pixels(segmentation, height, width)
    area = int(pixels.sum()) if outline.area is None else outline.area
    return CocoObject(pixels, outline.label, area, bool(outline.crowd), segmentation is not None)


def _refusal(problem: Problem) -> InputError:
    return InputError("annotations", [problem])
