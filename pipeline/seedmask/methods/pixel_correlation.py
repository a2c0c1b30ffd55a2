"""CAMs spread to places with like features: the module that SEAM calls PCM (Wang et al., CVPR 2020)."""

import torch
from jaxtyping import Float

EPSILON = 1e-5
COLUMNS = 4096
"""Affinities are made for this many places at a time, which bounds their memory on large pictures."""


def pixel_correlation(
    cam: Float[torch.Tensor, "N K h w"], features: Float[torch.Tensor, "N D h w"]
) -> Float[torch.Tensor, "N K h w"]:
    """CAM spread to places with like features: n A; see `correlate`.

    n is the CAM's positive part over its maximum, with background 1 - max_{c≥1} n_c and, at each place, only the
    strongest class kept; A = relu(fᵀ f), each column over its sum. No gradient goes to the CAM.

    Args:
        cam: scores, background first.
        features: f, of unit length at each place.

    Returns:
        Not negative, at most 1.
    """
    scores = cam.detach().relu()
    norm = (scores - EPSILON).relu() / (scores.amax(dim=(2, 3), keepdim=True) + EPSILON)
    return correlate(one_hot_maximum(norm), features)


def correlate(
    maps: Float[torch.Tensor, "N K h w"], features: Float[torch.Tensor, "N D h w"]
) -> Float[torch.Tensor, "N K h w"]:
    """Mean of the maps over all places, weighted by the likeness of the features: n A.

    Args:
        maps: n.
        features: f, of unit length at each place.
    """
    n, f = maps.flatten(2), features.flatten(2)
    spread = []
    for columns in f.split(COLUMNS, dim=-1):
        affinity = (f.transpose(1, 2) @ columns).relu()
        spread.append(n @ affinity / (affinity.sum(dim=1, keepdim=True) + EPSILON))
    return torch.cat(spread, dim=-1).unflatten(-1, maps.shape[-2:])


def one_hot_maximum(maps: Float[torch.Tensor, "N K h w"]) -> Float[torch.Tensor, "N K h w"]:
    """At each place the strongest class, ties included, and background 1 - it; 0 for the other classes."""
    classes = maps[:, 1:]
    strongest = classes.amax(dim=1, keepdim=True)
    return torch.cat([1 - strongest, torch.where(classes < strongest, 0, classes)], dim=1)
