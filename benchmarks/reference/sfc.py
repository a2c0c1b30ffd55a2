"""SFC's prototypes, affinity and losses as they stand on paper: products of seeds and features, a loop over classes."""

import torch
from torch.nn.functional import cosine_similarity, interpolate

EPSILON = 1e-5


def plain_prototype_cam(
    features: torch.Tensor, cam: torch.Tensor, valid: torch.Tensor, factor: float = 0.3
) -> tuple[torch.Tensor, torch.Tensor]:
    """Seeds times features, and the cosine with each prototype, as (N, K, D, h, w) tensors.

    Args:
        features: Z, (N, D, h, w).
        cam: M_W, (N, K, h, w).
        valid: V, (N, K, 1, 1).
        factor: weight of the background where seeds are chosen.
    """
    damped = torch.cat([factor * cam[:, :1], cam[:, 1:]], dim=1)
    seeds = (damped == damped.amax(dim=1, keepdim=True)).float() * valid
    products = seeds[:, :, None] * features[:, None]
    prototypes = products.mean(dim=(3, 4), keepdim=True)
    cosine = cosine_similarity(features[:, None], prototypes, dim=2, eps=1e-8)
    return cosine.relu(), seeds


def plain_affinity(cam: torch.Tensor, features: torch.Tensor, steps: int = 2) -> torch.Tensor:
    """Maps spread over the matrix of all pairs of places, image by image; the authors too have that matrix."""
    spread = []
    for maps, q in zip(cam.flatten(2), features.flatten(2), strict=True):
        q = q / (q.norm(dim=0, keepdim=True) + EPSILON)
        affinity = torch.relu(torch.einsum("di,dj->ij", q, q))
        affinity = affinity / (affinity.sum(dim=0, keepdim=True) + EPSILON)
        power = torch.eye(len(affinity))
        for _ in range(steps):
            power = power @ affinity
        spread.append(maps @ power)
    return torch.stack(spread).view(cam.shape)


def plain_calibration(
    cam: torch.Tensor,
    proto_cam: torch.Tensor,
    cam_half: torch.Tensor,
    labels: torch.Tensor,
    counts: torch.Tensor,
    resampled: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both terms of the multi-scaled distribution-weighted loss, image by image and class by class.

    Args:
        cam: M_W, (N, K, h, w), background first.
        proto_cam: M_P.
        cam_half: M_W at half the size.
        labels: (N, C).
        counts: images of each class, (C,).
        resampled: draws of a class in an epoch.
    """
    classes, demand = len(counts), torch.zeros(len(counts))
    for i in range(classes):
        for j in range(classes):
            demand[i] += abs(counts[i] - counts[j]) / (counts[i] + resampled)
    coefficient = demand / demand.mean()
    smaller = interpolate(cam, cam_half.shape[-2:], mode="bilinear", align_corners=True)
    prototype, scale = [], []
    for n in range(len(cam)):
        for k in range(classes + 1):
            weight = 1.0 if k == 0 else coefficient[k - 1]
            scaled = proto_cam[n, k] / (proto_cam[n, k].max() + EPSILON)
            prototype.append(weight * (cam[n, k] - scaled).abs().mean())
            if k:
                scale.append(weight * labels[n, k - 1] * (smaller[n, k] - cam_half[n, k]).abs().mean())
    return 1.6 * torch.stack(prototype).mean(), 0.8 * torch.stack(scale).mean()
