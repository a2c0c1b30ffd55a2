"""CAMs carried to places whose features are alike, as in SEAM (Wang et al., CVPR 2020, section 3.3), without training.

SEAM learns a correlation of its features; here they are those of an encoder as it came. Two places of a photograph are
always alike to it, which would leave every map the mean of all others: so what all places share is taken off first.
"""

from collections.abc import Callable, Sequence
from math import prod

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn.functional import interpolate, normalize

from seedmask.methods.batches import Scales, as_batch, smoothly_resized
from seedmask.methods.cams import Number
from seedmask.methods.normalise import over_maximum
from seedmask.methods.resizing import scaled_size

FeatureMap = Callable[[torch.Tensor], torch.Tensor]
"""RGB (N, 3, h, w) in 0..1 to features (N, D, h', w') of any resolution."""
ROWS = 1024
"""Places whose likeness to all others is in memory at once."""


@torch.no_grad()
def affinity_cams(
    features: FeatureMap,
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K h w"],
    scales: Scales = (1.0, 1.5),
    power: Number = 2,
    *,
    keep: Number = 0,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """(1 - keep) v + keep u with v_i = sum_j A_ij u_j / sum_j A_ij, each map v over its maximum + 1e-5.

    A_ij = (mean over sizes of relu(cos(f_i - f, f_j - f)))^power, f_i the feature at place i, f their mean over the
    picture, and A_ii = 1. u is the mean activation in each place; sizes are compared on the grid of the finest one.

    Args:
        features: network; it is not asked where there is no CAM.
        image: RGB.
        cams: 0..1.
        scales: factors of the image's size.
        power: larger leaves less to places that are a little alike.
        keep: share of the given activation in the result, which marks the middle of an object better than v does.
        device: where the network is.

    Returns:
        float32 in 0..1; all zero where the CAM is.

    Raises:
        ValueError: CAMs of another size than the image.
    """
    height, width = image.shape[:2]
    if cams.shape[1:] != (height, width):
        found = f"{cams.shape[1]}x{cams.shape[2]}"
        raise ValueError(f"CAMs of {found} for an image of {height}x{width}; expected the image's size")
    if len(cams) == 0:
        return np.zeros((0, height, width), np.float32)
    batch = as_batch([image], device)
    maps = [features(smoothly_resized(batch, scaled_size((height, width), scale))) for scale in scales]
    rows, columns = max((tuple(found.shape[-2:]) for found in maps), key=prod)
    directions = [_directions(smoothly_resized(found.float(), (rows, columns))) for found in maps]
    given = torch.as_tensor(cams, dtype=torch.float32, device=device)[None]
    places = interpolate(given, (rows, columns), mode="area")[0].flatten(1)
    spread = carried(places, directions, power).unflatten(1, (rows, columns))
    carried_cams = over_maximum(smoothly_resized(spread[None], (height, width)))
    return ((1 - keep) * carried_cams + keep * given)[0].cpu().numpy()


def carried(
    activations: Float[torch.Tensor, "K P"], directions: Sequence[Float[torch.Tensor, "D P"]], power: Number
) -> Float[torch.Tensor, "K P"]:
    """Activations v at P places, of u there.

    Args:
        activations: u.
        directions: of each size, features of length 1, or 0 where a place has nothing of its own.
        power: see `affinity_cams`.
    """
    found = torch.empty_like(activations)
    for part in torch.arange(activations.shape[1], device=activations.device).split(ROWS):
        alike = sum(((d[:, part].T @ d).relu() for d in directions), activations.new_zeros(())) / len(directions)
        alike = alike**power
        alike[torch.arange(len(part)), part] = 1  # a place without features of its own keeps its activation
        total = alike.sum(dim=1)
        for number, activation in enumerate(activations):  # one by one: sums of several differ in the last bit
            found[number, part] = alike @ activation / total
    return found


def _directions(features: Float[torch.Tensor, "1 D h w"]) -> Float[torch.Tensor, "D P"]:
    flat = features[0].flatten(1)
    return normalize(flat - flat.mean(dim=1, keepdim=True), dim=0)
