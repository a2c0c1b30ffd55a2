"""Features of a trained network of any stage."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn.functional import interpolate

from seedmask.config.base import Engine, Precision
from seedmask.config.stages import stage_of
from seedmask.inference.networks import trained_source
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.methods.batches import as_batch
from seedmask.methods.coarse_logits import ResizedRows
from seedmask.methods.inference import strip_rows
from seedmask.storage.shard import Shard

MULTIPLE = 32
"""Sides of images are resized to the nearest multiple of this."""


class TrainedFeatures:
    """Features of a segmenter's decoder with its logits, or of a classifier's encoder.

    Args:
        shard: the shard whose images it is applied to.
        reference: `segmenters/points` or `classifiers/cam`.
        device: `cpu` or `cuda`.
        engine: what computes it.
        precision: number format that it is computed in.
    """

    def __init__(
        self,
        shard: Shard,
        reference: str,
        device: str,
        engine: Engine = "auto",
        precision: Precision = "float32",
    ):
        self._device = device
        network = trained_source(shard.job.results, shard.inputs.trained[reference], device)
        decodes = stage_of(reference).learns == "masks"
        function = network.function("decoded" if decodes else "encoder", engine, device, precision)
        self._features: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor | None]] = (
            function if decodes else lambda images: (function(images), None)
        )

    @torch.no_grad()
    def compute(
        self, image: UInt8[np.ndarray, "H W 3"], channels: Sequence[int], scale: float = 1.0
    ) -> tuple[Float[torch.Tensor, "D h w"], Float[torch.Tensor, "K H W"] | None]:
        """Features of an image, and a segmenter's probabilities of some labels at every pixel.

        Args:
            image: RGB.
            channels: those of the K labels; the probabilities of all labels sum to one.
            scale: factor of the image's size.
        """
        size = [max(MULTIPLE, round(length * scale / MULTIPLE) * MULTIPLE) for length in image.shape[:2]]
        batch = as_batch([image], self._device)
        resized = interpolate(batch, size, mode="bilinear", align_corners=False, antialias=True)
        features, logits = run_within_memory(self._features, resized)
        if logits is None:
            return features[0], None
        return features[0], _probabilities(logits, image.shape[:2], channels)


def _probabilities(
    logits: Float[torch.Tensor, "1 C h w"], size: Sequence[int], channels: Sequence[int]
) -> Float[torch.Tensor, "K H W"]:
    """Softmax of resized logits, of some channels; all of them are only kept for a few rows."""
    resized = ResizedRows(
        lambda first, last: logits[:, :, first:last].permute(0, 2, 3, 1),
        logits.shape[-2:],
        size,
        align_corners=False,
        device=logits.device,
    )
    height, width = size
    planes = logits.new_empty(len(channels), height, width)
    rows = strip_rows(logits.device, width * logits.shape[1])
    chosen = torch.as_tensor(channels, device=logits.device)
    for first in range(0, height, rows):
        last = min(first + rows, height)
        shares = resized.rows(first, last)[0].softmax(dim=-1)
        planes[:, first:last] = shares.index_select(-1, chosen).permute(2, 0, 1)
    return planes
