"""Segmenters: any segmentation-models-pytorch architecture over any timm encoder."""

from collections.abc import Mapping, Sequence
from threading import get_ident
from typing import Any

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import pad
from torch.overrides import TorchFunctionMode

import seedmask.vision  # noqa: F401  before smp, which imports torchvision
from seedmask.architectures.smp.options import SmpOptions
from seedmask.config.explain import nearest
from seedmask.config.networks import Dilation, EncoderOptions
from seedmask.errors import SeedmaskError
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.networks.dilation import set_dilation
from seedmask.networks.encoders import (
    ANY_SIZE,
    OF_ANY_SIZE,
    InputNorm,
    Normalisation,
    require_model,
)
from seedmask.networks.segmenter import Loss, SegmenterNetwork
from seedmask.networks.weights import load_first_weights

import segmentation_models_pytorch as smp  # isort: skip
from segmentation_models_pytorch.base import SegmentationHead  # isort: skip

MULTIPLE = 32
"""Images are padded to a multiple of this, because decoders add feature maps of several strides; to a multiple of the
stride if that does not divide it."""


RANDOM = (nn.init.normal_, nn.init.uniform_, nn.init.kaiming_uniform_, torch.Tensor.normal_, torch.Tensor.uniform_)
"""Functions that fill a tensor with random numbers."""

SmpModel = Any
"""A model of smp: an `nn.Module` with `encoder` and `segmentation_head`, which most of its classes do not declare."""


def build(options: SmpOptions, encoder: EncoderOptions, classes: int, *, first_weights: bool = True) -> "SmpSegmenter":
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without."""
    weights = encoder.weights if first_weights else "none"
    return SmpSegmenter(
        options.decoder,
        encoder.encoder,
        weights,
        encoder.weights_sha256,
        classes,
        input_norm=encoder.input_norm,
        dilation=encoder.dilation,
        multi_grid=encoder.multi_grid,
        arguments={**encoder.encoder_arguments, **options.arguments},
    )


class SmpSegmenter(SegmenterNetwork):
    """Encoder and decoder, from RGB in 0..1 to a score for each class and background at every pixel.

    Args:
        arch: architecture by its name in segmentation-models-pytorch.
        encoder: timm model by name.
        weights: first weights of the encoder: `packaged`, `hub`, `none` or a file.
        sha256: expected hash of the weight file.
        classes: number of classes, with background.
        input_norm: see `Normalisation`.
        dilation: see `set_dilation`.
        multi_grid: see `set_dilation`.
        arguments: further arguments of the architecture's class and the encoder's.
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
        dilation: Dilation = "timm",
        multi_grid: Sequence[int] | None = None,
        arguments: Mapping[str, Any] | None = None,
    ):
        super().__init__()
        known = {model.__name__.lower(): model.__name__ for model in smp.MODEL_ARCHITECTURES_MAPPING.values()}
        if arch.lower() not in known:
            raise SeedmaskError(f"there is no architecture {arch!r}; write {nearest(arch, sorted(known.values()))}")
        require_model(encoder)
        pretrained = "imagenet" if weights == "hub" else None
        self.network: SmpModel = _any_size_network(arch, encoder, pretrained, classes, arguments or {})
        self._multiple = _multiple(self.network)
        self._enlarges = _take_enlargement(self.network)
        set_dilation(self.network.encoder.model, encoder, dilation, multi_grid)
        load_first_weights(self.network.encoder.model, encoder, weights, sha256)
        self.network.to(memory_format=torch.channels_last)  # a fifth faster on the CPU
        self.normalised = Normalisation(encoder, input_norm)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C H W"]:
        """Logits at every pixel; a size that the network does not take is padded with the mean colour, then cropped."""
        height, width = images.shape[-2:]
        return self._enlarged(self.coarse_logits(images))[..., :height, :width]

    def coarse_logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> CoarseLogits:
        """Logits of the image and its padding, at the resolution of the decoder's features where they are enlarged."""
        prepared = self._prepared(images)
        return CoarseLogits(self.network(prepared), prepared.shape[-2:], align_corners=True)

    def _enlarged(self, logits: CoarseLogits) -> torch.Tensor:
        return logits.enlarged() if self._enlarges else logits.maps

    def decoded(
        self, images: Float[torch.Tensor, "N 3 H W"]
    ) -> tuple[Float[torch.Tensor, "N D h w"], Float[torch.Tensor, "N C H2 W2"]]:
        """The decoder's features and the logits made from them, both of the image and its padding.

        Raises:
            SeedmaskError: the decoder returns more than one tensor of features.
        """
        seen: list[torch.Tensor] = []
        own = get_ident()  # other threads may show this network other images meanwhile
        hook = self.network.segmentation_head.register_forward_pre_hook(
            lambda _, inputs: seen.append(inputs[0]) if get_ident() == own else None
        )
        try:
            logits = self._enlarged(self.coarse_logits(images))
        finally:
            hook.remove()
        if not (seen and isinstance(seen[0], torch.Tensor) and seen[0].ndim == 4):
            raise SeedmaskError(
                f"the decoder of {type(self.network).__name__} does not give one map of features; choose another "
                "architecture, such as DeepLabV3Plus or FPN"
            )
        return seen[0], logits

    def _prepared(self, images: torch.Tensor) -> torch.Tensor:
        """Normalised, and padded with the mean colour to a size that the network takes."""
        height, width = images.shape[-2:]
        whole = pad(self.normalised(images), (0, -width % self._multiple, 0, -height % self._multiple))
        return whole.contiguous(memory_format=torch.channels_last)

    def training_loss(self, logits: torch.Tensor, labels: torch.Tensor, loss: Loss) -> Float[torch.Tensor, ""]:
        """Loss of the outputs of `forward`."""
        return loss(logits, labels)

    def pretrained(self) -> nn.Module:
        """The part that came with weights and learns slowly."""
        return self.network.encoder


