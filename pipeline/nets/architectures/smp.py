"""Segmenters: any segmentation-models-pytorch architecture over any timm encoder."""

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import pad

import pipeline.vision  # noqa: F401  before smp, which imports torchvision
from pipeline.config.architectures.smp import Smp
from pipeline.config.networks import Encoder
from pipeline.errors import SeedmaskError
from pipeline.nets.encoders import InputNorm, Normalisation, load_first_weights
from pipeline.nets.loss import Loss

import segmentation_models_pytorch as smp  # isort: skip

MULTIPLE = 32
"""Pictures are padded to a multiple of this, because decoders add feature maps of several strides."""


def build(options: Smp, encoder: Encoder, classes: int, *, first_weights: bool = True) -> "Segmenter":
    """The network of some options, with the encoder's first weights or, to be loaded over, without."""
    weights = encoder.weights if first_weights else "none"
    return Segmenter(
        options.decoder, encoder.encoder, weights, encoder.weights_sha256, classes, input_norm=encoder.input_norm
    )


class Segmenter(nn.Module):
    """Encoder and decoder, from RGB in 0..1 to a score for each class and background at every pixel.

    Args:
        arch: architecture by its name in segmentation-models-pytorch.
        encoder: timm model by name.
        weights: first weights of the encoder: `packaged`, `hub`, `none` or a file.
        sha256: expected hash of the weight file.
        classes: number of classes, with background.
        input_norm: see `Normalisation`.
    """

    def __init__(
        self,
        arch: str,
        encoder: str,
        weights: str,
        sha256: str | None,
        classes: int,
        *,
        input_norm: InputNorm = "model",
    ):
        super().__init__()
        try:
            self.network = smp.create_model(
                arch, f"tu-{encoder}", encoder_weights="imagenet" if weights == "hub" else None, classes=classes
            )
        except (KeyError, ValueError, RuntimeError, TypeError) as error:
            raise SeedmaskError(f"segmenter {arch} over {encoder} cannot be built: {error}") from error
        load_first_weights(self.network.encoder.model, encoder, weights, sha256)
        self.network.to(memory_format=torch.channels_last)  # a fifth faster on the CPU
        self.normalised = Normalisation(encoder, input_norm)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C H W"]:
        """Logits at every pixel; a size that the network cannot take is padded with its mean colour and cut."""
        height, width = images.shape[-2:]
        padded = pad(self.normalised(images), (0, -width % MULTIPLE, 0, -height % MULTIPLE))
        return self.network(padded.contiguous(memory_format=torch.channels_last))[..., :height, :width]

    def training_loss(self, logits: torch.Tensor, labels: torch.Tensor, loss: Loss) -> Float[torch.Tensor, ""]:
        """Loss of what `forward` gave."""
        return loss(logits, labels)

    def pretrained(self) -> nn.Module:
        """The part that came with weights and learns slowly."""
        return self.network.encoder
