"""Features of a trained network, whatever it was trained for."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn.functional import interpolate

from seedmask.config.stages import stage_of
from seedmask.inference.classifier import TrainedClassifier
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.inference.segmenter import trained_segmenter
from seedmask.methods.batches import as_batch
from seedmask.storage.shard import Shard

MULTIPLE = 32
"""Networks take sides that are multiples of this; a picture is squashed to the nearest."""


class TrainedFeatures:
    """Features of a segmenter's decoder, with its opinion, or of a classifier's encoder.

    Args:
        shard: the shard whose images are shown to it.
        reference: `segmenters/points` or `classifiers/cam`.
        device: `cpu` or `cuda`.
    """

    def __init__(self, shard: Shard, reference: str, device: str):
        self._device = device
        if stage_of(reference).learns == "masks":
            manifest = shard.inputs.trained[reference]
            self._ask = trained_segmenter(shard.job.results, manifest, device)[0].decoded
        else:
            encoder = TrainedClassifier(shard, reference, device).network.encoder
            self._ask = lambda images: (encoder(images), None)

    @torch.no_grad()
    def compute(
        self, picture: UInt8[np.ndarray, "H W 3"], scale: float = 1.0
    ) -> tuple[Float[torch.Tensor, "D h w"], Float[torch.Tensor, "C H W"] | None]:
        """Features of the whole picture, and a segmenter's probabilities of its labels at every pixel.

        Args:
            picture: RGB.
            scale: size that it is shown at.
        """
        size = [max(MULTIPLE, round(length * scale / MULTIPLE) * MULTIPLE) for length in picture.shape[:2]]
        batch = as_batch([picture], self._device)
        shown = interpolate(batch, size, mode="bilinear", align_corners=False, antialias=True)
        features, logits = run_within_memory(self._ask, shown)
        if logits is None:
            return features[0], None
        whole = interpolate(logits, picture.shape[:2], mode="bilinear", align_corners=False)
        return features[0], whole[0].softmax(dim=0)
