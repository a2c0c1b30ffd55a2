"""Classifier-weight CAMs, their refinement by affinity, and prototype CAMs (SFC, Zhao et al., AAAI 2024).

A map of a class comes in two forms: M_W from the classifier's weight, which is biased by how often the class occurs,
and M_P from the mean feature of the pixels that are believed to be of the class, which is not. Channel 0 is background.
"""

import torch
from jaxtyping import Float
from torch.nn.functional import interpolate, one_hot

from seedmask.methods.cams import Number
from seedmask.methods.normalise import EPSILON, over_maximum


def activation_maps(
    scores: Float[torch.Tensor, "N C h w"], valid: Float[torch.Tensor, "N K #h #w"] | None = None
) -> Float[torch.Tensor, "N K h w"]:
    """A: each class's positive scores over their maximum, and background A_0 = 1 - max_c A_c before them.

    The maximum is over all classes, also those that the image does not show, as the authors have it.

    Args:
        scores: S, one for each class.
        valid: V, what each channel is multiplied by: 0 on padding and on classes that are absent.

    Returns:
        0..1, K = C + 1.
    """
    positive = scores.relu()
    classes = over_maximum(positive)
    cams = torch.cat([1 - classes.amax(dim=1, keepdim=True), classes], dim=1)
    return cams if valid is None else cams * valid


def with_background(present: Float[torch.Tensor, "N C"]) -> Float[torch.Tensor, "N K 1 1"]:
    """V of images without padding: 1 for the background and for each class in the image, else 0."""
    return torch.cat([torch.ones_like(present[:, :1]), present], dim=1)[..., None, None]


def refine_by_affinity(
    cam: Float[torch.Tensor, "N K h2 w2"], features: Float[torch.Tensor, "N D h w"], steps: int = 2
) -> Float[torch.Tensor, "N K h w"]:
    """M_W = A G^steps: maps spread to positions with like features.

    q_i = Q_i / (||Q_i|| + 1e-5), G_ij = relu(q_i . q_j), each column over its sum + 1e-5. Not normalised again.

    Args:
        cam: A; resized bilinearly, corners aligned, where it is not of the features' size.
        features: Q.
        steps: how often the maps are spread.
    """
    size = features.shape[-2:]
    if cam.shape[-2:] != size:
        cam = interpolate(cam, size, mode="bilinear", align_corners=True)
    q = (features / (features.norm(dim=1, keepdim=True) + EPSILON)).flatten(2)
    affinity = (q.transpose(1, 2) @ q).relu()
    affinity = affinity / (affinity.sum(dim=1, keepdim=True) + EPSILON)
    spread = cam.flatten(2)
    for _ in range(steps):
        spread = spread @ affinity
    return spread.unflatten(2, size)


def prototype_cam(
    features: Float[torch.Tensor, "N D h w"],
    cam: Float[torch.Tensor, "N K h w"],
    valid: Float[torch.Tensor, "N K #h #w"],
    background_factor: Number = 0.3,
) -> tuple[Float[torch.Tensor, "N K h w"], Float[torch.Tensor, "N K h w"]]:
    """M_P = relu(cos(Z, P_k)) with P_k the mean feature of the pixels that are seeds of class k.

    A pixel is a seed of the channel with the largest M_W, background damped by `background_factor`, where V allows it.
    A class without seeds has a map of zeros. Written as two matrix products: no (N, K, D, h, w) tensor is made.

    Args:
        features: Z.
        cam: M_W; seeds get no gradient from it.
        valid: V, by pixel or the same for all pixels.
        background_factor: weight of the background where seeds are chosen.

    Returns:
        M_P in 0..1, and the seeds, 0 or 1.
    """
    damped = torch.cat([background_factor * cam[:, :1], cam[:, 1:]], dim=1).detach()
    seeds = one_hot(damped.argmax(dim=1), cam.shape[1]).movedim(-1, 1).to(features.dtype) * valid
    z = features.flatten(2)
    prototypes = seeds.flatten(2) @ z.transpose(1, 2) / z.shape[2]  # (N, K, D)
    length = torch.finfo(features.dtype).eps if features.dtype == torch.float16 else 1e-8
    unit = z / z.norm(dim=1, keepdim=True).clamp_min(length)
    directions = prototypes / prototypes.norm(dim=2, keepdim=True).clamp_min(length)
    return (directions @ unit).relu().unflatten(2, features.shape[-2:]), seeds
