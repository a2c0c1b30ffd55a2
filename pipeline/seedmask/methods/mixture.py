"""A Gaussian for each class of an image, in the space of its features (AGMM, Wu et al., CVPR 2023).

The pixels that carry a label give each class a centre; every position of the features is scored by its distance to each
centre. Only classes that are present are worked on: a class costs nothing in an image that does not show it.

Labels have codes of their own: 0 to K - 1 for classes, K for unlabelled pixels, 255 for padding.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Integer
from torch.nn.functional import interpolate

EPSILON = 1e-6
VOID = 255
"""Label of padding, which differs from that of unlabelled pixels."""
Deviation = Literal["uniform", "weighted"]


class Present(NamedTuple):
    """The classes that each image shows, in ascending order; shorter lists are padded.

    Below, an axis S for the longest list replaces the axis K for all classes.
    """

    classes: Integer[torch.Tensor, "B S"]
    """Class numbers; any where `valid` is 0."""
    valid: Float[torch.Tensor, "B S"]
    """1 for a class, 0 for padding."""
    masks: Float[torch.Tensor, "B S H W"]
    """1 where a pixel is labelled so."""

    def select(self, rows: Float[torch.Tensor, "B K *rest"]) -> Float[torch.Tensor, "B S *rest"]:
        """Rows of the classes, padding included."""
        # Rows of one long list: the gradient of this is an addition, that of an index of two axes a slow scatter.
        first = torch.arange(len(rows), device=rows.device)[:, None] * rows.shape[1]
        chosen = rows.flatten(0, 1).index_select(0, (first + self.classes).flatten())
        return chosen.unflatten(0, self.classes.shape)

    def spread(self, rows: Float[torch.Tensor, "B S *rest"], count: int) -> Float[torch.Tensor, "B K *rest"]:
        """The inverse of `select`; 0 for classes that an image does not show."""
        batch = torch.arange(len(rows), device=rows.device)[:, None].expand_as(self.classes)
        weights = self.valid.reshape(*self.valid.shape, *[1] * (rows.ndim - 2))
        return rows.new_zeros(len(rows), count, *rows.shape[2:]).index_put(
            (batch, self.classes), rows * weights, accumulate=True
        )


def present_classes(labels: Integer[torch.Tensor, "B H W"], count: int, dtype: torch.dtype = torch.float32) -> Present:
    """Classes with a labelled pixel, image by image.

    Args:
        labels: 0..K-1, K for unlabelled, 255 for padding.
        count: K.
        dtype: of the masks.

    Raises:
        ValueError: K is above 254, or a label is not a code.
    """
    if count > VOID - 1:
        raise ValueError(f"{count} classes; labels of a byte have room for {VOID - 1}, of which one says unlabelled")
    flat = labels.flatten(1).long()
    strange = flat[((flat > count) & (flat != VOID)) | (flat < 0)]
    if len(strange):
        raise ValueError(
            f"label {int(strange[0])}; expected 0 to {count - 1}, {count} for unlabelled or {VOID} for padding"
        )
    counts = flat.new_zeros(len(flat), VOID + 1).scatter_add_(1, flat, torch.ones_like(flat))[:, :count]
    shown = counts > 0
    most = max(1, int(shown.sum(dim=1).max()))
    classes = torch.where(shown, 0, 1).argsort(dim=1, stable=True)[:, :most]
    valid = shown.gather(1, classes)
    masks = (labels[:, None] == classes[..., None, None]) & valid[..., None, None]
    return Present(classes, valid.to(dtype), masks.to(dtype))


def class_centres(
    features: Float[torch.Tensor, "B C h w"], labels: Integer[torch.Tensor, "B H W"], num_classes: int
) -> tuple[Float[torch.Tensor, "B K C"], Float[torch.Tensor, "B K"]]:
    """Mean feature of the labelled pixels of each class, features enlarged to the labels bilinearly (section 3.2).

    mu = Σ_p up(F)_p / (n + 1e-6), 0 for absent classes. Not detached.

    Args:
        features: F, of a decoder.
        labels: see `present_classes`.
        num_classes: K.

    Returns:
        Centres, and 1 for each class that is present.

    Raises:
        ValueError: see `present_classes`.
    """
    present = present_classes(labels, num_classes, features.dtype)
    rows = centres_of(features, present)
    return present.spread(rows, num_classes), present.spread(torch.ones_like(present.valid), num_classes)


def gaussian_scores(
    features: Float[torch.Tensor, "B C h w"],
    centres: Float[torch.Tensor, "B K C"],
    present: Float[torch.Tensor, "B K"],
    labels: Integer[torch.Tensor, "B H W"],
    *,
    deviation: Deviation | None = None,
    probabilities: Float[torch.Tensor, "B K H W"] | None = None,
) -> Float[torch.Tensor, "B K H W"]:
    """G: exp(-d^2) of each pixel and class, or exp(-d^2 / (2 σ^2)); 0 for absent classes (section 3.2).

    d is the mean absolute difference of a position's features to the centre, multiplied by the share of it that is
    image. Scores of different classes do not sum to one.

    Args:
        features: F.
        centres: mu.
        present: 1 for each class with a centre.
        labels: see `present_classes`; only 255 matters.
        deviation: σ^2 of each image and class: the mean of d^2 over the image, plain or weighted by the
            probabilities; the authors' code leaves it out, their paper has it.
        probabilities: for `weighted`, of each class at each pixel, 0 for classes that the image does not show.

    Raises:
        ValueError: `weighted` without probabilities.
    """
    size, inside = labels.shape[-2:], validity(labels, features.shape[-2:], features.dtype)
    most = max(1, int(present.sum(dim=1).max()))
    classes = (1 - present).argsort(dim=1, stable=True)[:, :most]
    some = Present(classes, present.gather(1, classes), features.new_zeros(len(features), most, 0, 0))
    distances = distances_to(features, some.select(centres), inside) * some.valid[..., None, None]
    weights = some.select(probabilities) if deviation == "weighted" and probabilities is not None else None
    small = scores_of(distances, inside, deviation, weights)
    large = interpolate(small, size, mode="bilinear", align_corners=False)
    return some.spread(large, centres.shape[1])


def centres_of(features: Float[torch.Tensor, "B C h w"], present: Present) -> Float[torch.Tensor, "B S C"]:
    """Centres of the classes that are present.

    The features are never enlarged: enlarging is linear, so its transpose is applied to the masks.
    """
    weights = labelled_shares(features, present).flatten(2)
    counts = present.masks.sum(dim=(2, 3))
    return weights @ features.flatten(2).transpose(1, 2) / (counts[..., None] + EPSILON)


def labelled_shares(features: Float[torch.Tensor, "B C h w"], present: Present) -> Float[torch.Tensor, "B S h w"]:
    """Weight of each position of the features in the centre of each class: the masks at the features' resolution."""
    height, width = features.shape[-2:]
    rows = enlarging(height, present.masks.shape[-2], features)
    columns = enlarging(width, present.masks.shape[-1], features)
    return rows.T @ present.masks @ columns


