"""Norms folded into the convolutions before them, once nothing trains them any more."""

import copy
from collections import Counter
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from seedmask.inference.tracing import random_images

SHOWN = (1, 141, 165)
"""Batch, height and width of the images that a network is looked at with."""
CLOSE = 1e-3
"""Largest difference by folding, as a share of the largest number."""

Network = TypeVar("Network", bound=nn.Module)


def fold_norms(network: Network, device: str) -> Network:
    """A copy of a network whose batch norms are in the convolutions before them: w' = w γ / σ, b' = (b - μ) γ / σ + β.

    Which follow a convolution is seen from a call. The activation that timm has within a norm stays. A network that
    uses the result of a convolution elsewhere too would have other numbers; its copy keeps its norms.

    Args:
        network: in evaluation mode; of images (N, 3, H, W), it returns tensors.
        device: `cpu` or `cuda`.
    """
    images, folded = random_images(*SHOWN).to(device), copy.deepcopy(network)
    with torch.no_grad():
        for conv, norm in _pairs(folded, images):
            folded.set_submodule(_name(folded, conv), fuse_conv_bn_eval(conv, norm))
            folded.set_submodule(_name(folded, norm), getattr(norm, "act", nn.Identity()))
        same = all(map(_equal, network(images), folded(images)))
    return folded if same else copy.deepcopy(network)


def _pairs(network: nn.Module, images: torch.Tensor) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Convolutions and the norms of what they return, of those that a call uses once."""
    convolved: list[tuple[nn.Conv2d, Any]] = []
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d]] = []

    def after(conv: nn.Conv2d, _: Any, output: torch.Tensor) -> None:
        convolved.append((conv, output))

    def before(norm: nn.BatchNorm2d, inputs: tuple[torch.Tensor, ...]) -> None:
        pairs.extend((conv, norm) for conv, output in convolved if output is inputs[0])

    convs = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    norms = [
        module for module in network.modules() if isinstance(module, nn.BatchNorm2d) and module.track_running_stats
    ]
    handles = [conv.register_forward_hook(after) for conv in convs]
    handles += [norm.register_forward_pre_hook(before) for norm in norms]
    try:
        network(images)
    finally:
        for handle in handles:
            handle.remove()
    pairs = [(conv, norm) for conv, norm in pairs if norm.track_running_stats]
    used = Counter(id(module) for module, _ in convolved) + Counter(id(norm) for _, norm in pairs)
    return [(conv, norm) for conv, norm in pairs if used[id(conv)] == used[id(norm)] == 1]


def _name(network: nn.Module, module: nn.Module) -> str:
    return next(name for name, one in network.named_modules() if one is module)


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and bool((one - other).abs().max() <= CLOSE * one.abs().max())