class NothingDrawn(TorchFunctionMode):
    """A context in which tensors without numbers are not filled with random ones.

    smp makes a model of such tensors to read its strides, and drawing its weights would import torch's compiler.
    """

    def __torch_function__(
        self,
        function: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function of torch."""
        kwargs = kwargs or {}
        tensor = args[0] if args else kwargs.get("tensor")
        if function in RANDOM and isinstance(tensor, torch.Tensor) and tensor.is_meta:
            return tensor
        return function(*args, **kwargs)


def _any_size_network(
    arch: str, encoder: str, pretrained: str | None, classes: int, arguments: Mapping[str, Any]
) -> SmpModel:
    """The network, built so that it takes images of any size.

    Raises:
        SeedmaskError: it cannot be built, or takes images of a single size only.
    """
    refusals = []
    for more in ({}, *ANY_SIZE):
        try:
            with NothingDrawn():
                network = smp.create_model(
                    arch, f"tu-{encoder}", encoder_weights=pretrained, classes=classes, **{**more, **arguments}
                )
        except Exception as error:  # decoders and encoders that do not fit raise errors of many types
            if not more:
                raise SeedmaskError(f"segmenter {arch} over {encoder} cannot be built: {error}") from error
            continue
        if (refusal := _refusal(network)) is None:
            return network
        refusals.append(refusal)
    raise SeedmaskError(
        f"segmenter {arch} over {encoder} does not take pictures of any size ({refusals[-1]}); for the encoder "
        f"{OF_ANY_SIZE}"
    )


def _take_enlargement(network: SmpModel) -> bool:
    """Whether a network's head enlarged its logits, bilinearly with aligned corners, which it does no longer."""
    head = network.segmentation_head
    if not isinstance(head, SegmentationHead) or not isinstance(head[1], nn.Upsample):
        return False
    if not isinstance(head[2].activation, nn.Identity):  # what an activation gives is not enlarged like logits
        return False
    head[1] = nn.Identity()
    return True


def _refusal(network: SmpModel) -> str | None:
    """Why a network does not take images that are not square; None if it does."""
    refusals = []
    for steps in (2, 8):  # some networks need larger images than others
        if (refusal := _refusal_at(network, steps)) is None:
            return None
        refusals.append(refusal)
    return refusals[0]


def _refusal_at(network: SmpModel, steps: int) -> str | None:
    height, width = steps * _multiple(network), (steps + 1) * _multiple(network)
    was_training = network.training
    try:
        with torch.no_grad():
            shape = network.eval()(torch.zeros(1, 3, height, width)).shape
    except Exception as error:  # noqa: BLE001  as above
        return str(error)
    finally:
        network.train(was_training)
    return None if shape[-2:] == (height, width) else f"{height} x {width} pixels become {shape[-2]} x {shape[-1]}"


def _multiple(network: SmpModel) -> int:
    """Sides of images must be multiples of this."""
    stride = network.encoder.output_stride
    return MULTIPLE if MULTIPLE % stride == 0 else stride
