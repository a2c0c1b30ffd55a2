"""SEAM, equivariant attention (Wang et al., CVPR 2020): its pixel correlation module and its loss, as PMM has them.

Channel 0 of a CAM is background; the classification loss never sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Shaped
from torch.nn.functional import interpolate, multilabel_soft_margin_loss

from seedmask.methods.normalise import EPSILON, over_maximum, stretch

COLUMNS = 4096
"""Affinities are made for this many positions at a time, which bounds their memory on large images."""


def pixel_correlation(
    cam: Float[torch.Tensor, "N K h w"], features: Float[torch.Tensor, "N D h w"]
) -> Float[torch.Tensor, "N K h w"]:
    """CAM spread to positions with like features: n A; see `correlate`.

    n is the CAM's positive part over its maximum, with background 1 - max_{c≥1} n_c and, at each position, only the
    strongest class kept; A = relu(fᵀ f), each column over its sum. No gradient goes to the CAM.

    Args:
        cam: scores, background first.
        features: f, of unit length at each position.

    Returns:
        Not negative, at most 1.
    """
    scores = cam.detach().relu()
    return correlate(one_hot_maximum(over_maximum(scores, offset=EPSILON).relu()), features)


def correlate(
    maps: Float[torch.Tensor, "N K h w"], features: Float[torch.Tensor, "N D h w"]
) -> Float[torch.Tensor, "N K h w"]:
    """Mean of the maps over all positions, weighted by the likeness of the features: n A.

    Args:
        maps: n.
        features: f, of unit length at each position.
    """
    n, f = maps.flatten(2), features.flatten(2)
    spread = []
    for columns in f.split(COLUMNS, dim=-1):
        affinity = (f.transpose(1, 2) @ columns).relu()
        spread.append(n @ affinity / (affinity.sum(dim=1, keepdim=True) + EPSILON))
    return torch.cat(spread, dim=-1).unflatten(-1, maps.shape[-2:])


def one_hot_maximum(maps: Float[torch.Tensor, "N K h w"]) -> Float[torch.Tensor, "N K h w"]:
    """At each position the strongest class, ties included, and background 1 - it; 0 for the other classes."""
    classes = maps[:, 1:]
    strongest = classes.amax(dim=1, keepdim=True)
    return torch.cat([1 - strongest, torch.where(classes < strongest, 0, classes)], dim=1)


@dataclass(frozen=True)
class SeamLoss:
    """The terms of SEAM's loss, each a scalar."""

    classification: Float[torch.Tensor, ""]
    equivariance: Float[torch.Tensor, ""]
    cross: Float[torch.Tensor, ""]

    @property
    def total(self) -> Float[torch.Tensor, ""]:
        """Their sum, weights 1."""
        return self.classification + self.equivariance + self.cross


def seam_loss(
    cam: Float[torch.Tensor, "N K H W"],
    cam_refined: Float[torch.Tensor, "N K H W"],
    cam_small: Float[torch.Tensor, "N K h w"],
    cam_small_refined: Float[torch.Tensor, "N K h w"],
    labels: Shaped[torch.Tensor, "N C"],
) -> SeamLoss:
    """Loss of two views of the same images, the second smaller.

    classification: soft margin of the mean scores, and the mean of the refined map where it is weakest, both
    averaged over the views. equivariance: L1 between the two views' maps. cross: L1 between each view's map and
    the other one's refined map, over the fifth that differs most.

    Args:
        cam: scores of the larger view at its own size, background first; K = C + 1.
        cam_refined: its `pixel_correlation`, at the same size.
        cam_small: scores of the smaller view.
        cam_small_refined: its `pixel_correlation`.
        labels: 1 for each class in the image, else 0.
    """
    labels = labels.to(cam.dtype)
    present = torch.cat([torch.ones_like(labels[:, :1]), labels], dim=1)[..., None, None]
    classification = torch.stack(
        [
            multilabel_soft_margin_loss(scores[:, 1:].mean(dim=(2, 3)), labels) + _weakest((refined * present)[:, 1:])
            for scores, refined in ((cam, cam_refined), (cam_small, cam_small_refined))
        ]
    ).mean()

    size = cam_small.shape[-2:]
    large, small = _resized(max_norm(cam), size) * present, max_norm(cam_small) * present
    large_refined = _resized(max_norm(cam_refined), size) * present
    small_refined = max_norm(cam_small_refined) * present
    equivariance = (large - small)[:, 1:].abs().mean()
    cross = _largest_mean((one_hot_maximum(small).detach() - large_refined).abs())
    cross = cross + _largest_mean((one_hot_maximum(large).detach() - small_refined).abs())
    return SeamLoss(classification, equivariance, cross)


def smaller_view(images: Float[torch.Tensor, "N C H W"], factor: float = 0.3) -> Float[torch.Tensor, "N C h w"]:
    """The second view of the loss."""
    height, width = images.shape[-2:]
    return _resized(images, (max(1, int(height * factor)), max(1, int(width * factor))))


def max_norm(maps: Float[torch.Tensor, "N K h w"]) -> Float[torch.Tensor, "N K h w"]:
    """Positive part of each map, stretched from its minimum to its maximum; below 1."""
    positive = maps.relu()
    low, high = positive.amin(dim=(2, 3), keepdim=True), positive.amax(dim=(2, 3), keepdim=True)
    return stretch(positive, low, high, offset=EPSILON).relu()


def _resized(maps: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    return interpolate(maps, tuple(size), mode="bilinear", align_corners=True)


def _weakest(maps: Float[torch.Tensor, "N C h w"]) -> Float[torch.Tensor, ""]:
    """Mean of the strongest class over the quarter of positions where it is weakest; SEAM's adaptive min pooling."""
    strongest = maps.amax(dim=1).flatten(1)
    count = max(1, strongest.shape[1] // 4)
    return strongest.topk(count, dim=1, largest=False).values.relu().mean()


def _largest_mean(differences: Float[torch.Tensor, "N K h w"]) -> Float[torch.Tensor, ""]:
    """Mean of the largest fifth of each image's values."""
    values = differences.flatten(1)
    return values.topk(max(1, int(values.shape[1] * 0.2)), dim=1).values.mean()
