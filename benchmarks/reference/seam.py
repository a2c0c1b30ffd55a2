"""SEAM's pixel correlation with the whole matrix of likeness."""

import torch

EPSILON = 1e-5


def plain_correlation(cam: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    """The normalised CAM times the likeness of all pairs of places.

    Args:
        cam: scores, (N, K, h, w), background first.
        features: (N, D, h, w), of unit length at each place.
    """
    norm = ((cam.relu() - EPSILON) / (cam.relu().amax(dim=(2, 3), keepdim=True) + EPSILON)).relu()
    strongest = norm[:, 1:].amax(dim=1, keepdim=True)
    kept = torch.where(norm[:, 1:] == strongest, norm[:, 1:], torch.zeros(()))
    maps = torch.cat([1 - strongest, kept], dim=1)
    f = features.flatten(2)
    likeness = torch.einsum("ndi,ndj->nij", f, f).relu()
    likeness = likeness / (likeness.sum(dim=1, keepdim=True) + EPSILON)
    return torch.einsum("nki,nij->nkj", maps.flatten(2), likeness).view(maps.shape)
