"""A few small pictures in the layout of MS COCO, with outlines of every kind that its files hold."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

GAPS = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)
IDS = [number for number in range(1, 91) if number not in GAPS]
"""Ids of COCO's 80 categories."""
CATEGORIES = [{"id": number, "name": f"thing {number}", "supercategory": "things"} for number in IDS]
WIDTH, HEIGHT = 125, 94


def write_coco(root: Path, train: int = 8, val: int = 4, year: str = "2014", empty: int = 0) -> None:
    """Write a set in which each picture shows two objects of two categories; a crowd lies over a part of each third.

    Args:
        root: its folder.
        train: pictures of `train` that show something.
        val: pictures of `val`.
        year: 2014 or 2017, which name their pictures differently.
        empty: pictures of `train` without an annotation, besides.
    """
    for split, numbers in (("train", range(9, 9 + train)), ("val", range(42_000, 42_000 + val))):
        shown = {number: _objects(number) for number in numbers}
        if split == "train":
            shown |= {number: [] for number in range(9 + train, 9 + train + empty)}
        write_split(root, f"{split}{year}", shown)


def write_split(root: Path, folder: str, shown: dict[int, list[dict[str, Any]]]) -> Path:
    """Write pictures and the JSON of a split; its path.

    Args:
        root: folder of the set.
        folder: folder of the pictures, such as `train2014`.
        shown: annotations of each picture by its number, without `id` and `image_id`.
    """
    listed, annotations = [], []
    for number, objects in shown.items():
        name = f"{number:012d}.jpg" if folder.endswith("2017") else f"COCO_{folder}_{number:012d}.jpg"
        listed.append({"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT})
        for one in objects:
            annotations.append({"id": number * 100 + len(annotations), "image_id": number, **one})
        _save(root / folder / name, number, objects)
    path = root / f"annotations/instances_{folder}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": listed, "annotations": annotations, "categories": CATEGORIES}))
    return path


def write_coco_names(root: Path, splits: dict[str, tuple[int, int]]) -> None:
    """Write files of pictures without content, and annotations of one object each: all that a plan looks at.

    Args:
        root: folder of the set.
        splits: pictures of each folder, such as `train2014`, and how many of them show something.
    """
    for folder, (pictures, shown) in splits.items():
        (root / folder).mkdir(parents=True)
        names = [f"COCO_{folder}_{number:012d}.jpg" for number in range(pictures)]
        for name in names:
            (root / folder / name).touch()
        content = {
            "images": [{"id": number, "file_name": name} for number, name in enumerate(names)],
            "annotations": [
                {"id": number, "image_id": number, **polygon(IDS[number % 80], 1, 1, 9, 9)} for number in range(shown)
            ],
            "categories": CATEGORIES,
        }
        path = root / f"annotations/instances_{folder}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))


def polygon(category: int, left: float, top: float, width: float, height: float) -> dict[str, Any]:
    """An annotation whose outline is an ellipse."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    xs, ys = left + width * (1 + np.cos(angles)) / 2, top + height * (1 + np.sin(angles)) / 2
    corners = np.stack([xs, ys], axis=1).round(2).ravel().tolist()
    return _annotation(category, [corners], (left, top, width, height), round(np.pi * width * height / 4, 2), 0)


def crowd(category: int, left: int, top: int, width: int, height: int, shape: Sequence[int] = (HEIGHT, WIDTH)) -> dict:
    """An annotation of a crowd, whose run lengths are those of a rectangle."""
    pixels = np.zeros(shape, np.uint8)
    pixels[top : top + height, left : left + width] = 1
    edges = np.flatnonzero(np.diff(np.concatenate([[0], pixels.ravel(order="F"), [2]])))
    runs = np.diff(np.concatenate([[0], edges])).tolist()
    return _annotation(
        category, {"counts": runs, "size": list(shape)}, (left, top, width, height), int(pixels.sum()), 1
    )


def _objects(number: int) -> list[dict[str, Any]]:
    first, second = IDS[number % 80], IDS[(number + 7) % 80]
    found = [polygon(first, 8, 8, 60, 50), polygon(second, 40, 30, 60, 50)]
    return [*found, crowd(first, 60, 2, 60, 20)] if number % 3 == 0 else found


def _annotation(category: int, segmentation: Any, bbox: Sequence[float], area: float, is_crowd: int) -> dict[str, Any]:
    return {
        "category_id": category,
        "segmentation": segmentation,
        "bbox": list(bbox),
        "area": area,
        "iscrowd": is_crowd,
    }


def _save(path: Path, number: int, objects: list[dict[str, Any]]) -> None:
    levels = np.random.default_rng(number).integers(60, 120, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for one in objects:
        left, top, width, height = (int(side) for side in one["bbox"])
        levels[top : top + height, left : left + width] = [one["category_id"] * step % 256 for step in (11, 7, 5)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(levels).save(path)
