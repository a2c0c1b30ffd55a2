"""Parts of a network that a training leaves as they are."""

from torch import nn

from seedmask.config.networks import Freeze
from seedmask.errors import SeedmaskError
from seedmask.networks.encoders import Encoder


def freeze(encoder: Encoder, stages: Freeze) -> list[nn.Module]:
    """Stop the gradients of leading stages.

    Returns:
        the frozen parts; a trainer must keep them in eval mode, so that their batch statistics stay.

    Raises:
        SeedmaskError: the encoder has fewer stages.
    """
    parts = encoder.stages()
    if stages == "all":
        stages = len(parts)
    if stages > len(parts):
        raise SeedmaskError(f"frozen_stages {stages}: the encoder has {len(parts)} stages; use at most that or `all`")
    for part in parts[:stages]:
        part.requires_grad_(False)
    return parts[:stages]


def freeze_batch_norm(network: nn.Module) -> list[nn.Module]:
    """Stop the gradients of all batch norms.

    Returns:
        the frozen parts; `fit` must keep them in eval mode, so that their statistics stay.
    """
    norms = [part for part in network.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    for part in norms:
        part.requires_grad_(False)
    return norms
