"""Labels of a few pixels, and their codes.

Stored labels are 0 for background, c + 1 for class c, 254 for unlabelled pixels, and 255 for void ones, as padding is.
Masks have one code for both: 255, ignored. Published files write "unlabelled" in three ways, as 255, 0 or the number of
labels K, and a wrong reading raises no error; so this module alone converts between codes.

Nearly all jobs read codes, and few look at connected parts or distances; so these functions import scipy themselves,
which takes longer than the import of NumPy.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import numpy as np
from jaxtyping import Bool, Float, Integer, UInt8

UNLABELLED = 254
VOID = 255
MOST_CLASSES = UNLABELLED - 1
"""Classes besides background that the codes leave room for."""

Labels = UInt8[np.ndarray, "H W"]


def check_labels(labels: Labels, classes: int, background: bool = True) -> None:
    """Refuse labels outside the stored codes.

    Args:
        labels: in the stored codes.
        classes: number of classes besides background.
        background: whether a pixel may be labelled 0.

    Raises:
        ValueError: there are more than 253 classes, or a label is not a code.
    """
    if classes > MOST_CLASSES:
        raise ValueError(f"{classes} classes; weak labels have room for {MOST_CLASSES} besides background")
    first = 0 if background else 1
    strange = labels[((labels < first) | (labels > classes)) & (labels < UNLABELLED)]
    if strange.size:
        raise ValueError(
            f"label {strange[0]}; expected {first} to {classes}, {UNLABELLED} for unlabelled or {VOID} for no picture"
        )


def as_mask(labels: Labels) -> Labels:
    """As in masks: 255 wherever there is no label."""
    return np.where(labels == UNLABELLED, np.uint8(VOID), labels)


def as_channels(mask: Labels, classes: int, background: bool = True) -> Labels:
    """Channel of a network that stands for each label of a mask; 255 where it is ignored.

    Args:
        mask: labels, 255 where ignored.
        classes: number of classes besides background.
        background: whether the first channel is that of background; else it is that of the first class.

    Raises:
        ValueError: a label has no channel.
    """
    first = 0 if background else 1
    strange = mask[((mask < first) | (mask > classes)) & (mask != VOID)]
    if strange.size:
        raise ValueError(f"label {strange[0]}; expected {first} to {classes}, or {VOID} for ignored")
    return mask if background else np.where(mask == VOID, mask, mask - 1)


def from_channels(channels: Integer[np.ndarray, "H W"], background: bool = True) -> Labels:
    """Label of each channel, the reverse of `as_channels`."""
    labels = channels.astype(np.uint8)
    return labels if background else np.where(labels == VOID, labels, labels + 1)


def as_mixture_codes(labels: Labels, classes: int, background: bool = True) -> Labels:
    """As in `mixture`: the channel of each label, see `as_channels`; the number K of channels for unlabelled.

    Raises:
        ValueError: see `check_labels`.
    """
    check_labels(labels, classes, background)
    channels = as_channels(as_mask(labels), classes, background)
    return np.where(labels == UNLABELLED, np.uint8(classes + background), channels)


def of_channels(codes: Labels, channels: Sequence[int]) -> Labels:
    """Codes of `as_mixture_codes` among some of the channels, which every labelled pixel has one of."""
    places = np.full(256, len(channels), np.uint8)
    places[list(channels)] = np.arange(len(channels))
    places[VOID] = VOID
    return places[codes]


def mask_of(arrays: Mapping[str, np.ndarray]) -> Labels:
    """Mask of an image's stored arrays: of `mask`, or of weak labels, 255 wherever there is none."""
    return arrays["mask"] if "mask" in arrays else as_mask(arrays["label"])


def labelled(labels: Labels) -> Bool[np.ndarray, "H W"]:
    """Pixels that have a label."""
    return labels < UNLABELLED


def shown_labels(labels: Labels, tags: Iterable[int] | None, background: bool = True) -> list[int]:
    """Labels that an image may show: background, those of its tags, and those of its pixels; ascending.

    Background is among them also where no pixel of it is labelled, because it may be anywhere; unless there is none.
    """
    given = np.unique(labels[labelled(labels)]).tolist()
    return sorted({*([0] if background else ()), *given, *(tag + 1 for tag in tags or ())})


def objects_of(mask: Labels) -> list[tuple[int, Bool[np.ndarray, "H W"]]]:
    """Label and pixels of each connected part of each class of a mask, background left out, by label and position."""
    objects: list[tuple[int, Bool[np.ndarray, "H W"]]] = []
    for label in np.unique(mask[(mask > 0) & (mask != VOID)]).tolist():
        parts, count = connected_parts(mask == label)
        objects += [(label, parts == number) for number in range(1, count + 1)]
    return objects


def connected_parts(pixels: Bool[np.ndarray, "H W"]) -> tuple[Integer[np.ndarray, "H W"], int]:
    """Number of each pixel's connected part, from 1, and the number of parts; corners connect."""
    from scipy import ndimage

    # scipy's stub leaves open what is returned.
    return cast("tuple[np.ndarray, int]", ndimage.label(pixels, structure=np.ones((3, 3))))


def depth_of(part: Bool[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """Distance of each pixel of a part to its outside, in pixels; beyond the image is outside."""
    from scipy import ndimage

    return np.asarray(ndimage.distance_transform_edt(np.pad(part, 1)))[1:-1, 1:-1]


def uncertain_band(labels: Labels, width: int) -> Labels:
    """The labels without those nearer than `width` pixels to a pixel with another one."""
    from scipy import ndimage

    if width == 0:
        return labels
    kept = labels.copy()
    given = np.unique(labels[labelled(labels)])
    for label in given:
        others = labelled(labels) & (labels != label)
        if others.any():
            near = np.asarray(ndimage.distance_transform_edt(~others)) < width
            kept[near & (labels == label)] = UNLABELLED
    return kept
