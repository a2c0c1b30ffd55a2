"""Pixel-adaptive refinement, PAR: scores spread to neighbours of like colour.

Ru et al., "Learning Affinity from Attention", CVPR 2022, section 3.4. Local, so it runs in torch on any
device and needs no compiler: a substitute for the dense CRF.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn.functional import pad

from seedmask.methods.cams import Classes, Number, check_cams
from seedmask.methods.threshold import BackgroundKind, BackgroundScore, score_probabilities, winning_labels

DILATIONS = (1, 2, 4, 8, 12, 24)
AROUND = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0))


def pixel_adaptive_refinement(
    image: Float[torch.Tensor, "N 3 H W"],
    probabilities: Float[torch.Tensor, "N K H W"],
    *,
    dilations: Sequence[int] = DILATIONS,
    iterations: int = 10,
    w1: Number = 0.3,
    w2: Number = 0.3,
    w3: Number = 0.01,
) -> Float[torch.Tensor, "N K H W"]:
    """Replace each pixel's scores by a weighted mean over its neighbours, `iterations` times.

    With i the pixel, n its neighbours (8 at each dilation; beyond the border the border repeats), I the
    image, P the position, σ the standard deviation over the neighbours:

        κ_rgb(i, n) = -(|I_i - I_n| / (w1 σ_rgb(i)))², mean over the three channels
        κ_pos(i, n) = -(|P_i - P_n| / (w2 σ_pos))²
        κ = (softmax_n κ_rgb + w3 softmax_n κ_pos) / (1 + w3)

    The last division is ours: it keeps sums and ranges, and changes no arg-max.

    Args:
        image: RGB in any linear range; only ratios count.
        probabilities: scores of K labels.
        dilations: distances of the neighbours in pixels.
        iterations: how often.
        w1: colour tolerance; larger spreads over stronger edges.
        w2: reach.
        w3: weight of the position term.

    Returns:
        In the dtype of `probabilities`; computed in float32 or wider.
    """
    dtype = torch.promote_types(probabilities.dtype, torch.float32)
    offsets = [(dy * d, dx * d) for d in dilations for dy, dx in AROUND]
    kernel = _kernel(image.to(dtype), offsets, w1, w2, w3)
    scores = probabilities.to(dtype)
    for _ in range(iterations):
        refined = torch.zeros_like(scores)
        for weight, neighbour in zip(kernel, _shifted(scores, offsets), strict=True):
            refined.addcmul_(weight, neighbour)
        scores = refined
    return scores.to(probabilities.dtype)


def par_mask(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    classes: Classes,
    *,
    background: BackgroundScore,
    kind: BackgroundKind = "constant",
    dilations: Sequence[int] = DILATIONS,
    iterations: int = 10,
    w1: Number = 0.3,
    w2: Number = 0.3,
    w3: Number = 0.01,
    device: torch.device | str = "cpu",
) -> UInt8[np.ndarray, "H W"]:
    """Pseudo-mask: refined scores of background, where there is one, and the present classes; the largest wins.

    Args:
        image: RGB.
        cams: in 0..1.
        classes: 0-based class of each map; the mask's label is class + 1.
        background: constant score, exponent, or plane; see `score_probabilities`.
        kind: how `background` is meant.
        dilations: see `pixel_adaptive_refinement`, as for the rest.
        iterations: how often.
        w1: colour tolerance.
        w2: reach.
        w3: weight of the position term.
        device: where to compute.

    Raises:
        ValueError: see `check_cams`.
    """
    check_cams(cams, classes, image.shape[:2])
    scores = score_probabilities(cams, background, kind)
    if len(scores) == 0:
        return winning_labels(scores, classes)
    refined = pixel_adaptive_refinement(
        torch.from_numpy(image.transpose(2, 0, 1)[None] / np.float32(255)).to(device),
        torch.from_numpy(scores)[None].to(device),
        dilations=dilations,
        iterations=iterations,
        w1=w1,
        w2=w2,
        w3=w3,
    )
    return winning_labels(refined[0].cpu().numpy(), classes)


def _kernel(
    image: Float[torch.Tensor, "N C H W"], offsets: list[tuple[int, int]], w1: Number, w2: Number, w3: Number
) -> Float[torch.Tensor, "B N 1 H W"]:
    """κ for each of the B neighbours; sums to one over B."""
    neighbours = torch.stack(_shifted(image, offsets))  # (B, N, C, H, W)
    spread = neighbours.std(dim=0) + 1e-8
    colour = -(((neighbours - image) / (w1 * spread)) ** 2).mean(dim=2, keepdim=True)
    distance = image.new_tensor(offsets).norm(dim=1)
    nearness = -((distance / (w2 * (distance.std() + 1e-8))) ** 2)
    return (colour.softmax(dim=0) + w3 * nearness.softmax(dim=0)[:, None, None, None, None]) / (1 + w3)


def _shifted(maps: Float[torch.Tensor, "N C H W"], offsets: list[tuple[int, int]]) -> list[torch.Tensor]:
    """The maps shifted to each neighbour: views into one copy with a repeated border."""
    height, width = maps.shape[-2:]
    r = max(max(abs(dy), abs(dx)) for dy, dx in offsets)
    padded = pad(maps, (r, r, r, r), mode="replicate")
    return [padded[..., r + dy : r + dy + height, r + dx : r + dx + width] for dy, dx in offsets]
