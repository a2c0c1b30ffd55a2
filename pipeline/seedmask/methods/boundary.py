"""Boundaries between classes, learned from labels of pairs of near positions (IRN, Ahn et al., CVPR 2019).

Boundaries are not annotated. The path between two positions with the same label crosses none, the path between two
positions with different labels crosses one; that is enough to learn them. A displacement field is learned beside them,
whose arrows of one object point to one position.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Integer, UInt8

from seedmask.methods.batches import as_batch
from seedmask.methods.cams import IGNORE
from seedmask.methods.neighbours import near_pairs, strongest_between

EPSILON = 1e-5


class BoundaryLoss(NamedTuple):
    """The terms, each a scalar."""

    affinity: Float[torch.Tensor, ""]
    displacement: Float[torch.Tensor, ""]


def boundary_loss(
    boundary: Float[torch.Tensor, "N h w"],
    displacement: Float[torch.Tensor, "N 2 h w"] | None,
    labels: Integer[torch.Tensor, "N h w"],
    radius: int = 10,
) -> BoundaryLoss:
    """Loss of pairs of labelled positions nearer than the radius (sections 4.1 and 4.2 of the paper).

    With a_ij = 1 - max of b on the path from i to j, over pairs of equal background labels (P0), equal classes (P1)
    and different labels (Q), and means over each kind:

        affinity = (mean_P0 -log a + mean_P1 -log a) / 4 + mean_Q -log(1 - a) / 2
        displacement = mean_P1 |D_i - D_j - (j - i)| / 2 + mean_P0 |D_i - D_j| / 2

    A kind without pairs costs nothing.

    Args:
        boundary: b, in 0..1.
        displacement: D, (dy, dx) in positions; None leaves its term out.
        labels: 0 background, 255 is ignored.
        radius: pairs at this distance or further are left out.
    """
    zero, (height, width) = boundary.new_zeros(()), boundary.shape[-2:]
    counts = {"background": zero, "class": zero, "different": zero}
    sums = {**counts, "still": zero, "pointing": zero}
    for pairs in near_pairs(height, width, radius):
        here, there = labels[:, *pairs.here], labels[:, *pairs.there]
        labelled = (here != IGNORE) & (there != IGNORE)
        kinds = {
            "background": labelled & (here == 0) & (there == 0),
            "class": labelled & (here == there) & (here > 0),
            "different": labelled & (here != there),
        }
        affinity = 1 - strongest_between(boundary, pairs)
        close, apart = -(affinity + EPSILON).log(), -(1 + EPSILON - affinity).log()
        for kind, chosen in kinds.items():
            sums[kind] = sums[kind] + (chosen * (apart if kind == "different" else close)).sum()
            counts[kind] = counts[kind] + chosen.sum()
        if displacement is not None:
            difference = displacement[:, :, *pairs.here] - displacement[:, :, *pairs.there]
            target = difference.new_tensor(pairs.offset)[:, None, None]
            sums["still"] = sums["still"] + (kinds["background"][:, None] * difference.abs()).sum()
            sums["pointing"] = sums["pointing"] + (kinds["class"][:, None] * (difference - target).abs()).sum()
    mean = {kind: sums[kind] / (count + EPSILON) for kind, count in counts.items()}
    affinity = (mean["background"] + mean["class"]) / 4 + mean["different"] / 2
    still, pointing = (
        sums["still"] / (2 * counts["background"] + EPSILON),
        sums["pointing"] / (2 * counts["class"] + EPSILON),
    )
    return BoundaryLoss(affinity, (still + pointing) / 2)


@torch.no_grad()
def boundary_map(
    logits: Callable[[torch.Tensor], torch.Tensor],
    image: UInt8[np.ndarray, "H W 3"],
    *,
    device: torch.device | str = "cpu",
    canvas: int = 0,
    outside: Sequence[float] = (0.0, 0.0, 0.0),
) -> Float[np.ndarray, "h w"]:
    """Boundaries of an image: the logistic function of the mean logit of it and of its mirror image.

    The network's group norms average over the whole map, so that what lies outside the image changes it everywhere.

    Args:
        logits: network; RGB (2, 3, H, W) in 0..1 to logits (2, h, w), a position for every 4 x 4 pixels.
        image: RGB.
        device: where the network is.
        canvas: side in pixels that image and mirror image are padded to below and on the right; 512 in IRN's code.
        outside: colour of the padding, RGB in 0..1.

    Returns:
        float32 in 0..1.
    """
    views = mirrored_on_canvas(as_batch([image], device), canvas, outside)
    return boundary_of_views(logits(views), image.shape[:2]).cpu().numpy()


def mirrored_on_canvas(
    image: Float[torch.Tensor, "1 3 H W"], canvas: int = 0, outside: Sequence[float] = (0.0, 0.0, 0.0)
) -> Float[torch.Tensor, "2 3 H2 W2"]:
    """An image and its mirror image, each padded below and on the right to a square with sides of `canvas` pixels.

    Args:
        image: with values of any range.
        canvas: side of the square; an image that is larger is not padded.
        outside: values of the padding's channels.
    """
    height, width = image.shape[-2:]
    views = torch.tensor(outside, dtype=image.dtype, device=image.device).view(1, 3, 1, 1)
    views = views.repeat(2, 1, max(height, canvas), max(width, canvas))
    views[..., :height, :width] = torch.cat([image, image.flip(-1)])
    return views


def boundary_of_views(logits: Float[torch.Tensor, "2 h2 w2"], size: Sequence[int]) -> Float[torch.Tensor, "h w"]:
    """Logistic function of the mean logit of an image and its mirror image, in 0..1.

    Args:
        logits: of the views that `mirrored_on_canvas` gives.
        size: of the image, (H, W).
    """
    height, width = (-(-length // 4) for length in size)
    plain, mirrored = logits.float()[:, :height, :width]
    return ((plain + mirrored.flip(-1)) / 2).sigmoid()
