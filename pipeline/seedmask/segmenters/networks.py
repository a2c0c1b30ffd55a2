"""Networks of segmenters by their options."""

import importlib

from seedmask.config.variant import Variant
from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.segmenters.options import SegmenterNetworkOptions


def build_segmenter(
    options: SegmenterNetworkOptions | Variant, classes: int, *, first_weights: bool = True
) -> SegmenterNetwork:
    """The network of a segmenter, from RGB images (N, 3, H, W) in 0..1 to logits (N, C, H, W).

    Args:
        options: encoder and architecture, or all options of a segmenter.
        classes: number C of labels; background, where there is one, comes first.
        first_weights: whether the encoder gets its first weights.

    Raises:
        SeedmaskError: the network cannot be built, or its first weights cannot be loaded.
    """
    build = importlib.import_module(options.network() or "").build
    return build(*options.network_arguments(classes - 1), first_weights=first_weights)
