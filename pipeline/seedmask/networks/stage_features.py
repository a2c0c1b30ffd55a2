"""Feature maps of an encoder's earlier stages, by timm's numbers."""

from collections.abc import Sequence

import torch
from jaxtyping import Float

from seedmask.errors import SeedmaskError
from seedmask.networks.encoders import Encoder, as_feature_map


def stage_maps(
    encoder: Encoder, images: Float[torch.Tensor, "N 3 H W"], numbers: Sequence[int]
) -> tuple[list[torch.Tensor], Float[torch.Tensor, "N D h w"]]:
    """Feature map after each of some stages, at its own resolution, and the last one as `Encoder` gives it.

    Args:
        encoder: the backbone.
        images: RGB in 0..1.
        numbers: of the stages from first to last; -1 is the last one, before a final convolution if there is one.
    """
    normalised = encoder.normalised(images)
    last, maps = encoder.model.forward_intermediates(normalised, indices=list(numbers), output_fmt="NCHW")
    return maps, as_feature_map(encoder.model, last, normalised.shape[-2:])


def stage_channels(encoder: Encoder, numbers: Sequence[int]) -> list[int]:
    """Channels of the feature map after each of some stages.

    Raises:
        SeedmaskError: the model does not give the features of its stages, or has too few.
    """
    info = getattr(encoder.model, "feature_info", [])
    widths = [stage["num_chs"] for stage in getattr(info, "info", info)]
    if not hasattr(encoder.model, "forward_intermediates") or len(widths) < -min(numbers):
        raise SeedmaskError(
            f"encoder {encoder.name} gives features of {len(widths)} stages, {-min(numbers)} are needed; "
            "choose an encoder with more, such as a ResNet"
        )
    return [widths[number] for number in numbers]
