"""Labels of a few pixels, and their codes.

Stored labels are 0 for background, c + 1 for class c, 254 for pixels that nobody labelled, and 255 for what is no
picture (padding, void). Masks do not tell the two apart: in them 255 is whatever teaches nothing. Three ways of writing
"unlabelled" are about in published files, 255, 0 and the number of labels K, and none of them fails by itself where
another is meant: so labels go from one kind to another through here alone.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from jaxtyping import Bool, UInt8
from scipy import ndimage

UNLABELLED = 254
VOID = 255
MOST_CLASSES = UNLABELLED - 1
"""Classes besides background that the codes leave room for."""

Labels = UInt8[np.ndarray, "H W"]


def check_labels(labels: Labels, classes: int) -> None:
    """Refuse what is no stored label.

    Args:
        labels: in the stored codes.
        classes: number of classes besides background.

    Raises:
        ValueError: there are more than 253 classes, or a label is no code.
    """
    if classes > MOST_CLASSES:
        raise ValueError(f"{classes} classes; weak labels have room for {MOST_CLASSES} besides background")
    strange = labels[(labels > classes) & (labels < UNLABELLED)]
    if strange.size:
        raise ValueError(
            f"label {strange[0]}; expected 0 to {classes}, {UNLABELLED} for unlabelled or {VOID} for no picture"
        )


def as_mask(labels: Labels) -> Labels:
    """As masks have it: 255 wherever there is no label."""
    return np.where(labels == UNLABELLED, np.uint8(VOID), labels)


def as_mixture_codes(labels: Labels, classes: int) -> Labels:
    """As `mixture` has it: K, the number of labels with background, for unlabelled; 255 for what is no picture.

    Raises:
        ValueError: see `check_labels`.
    """
    check_labels(labels, classes)
    return np.where(labels == UNLABELLED, np.uint8(classes + 1), labels)


def mask_of(arrays: Mapping[str, np.ndarray]) -> Labels:
    """Mask of an image's stored arrays: of `mask`, or of weak labels, 255 wherever there is none."""
    return arrays["mask"] if "mask" in arrays else as_mask(arrays["label"])


def labelled(labels: Labels) -> Bool[np.ndarray, "H W"]:
    """Pixels that have a label."""
    return labels < UNLABELLED


def shown_labels(labels: Labels, tags: Iterable[int] | None) -> list[int]:
    """Labels that a picture may show: background, those of its tags, and those that somebody gave it; ascending.

    Background is among them also where no pixel of it is labelled, because it may be anywhere.
    """
    given = np.unique(labels[labelled(labels)]).tolist()
    return sorted({0, *given, *(tag + 1 for tag in tags or ())})


def objects_of(mask: Labels) -> list[tuple[int, Bool[np.ndarray, "H W"]]]:
    """Label and pixels of each connected part of each class of a mask, background left out, by label and place."""
    found = []
    for label in np.unique(mask[(mask > 0) & (mask != VOID)]).tolist():
        parts, count = ndimage.label(mask == label, structure=np.ones((3, 3)))
        found += [(label, parts == number) for number in range(1, count + 1)]
    return found


def uncertain_band(labels: Labels, width: int) -> Labels:
    """The labels without those nearer than `width` pixels to a pixel with another one."""
    if width == 0:
        return labels
    found = labels.copy()
    given = np.unique(labels[labelled(labels)])
    for label in given:
        others = labelled(labels) & (labels != label)
        if others.any():
            near = ndimage.distance_transform_edt(~others) < width
            found[near & (labels == label)] = UNLABELLED
    return found
