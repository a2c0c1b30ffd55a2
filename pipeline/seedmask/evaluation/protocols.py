"""Protocols, which are stored with every score, and counting over a set of images."""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Int64, UInt8

from seedmask.config.protocols import AbsentClass, IgnoredPrediction
from seedmask.errors import SeedmaskError
from seedmask.evaluation.boundary import BoundaryIoU
from seedmask.evaluation.image_counts import ImageCounts
from seedmask.evaluation.scores import IGNORE, Scores, confusion, mean, scores
from seedmask.labels import LabelSet

ThresholdMode = Literal["none", "fixed", "label_free", "oracle", "exponent", "label_free_exponent", "stored"]


@dataclass(frozen=True)
class Protocol:
    """All choices besides the masks that change a score."""

    split: str
    """Split of the images that are scored."""
    scored_list: str | None = None
    """List that names the scored images of the split, as the data set's settings spell it; None where no list does."""
    truth_recipe: str | None = None
    """How truth masks are rendered from objects that overlap; None where files hold the masks."""
    name: str = ""
    """Name of a published protocol; empty for the configuration's own."""
    departures: Sequence[str] = field(default_factory=list)
    """What is otherwise than the name says."""
    absent_class: AbsentClass = "skip_union"
    """Treatment of classes without pixels in the mean."""
    ignore_pred: IgnoredPrediction = "background"
    """Treatment of a predicted 255."""
    threshold_mode: ThresholdMode = "none"
    """How the background threshold was chosen; "oracle" used the pixel labels of this very set or another."""
    threshold: float | None = None
    """Background threshold, 0..1, or the exponent of (1 - max)^threshold."""
    boundary_ratio: float = 0.02
    """Width of the band of Boundary IoU, as a share of the image's diagonal."""
    views: Mapping[str, Any] = field(default_factory=dict)
    """How the network was shown a picture and what became of its scores: `seedmask.config.protocols.VIEWS`."""
    families: Sequence[str] = field(default_factory=list)
    """What was learned from besides tags and ImageNet, or `closed_world`."""
    first_weights: Sequence[str] = field(default_factory=list)
    """Stage, encoder and first weights of each network."""


class ScoreBoard:
    """Counts truth against prediction, image by image; only the counts are held.

    Args:
        names: names of the foreground classes; label k + 1 is `names[k]`.
        protocol: how to count; it is part of the result.
        background: whether a pixel may be of none of them.
    """

    def __init__(self, names: Sequence[str], protocol: Protocol, background: bool = True):
        self.labels = LabelSet(tuple(names), background)
        self.protocol = protocol
        self.pictures = ImageCounts(background)
        """Counts of each image."""
        count = len(names) + 1
        self.matrix = np.zeros((count, count), np.int64)
        """Pixels by truth (row) and label; without background column 0 holds those that got no class."""
        self.images_with = np.zeros(count, np.int64)
        self.boundary = BoundaryIoU(count, protocol.boundary_ratio, protocol.ignore_pred, background)

    def add(self, image: str, truth: UInt8[np.ndarray, "H W"], prediction: UInt8[np.ndarray, "H2 W2"]) -> None:
        """Count one image.

        Raises:
            SeedmaskError: the sizes differ or a label is outside; the image is named.
        """
        try:
            counts = confusion(truth, prediction, len(self.matrix), self.protocol.ignore_pred, self.labels.background)
        except ValueError as error:
            raise SeedmaskError(f"image {image}: {error}") from error
        self.matrix += counts
        self.pictures.add(image, counts)
        self.images_with += counts.any(axis=1)
        self.boundary.add(truth, prediction)

    @property
    def images(self) -> int:
        """Number of images."""
        return len(self.pictures.ids)

    def result(self) -> dict[str, Any]:
        """All scores, ready for JSON: NaN is null, arrays are lists, classes in label order."""
        labels = self.labels
        foreground = len(labels.names) - len(labels.classes)
        result = scores(self.matrix, self.protocol.absent_class, labels.background)
        edges = self.boundary.iou()
        columns = {
            "iou": result.iou,
            "boundary_iou": edges,
            "false_positive": result.false_positive,
            "false_negative": result.false_negative,
            "precision": result.precision,
            "recall": result.recall,
        }
        return {
            "protocol": {
                **asdict(self.protocol),
                "classes": len(labels.classes),
                "background": labels.background,
                "ignored_truth": IGNORE,
                "list": list_digest(self.pictures.ids),
            },
            "images": self.images,
            "pixels": int(self.matrix.sum()),
            "classes_averaged": result.classes_averaged,
            "miou": _number(result.miou),
            "pixel_accuracy": _number(result.pixel_accuracy),
            "boundary_miou": _number(mean(edges)),
            "foreground_false_positive": _number(mean(result.false_positive[foreground:])),
            "foreground_false_negative": _number(mean(result.false_negative[foreground:])),
            "groups": self._groups(result),
            "classes": [
                {"name": name, "images": int(self.images_with[label])}
                | {column: _number(values[k]) for column, values in columns.items()}
                for k, (label, name) in enumerate(zip(labels.values, labels.names, strict=True))
            ],
            "confusion": self.matrix[labels.first :, labels.first :].tolist(),
        }

    def _groups(self, result: Scores) -> dict[str, Any]:
        thirds = zip(("head", "middle", "tail"), frequency_thirds(self.images_with[1:]), strict=True)
        iou = result.iou[-len(self.labels.classes) :]
        return {
            name: {"classes": [self.labels.classes[k] for k in third], "miou": _number(mean(iou[third]))}
            for name, third in thirds
        }


def frequency_thirds(images_with: Int64[np.ndarray, " K"]) -> list[Int64[np.ndarray, " G"]]:
    """Classes that occur, the most frequent third first; equal counts in class order."""
    order = np.argsort(-images_with, kind="stable")
    return np.array_split(order[images_with[order] > 0], 3)


def list_digest(images: Iterable[str]) -> str:
    """SHA-256 of the sorted ids of some images, one a line: what `sort list.txt | sha256sum` says in the C locale."""
    return hashlib.sha256("".join(f"{image}\n" for image in sorted(images)).encode()).hexdigest()


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
