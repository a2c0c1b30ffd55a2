"""A few small pictures in the layout of PASCAL VOC, with all that published systems read beside them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from seedmask.dataset.formats.voc import VOC_CLASSES

UNLABELLED = 255
"""Level of pixels without a label in the files of points and scribbles."""


def write_voc(root: Path, train: int = 4, augmented: int = 8, val: int = 4) -> None:
    """Write a set in which each picture shows two objects of two classes.

    Args:
        root: its folder, such as `VOCdevkit/VOC2012`.
        train: pictures of `train`, which have masks in `SegmentationClass`.
        augmented: pictures of `trainaug`, those of `train` among them, which have masks in `SegmentationClassAug`.
        val: pictures of `val`.
    """
    ids = [f"2007_{number:06d}" for number in range(augmented + val)]
    lists = {"train": ids[:train], "trainaug": ids[:augmented], "val": ids[augmented:]}
    for name, listed in lists.items():
        _write(root / f"ImageSets/Segmentation/{name}.txt", "".join(f"{one}\n" for one in listed))
    tags, clicks = [], {}
    for number, name in enumerate(ids):
        classes = number % 20, (number + 7) % 20
        truth = _truth(classes, (94, 125) if number % 2 else (125, 94))
        levels = np.random.default_rng(number).integers(60, 120, (*truth.shape, 3), dtype=np.uint8)
        levels[truth > 0] = truth[truth > 0, None] * (11, 7, 5)
        _save(root / f"JPEGImages/{name}.jpg", levels)
        _write(root / f"Annotations/{name}.xml", _annotation(truth))
        _save(root / f"SegmentationClassAug/{name}.png", truth)
        if name in lists["train"] + lists["val"]:
            _save(root / f"SegmentationClass/{name}.png", truth)
        if name in lists["trainaug"]:
            _save(root / f"saliency_aug/{name}.png", np.where(truth, 250, 5).astype(np.uint8))
            _save(root / f"point/segcls/{name}.png", _labels(truth, 0))
            _save(root / f"scribble/seginst/{name}.png", _labels(truth, 12))
            _write(root / f"scribble/voc_2012/{name}.xml", _strokes(truth))
            clicks[name] = _clicks(truth)
            tags.append(f"{name} {' '.join(map(str, sorted(classes)))} \n")
    _write(root / "train_cls.txt", "".join(tags))
    _write(root / "whats_the_point.json", json.dumps(clicks))


def write_names(root: Path, classes: Sequence[str], splits: Mapping[str, int]) -> None:
    """Write lists, annotations of one object each and files of pictures without content: all that a plan looks at.

    Args:
        root: the folder.
        classes: names that the objects have in turn.
        splits: pictures of each list in `ImageSets/Segmentation`.
    """
    for split, count in splits.items():
        ids = [f"{split}_{number:06d}" for number in range(count)]
        _write(root / f"ImageSets/Segmentation/{split}.txt", "".join(f"{one}\n" for one in ids))
        for number, name in enumerate(ids):
            _write(root / f"JPEGImages/{name}.jpg", "")
            object_ = f"<object><name>{classes[number % len(classes)]}</name></object>"
            _write(root / f"Annotations/{name}.xml", f"<annotation>{object_}</annotation>")


def _truth(classes: tuple[int, int], shape: tuple[int, int]) -> np.ndarray:
    """Two ellipses on background, one above the other."""
    ys, xs = np.mgrid[: shape[0], : shape[1]] / np.array(shape)[:, None, None]
    truth = np.zeros(shape, np.uint8)
    for number, centre in zip(classes, (0.3, 0.75), strict=True):
        truth[((ys - centre) / 0.2) ** 2 + ((xs - 0.5) / 0.35) ** 2 < 1] = number + 1
    return truth


def _labels(truth: np.ndarray, half: int) -> np.ndarray:
    """A point, or a stroke of some length, of each class and of the background."""
    labels = np.full_like(truth, UNLABELLED)
    for label in np.unique(truth).tolist():
        ys, xs = np.nonzero(truth == label)
        middle = len(xs) // 2
        near = (np.abs(np.arange(truth.shape[1]) - xs[middle]) <= half) & (truth[ys[middle]] == label)
        labels[ys[middle], near] = label
    return labels


def _clicks(truth: np.ndarray) -> list[dict[str, int]]:
    """A point on each object, as What's the Point has them."""
    labels = _labels(truth, 0)
    return [
        {"cls": int(labels[y, x]), "x": int(x), "y": int(y), "rank": rank}
        for rank, (y, x) in enumerate(zip(*np.nonzero((labels > 0) & (labels < UNLABELLED)), strict=True))
    ]


def _strokes(truth: np.ndarray) -> str:
    """A stroke of each class and of the background, as ScribbleSup has them."""
    labels, polygons = _labels(truth, 12), ""
    for label in np.unique(truth).tolist():
        ys, xs = np.nonzero(labels == label)
        points = "".join(f"<point><X>{xs[end]}</X><Y>{ys[end]}</Y></point>" for end in (0, -1))
        polygons += f"<polygon><tag>{('background', *VOC_CLASSES)[label]}</tag>{points}</polygon>"
    size = f"<size><width>{truth.shape[1]}</width><height>{truth.shape[0]}</height></size>"
    return f"<annotation>{size}{polygons}</annotation>"


def _annotation(truth: np.ndarray) -> str:
    height, width = truth.shape
    objects = ""
    for label in np.unique(truth[truth > 0]).tolist():
        ys, xs = np.nonzero(truth == label)
        corners = {"xmin": xs.min(), "ymin": ys.min(), "xmax": xs.max(), "ymax": ys.max()}
        box = "".join(f"<{name}>{place + 1}</{name}>" for name, place in corners.items())
        objects += f"<object><name>{VOC_CLASSES[label - 1]}</name><bndbox>{box}</bndbox></object>"
    size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    return f"<annotation>{size}{objects}</annotation>"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _save(path: Path, levels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(levels).save(path)