def distances_to(
    features: Float[torch.Tensor, "B C h w"],
    centres: Float[torch.Tensor, "B S C"],
    inside: Float[torch.Tensor, "B h w"],
) -> Float[torch.Tensor, "B S h w"]:
    """Mean absolute difference of each position to each centre, times the share of the position that is image."""
    positions = features.flatten(2).transpose(1, 2)
    distances = torch.cdist(centres, positions, p=1) / features.shape[1]
    return distances.unflatten(2, features.shape[-2:]) * inside[:, None]


def scores_of(
    distances: Float[torch.Tensor, "B S h w"],
    inside: Float[torch.Tensor, "B h w"],
    deviation: Deviation | None = None,
    probabilities: Float[torch.Tensor, "B S H W"] | None = None,
) -> Float[torch.Tensor, "B S h w"]:
    """G at the resolution of the features; see `gaussian_scores`."""
    squared = distances**2
    if deviation is None:
        return (-squared).exp()
    with torch.no_grad():
        if deviation == "weighted":
            if probabilities is None:
                raise ValueError("deviation weighted needs probabilities; pass them")
            weights = interpolate(probabilities, inside.shape[-2:], mode="bilinear", align_corners=False)
            weights = weights * inside[:, None]
            variance = (weights * squared).sum(dim=(2, 3)) / (weights.sum(dim=(2, 3)) + EPSILON)
        else:
            total = inside.sum(dim=(1, 2)).clamp_min(torch.finfo(inside.dtype).tiny)
            variance = squared.sum(dim=(2, 3)) / total[:, None] + EPSILON
    return (-squared / (2 * variance[..., None, None] + EPSILON)).exp()


def validity(
    labels: Integer[torch.Tensor, "B H W"], size: Sequence[int], dtype: torch.dtype
) -> Float[torch.Tensor, "B h w"]:
    """r: share of each position of the features that is not padding, bilinearly."""
    inside = (labels != VOID).to(dtype)[:, None]
    return interpolate(inside, tuple(size), mode="bilinear", align_corners=False)[:, 0]


def enlarging(small: int, large: int, like: torch.Tensor) -> Float[torch.Tensor, "large small"]:
    """Matrix of the bilinear resize of an axis, corners not aligned."""
    rows = torch.eye(small, dtype=like.dtype, device=like.device)[None]
    return interpolate(rows, size=large, mode="linear", align_corners=False)[0].T
