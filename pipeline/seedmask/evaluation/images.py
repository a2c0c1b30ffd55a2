"""Scores of a single image: how far its masks are from one another, from its tags, and from truth.

All but the last need no truth mask; they order pictures so that people look first where it pays.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Bool, Float, UInt8

from seedmask.config.protocols import AbsentClass, IgnoredPrediction
from seedmask.evaluation.scores import IGNORE, confusion, scores

BACKGROUND = 0


def object_pixels(masks: Sequence[UInt8[np.ndarray, "H W"]]) -> Bool[np.ndarray, "H W"]:
    """Pixels to which at least one of the masks gives a class."""
    return np.any([(mask != BACKGROUND) & (mask != IGNORE) for mask in masks], axis=0)


def disagreement(masks: Sequence[UInt8[np.ndarray, "H W"]]) -> float | None:
    """How likely two of the masks, drawn at random, differ at a pixel to which any of them gives a class.

    With n masks that decide at a pixel and n_k of them for label k it is 1 - sum of n_k (n_k - 1) / (n (n - 1)); the
    mean is over the object pixels, so that a small object counts as much as a large one. Ignored pixels have no vote.

    Args:
        masks: labels of one picture by several variants, 255 ignored.

    Returns:
        0..1; 0 where no mask gives a class, None of a single mask.
    """
    if len(masks) < 2:
        return None
    objects = object_pixels(masks)
    if not objects.any():
        return 0.0
    labels = np.stack([mask[objects] for mask in masks])
    votes = np.stack([(labels == label).sum(axis=0) for label in np.unique(labels) if label != IGNORE]).astype(float)
    pairs = votes.sum(axis=0) * (votes.sum(axis=0) - 1)
    alike = (votes * (votes - 1)).sum(axis=0)
    return float(np.where(pairs > 0, 1 - alike / np.maximum(pairs, 1), 0).mean())


def mean_confidence(
    masks: Sequence[UInt8[np.ndarray, "H W"]], confidences: Sequence[Float[np.ndarray, "H W"]]
) -> float | None:
    """Mean probability of the labels at the object pixels; over the whole image if there is no object.

    Args:
        masks: labels of one picture by several variants.
        confidences: probabilities 0..1, of those variants that have them.
    """
    if not confidences:
        return None
    objects = object_pixels(masks)
    shown = objects if objects.any() else np.ones_like(objects)
    return float(np.mean([confidence[shown].mean() for confidence in confidences]))


def tag_mismatch(found: Sequence[Iterable[int]], tags: Iterable[int]) -> float | None:
    """Jaccard distance of the classes found to those tagged, mean over variants.

    Args:
        found: classes found in one picture by each variant.
        tags: the picture's classes.

    Returns:
        0..1: 0 all tags are found and nothing else; 0 too where there are neither; None without variants.
    """
    wanted = set(tags)
    distances = [len(wanted ^ set(one)) / max(1, len(wanted | set(one))) for one in found]
    return float(np.mean(distances)) if distances else None


def unsupported_tags(found: Sequence[Iterable[int]], tags: Iterable[int]) -> tuple[int, ...]:
    """Tags whose class no variant finds, likely mistakes among the tags; empty without variants."""
    seen = {number for one in found for number in one}
    return tuple(tag for tag in tags if tag not in seen) if found else ()


def image_iou(
    truth: UInt8[np.ndarray, "H W"],
    mask: UInt8[np.ndarray, "H W"],
    labels: int,
    absent_class: AbsentClass = "skip_union",
    ignore_pred: IgnoredPrediction = "background",
    background: bool = True,
) -> float | None:
    """MIoU of one image alone, over the labels that occur in it.

    Means of it over pictures are not the mIoU of the set, which pools pixels first.

    Args:
        truth: labels, 255 ignored.
        mask: labels or 255.
        labels: number of labels, 0 included.
        absent_class: see `scores`; only `skip_truth` makes a difference here, labels in neither are always left out.
        ignore_pred: see `counted_pixels`.
        background: whether label 0 is a class.

    Returns:
        0..1; None where no pixel counts.
    """
    matrix = confusion(truth, mask, labels, ignore_pred, background)
    result = scores(matrix, "skip_truth" if absent_class == "skip_truth" else "skip_union", background).miou
    return None if np.isnan(result) else result
