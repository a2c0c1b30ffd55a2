"""Features of a trained network, whatever it was trained for."""

from collections.abc import Callable

import torch
from jaxtyping import Float

from pipeline.machines.classifier import TrainedClassifier
from pipeline.machines.segmenter import trained_segmenter
from pipeline.storage.shard import Shard

Features = Callable[[torch.Tensor], tuple[Float[torch.Tensor, "N D h w"], Float[torch.Tensor, "N C H W"] | None]]
"""From RGB (N, 3, H, W) in 0..1, whose sides are multiples of 32, to features and, of a segmenter, logits."""


def trained_features(shard: Shard, reference: str, device: str) -> Features:
    """Features of a segmenter's decoder, with its logits, or of a classifier's encoder.

    Args:
        shard: the shard whose images are shown to it.
        reference: `segmenters/points` or `classifiers/cam`.
        device: `cpu` or `cuda`.
    """
    if reference.startswith("segmenters/"):
        network, _ = trained_segmenter(shard, reference, device)
        return network.decoded
    encoder = TrainedClassifier(shard, reference, device).network.encoder
    return lambda images: (encoder(images), None)
