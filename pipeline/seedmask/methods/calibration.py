"""Losses that pull the two kinds of map together, more for rare and for very frequent classes (SFC, AAAI 2024)."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Shaped
from torch.nn.functional import interpolate

from seedmask.methods.cams import Number
from seedmask.methods.normalise import over_maximum

VOC_RESAMPLED = 396.0
"""R of the authors' VOC run: 3 x 660 steps x 4 draws / 20 classes."""


class CalibrationLoss(NamedTuple):
    """The two terms, each a scalar."""

    prototype: Float[torch.Tensor, ""]
    scale: Float[torch.Tensor, ""]


def distribution_coefficient(
    counts: Shaped[torch.Tensor, " C"], resampled: Number = VOC_RESAMPLED
) -> Float[torch.Tensor, " C"]:
    """DC_c = D_c / (n_c + R) over its mean, with the total demand D_c = sum_j |n_c - n_j|.

    Args:
        counts: n, images of each class.
        resampled: R, how often a class is drawn from the image bank in an epoch; see `resampled_images`.

    Returns:
        Mean 1. Equal counts demand nothing: ones. A class that is neither in an image nor drawn counts as one image.
    """
    n = counts.to(counts.dtype if counts.is_floating_point() else torch.float32)
    demand = (n[:, None] - n[None, :]).abs().sum(dim=1)
    coefficient = demand / (n + resampled).clamp_min(1)
    mean = coefficient.mean()
    return torch.where(mean > 0, coefficient / torch.where(mean > 0, mean, 1), torch.ones_like(n))


def resampled_images(steps: int, draws: int, classes: int, factor: Number = 3) -> Number:
    """R = factor * steps * draws / C: draws of a class in an epoch; the authors' factor of 3 is not explained."""
    return factor * steps * draws / classes


def calibration_loss(
    cam: Float[torch.Tensor, "N K h w"],
    proto_cam: Float[torch.Tensor, "N K h w"],
    cam_half: Float[torch.Tensor, "N K h2 w2"],
    labels: Shaped[torch.Tensor, "N C"],
    coefficient: Float[torch.Tensor, " C"],
    *,
    proto_weight: Number = 1.6,
    scale_weight: Number = 0.8,
    background_weight: Number = 1,
) -> CalibrationLoss:
    """Weighted distances of M_W from M_P, and of M_W from itself at half the size.

    prototype = proto_weight * mean of w_k |M_W,k - M_P,k / (max M_P,k + 1e-5)| over images, channels and positions, w =
    (background_weight, DC); scale = scale_weight * mean of DC_c y_c |M_W,c at half size - M'_W,c| over images,
    classes and positions. Absent classes, zero in both maps, count in the means. Neither side is detached.

    Args:
        cam: M_W.
        proto_cam: M_P as `prototype_cam` gives it.
        cam_half: M'_W, of the image at half the size.
        labels: y, 1 for each class in the image, else 0.
        coefficient: DC.
        proto_weight: factor of the first term.
        scale_weight: factor of the second term.
        background_weight: of the background among the channels of the first term.
    """
    background = torch.full_like(coefficient[:1], background_weight)
    weights = torch.cat([background, coefficient]).to(cam.dtype)[:, None, None]
    prototype = proto_weight * (weights * (cam - over_maximum(proto_cam)).abs()).mean()
    present = labels.to(cam.dtype)[..., None, None]
    smaller = interpolate(cam[:, 1:], cam_half.shape[-2:], mode="bilinear", align_corners=True)
    scale = scale_weight * (weights[1:] * (present * (smaller - cam_half[:, 1:])).abs()).mean()
    return CalibrationLoss(prototype, scale)
