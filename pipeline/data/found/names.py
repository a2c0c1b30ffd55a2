"""Names of the classes of well-known data sets, for labels that hold numbers alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.data.formats.voc import VOC_CLASSES

COCO_CLASSES = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant",
    "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
    "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli",
    "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
    "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip
"""The 80 categories of MS COCO by their ids."""


@dataclass(frozen=True)
class Known:
    """Classes of a data set, and what the ids of its pictures look like."""

    names: tuple[str, ...]
    pattern: str

    @property
    def is_id(self) -> Callable[[str], object]:
        """Whether an id looks like one of its pictures."""
        return re.compile(self.pattern).fullmatch


KNOWN = {"voc": Known(VOC_CLASSES, r"\d{4}_\d{6}"), "coco": Known(COCO_CLASSES, r"(COCO_[a-z0-9]+_)?\d{12}")}


def numbered(width: int) -> tuple[str, ...]:
    """Names that stand for the classes until somebody gives them their own."""
    return tuple(f"class_{number:0{len(str(width))}d}" for number in range(1, width + 1))
