"""Encoders: any timm model up to its last feature map, at a chosen output stride."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import nn

import seedmask.networks.ceil_pool
import seedmask.networks.scalenet
import seedmask.networks.wide_resnet38
import seedmask.vision  # noqa: F401  before timm, which imports torchvision
from seedmask.config.networks import Dilation, EncoderOptions
from seedmask.errors import SeedmaskError
from seedmask.methods.caffe import CAFFE_MEAN
from seedmask.networks.dilation import set_dilation
from seedmask.networks.weights import load_first_weights

import timm  # isort: skip
from timm.data.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD  # isort: skip
from timm.models.vgg import VGG  # isort: skip

ANY_SIZE = ({"dynamic_img_size": True}, {"strict_img_size": False})
"""Arguments that let timm's transformers take images of any size, with patches or with windows; others need none."""
OF_ANY_SIZE = "choose one that does, such as a ResNet, ConvNeXt, ViT or Swin"
InputNorm = Literal["model", "caffe_bgr"]
TimmModel = Any
"""A model of timm: an `nn.Module` with `forward_features`, `num_features` and more that no type of timm declares."""


def build_encoder(
    name: str,
    *,
    weights: str = "none",
    output_stride: int = 32,
    weights_sha256: str | None = None,
    dilation: Dilation = "timm",
    multi_grid: Sequence[int] | None = None,
    **arguments: Any,
) -> "StageFeatures":
    """A backbone from normalised images to the features of its stages.

    Args:
        name: of a timm model, with or without a tag, of `wideresnet38` or of `scalenet101`.
        weights: `packaged`, `hub`, `none`, or a file.
        output_stride: pixels of the image to one of the last feature map.
        weights_sha256: expected hash of the file.
        dilation: see `set_dilation`.
        multi_grid: see `set_dilation`.
        arguments: further ones of the model's class in timm.

    Raises:
        SeedmaskError: the model is unknown, cannot have the stride or the dilation, or its weights cannot be loaded.
    """
    return StageFeatures(
        _model(name, weights, weights_sha256, output_stride, dilation=dilation, multi_grid=multi_grid, **arguments),
        name,
    )


def encoder_of(options: EncoderOptions, output_stride: int, *, first_weights: bool = True) -> "Encoder":
    """The encoder of some options, with its first weights or, before trained ones are loaded, without."""
    return Encoder(
        options.encoder,
        options.weights if first_weights else "none",
        options.weights_sha256,
        output_stride,
        options.input_norm,
        dilation=options.dilation,
        multi_grid=options.multi_grid,
        **options.encoder_arguments,
    )


class StageFeatures(nn.Module):
    """A timm model that returns the feature map after each of its stages.

    Args:
        model: the model.
        name: of it, for messages.
    """

    def __init__(self, model: TimmModel, name: str):
        super().__init__()
        self.model = model
        self.channels: list[int] = stage_channels(model, name, 1)
        """Channels of each feature map."""

    def forward(self, normalised: Float[torch.Tensor, "N 3 H W"]) -> list[Float[torch.Tensor, "N D h w"]]:
        """Feature maps from first to last, each at its own resolution, of normalised images."""
        return self.model.forward_intermediates(normalised, output_fmt="NCHW")[1]


class Encoder(nn.Module):
    """A timm model up to its last feature map.

    Args:
        name: timm's name of the model.
        weights: `packaged`, `hub`, `none`, or a file.
        sha256: expected hash of the file.
        output_stride: pixels of the image to one of the feature map.
        input_norm: see `Normalisation`.
        dilation: see `set_dilation`.
        multi_grid: see `set_dilation`.
        arguments: further ones of the model's class in timm.

    Raises:
        SeedmaskError: the model is unknown, has another stride, cannot have the dilation, or its weights cannot be
            loaded.
    """

    def __init__(
        self,
        name: str,
        weights: str,
        sha256: str | None,
        output_stride: int,
        input_norm: InputNorm = "model",
        *,
        dilation: Dilation = "timm",
        multi_grid: Sequence[int] | None = None,
        **arguments: Any,
    ):
        super().__init__()
        self.name = name
        self.output_stride = output_stride
        self.model: TimmModel = _model(
            name, weights, sha256, output_stride, dilation=dilation, multi_grid=multi_grid, **arguments
        )
        self.model.to(memory_format=torch.channels_last)  # a tenth faster on the CPU
        self.normalised = Normalisation(name, input_norm)
        self.channels: int = self.model.num_features
        self._check_sizes()

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N D h w"]:
        """Last feature map of RGB images in 0..1."""
        return spatial_features(self.model, self.normalised(images).contiguous(memory_format=torch.channels_last))

    def stage_features(
        self, images: Float[torch.Tensor, "N 3 H W"], numbers: Sequence[int]
    ) -> tuple[list[torch.Tensor], Float[torch.Tensor, "N D h w"]]:
        """Feature map after each of some stages, at its own resolution, and the last one as `forward` returns it.

        Args:
            images: RGB in 0..1.
            numbers: of the stages from first to last; -1 is the last one, before a final convolution if there is one.
        """
        normalised = self.normalised(images)
        last, stages = self.model.forward_intermediates(normalised, indices=list(numbers), output_fmt="NCHW")
        return stages, as_feature_map(self.model, last, normalised.shape[-2:])

    def stage_channels(self, numbers: Sequence[int]) -> list[int]:
        """Channels of the feature map after each of some stages.

        Raises:
            SeedmaskError: the model does not return the features of its stages, or has too few stages.
        """
        channels = stage_channels(self.model, self.name, -min(numbers))
        return [channels[number] for number in numbers]

    def stage_strides(self) -> list[int]:
        """Pixels of the image to one of the feature map after each stage, from first to last."""
        info = getattr(self.model, "feature_info", [])
        return [stage["reduction"] for stage in getattr(info, "info", info)]

    def _check_sizes(self) -> None:
        """Refuse an encoder with another stride, and one that takes images of a single size."""
        name, stride, was_training = self.name, self.output_stride, self.training
        # A feature map of one position fits several strides; unusual strides need a larger image.
        side = stride * (4 if stride in (8, 16, 32) else -(-224 // stride))
        try:
            with torch.no_grad():
                actual = side // self.eval()(torch.zeros(1, 3, side, side)).shape[-1]
                self(torch.zeros(1, 3, side + 5, 2 * side + 3))
        except Exception as error:  # timm's models raise errors of many types here
            raise SeedmaskError(
                f"encoder {name} does not take pictures of any size ({error}); {OF_ANY_SIZE}"
            ) from error
        self.train(was_training)
        if actual != stride:
            raise SeedmaskError(
                f"encoder {name} has output stride {actual}, not {stride}; set `output_stride: {actual}`"
            )

    def stages(self) -> list[nn.Module]:
        """The parts of the model that have parameters, from first to last."""
        parts: list[nn.Module] = []
        for part in self.model.children():
            parts += list(part) if isinstance(part, nn.Sequential | nn.ModuleList) else [part]
        return [part for part in parts if any(True for _ in part.parameters())]


def stage_channels(model: TimmModel, name: str, needed: int) -> list[int]:
    """Channels of the feature map after each stage of a timm model.

    Raises:
        SeedmaskError: the model does not return the features of its stages, or has fewer than are needed.
    """
    info = getattr(model, "feature_info", [])
    widths = [stage["num_chs"] for stage in getattr(info, "info", info)]
    if not hasattr(model, "forward_intermediates") or len(widths) < needed:
        raise SeedmaskError(
            f"encoder {name} gives features of {len(widths)} stages, {needed} are needed; "
            "choose an encoder with more, such as a ResNet"
        )
    return widths


def spatial_features(model: TimmModel, normalised: torch.Tensor) -> Float[torch.Tensor, "N D h w"]:
    """Last feature map of a timm model, whatever the layout of its features."""
    return as_feature_map(model, model.forward_features(normalised), normalised.shape[-2:])


Layout = Literal["channels_first", "channels_last", "tokens"]


def feature_layout(model: TimmModel, features: torch.Tensor) -> Layout:
    """Layout of a timm model's last features: (N, D, h, w), (N, h, w, D) or (N, T, D)."""
    if features.ndim == 3:
        return "tokens"
    is_last = features.shape[-1] == model.num_features and features.shape[1] != model.num_features
    return "channels_last" if is_last else "channels_first"


def as_feature_map(model: TimmModel, features: torch.Tensor, size: Sequence[int]) -> Float[torch.Tensor, "N D h w"]:
    """Last features of a timm model as a map; `size` is that of the images, (H, W)."""
    layout = feature_layout(model, features)
    if layout == "tokens":  # class and register tokens first, then the grid row by row
        tokens = features[:, getattr(model, "num_prefix_tokens", 0) :]
        rows, columns = model.patch_embed.dynamic_feat_size(tuple(size))
        return tokens.transpose(1, 2).unflatten(2, (rows, columns))
    return features.permute(0, 3, 1, 2) if layout == "channels_last" else features


class Normalisation(nn.Module):
    """Normalisation of RGB images in 0..1 for an encoder.

    Args:
        name: timm's name of the model.
        kind: `model`, minus the mean and divided by the deviation of timm's training images; or `caffe_bgr`, BGR in
            0..255 minus Caffe's mean.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, name: str, kind: InputNorm = "model"):
        super().__init__()
        mean, std = mean_and_deviation(name, kind)
        self.bgr = kind == "caffe_bgr"
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N 3 H W"]:
        """The normalised images."""
        normalised = (images - self.mean) / self.std
        return normalised.flip(1) if self.bgr else normalised


def mean_and_deviation(name: str, kind: InputNorm = "model") -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation that normalise the images of a timm model, for RGB in 0..1."""
    if kind == "caffe_bgr":
        return tuple(level / 255 for level in reversed(CAFFE_MEAN)), (1 / 255,) * 3
    config = timm.get_pretrained_cfg(name)
    return (config.mean, config.std) if config else (IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD)


def require_model(name: str) -> None:
    """Refuse an unknown model.

    Raises:
        SeedmaskError: timm has no model of that name; the message lists the nearest names.
    """
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=3, cutoff=0.5) or timm.list_models()[:3]
        names = ", ".join(f'"{model}"' for model in near)
        raise SeedmaskError(f"encoder {name!r} is not a timm model; write one of its names, near ones are {names}")


def create(name: str, **arguments: Any) -> TimmModel:
    """A timm model.

    Raises:
        SeedmaskError: timm has no model of that name, or its weights cannot be downloaded.
    """
    require_model(name)
    try:
        return timm.create_model(name, **arguments)
    except NotImplementedError:  # a subclass of RuntimeError
        raise
    except (OSError, RuntimeError) as error:
        raise SeedmaskError(
            f"weights of {name} cannot be fetched ({error}); connect to the network, or name a file in `weights:`"
        ) from error


def _model(
    name: str,
    weights: str,
    sha256: str | None,
    output_stride: int,
    *,
    dilation: Dilation,
    multi_grid: Sequence[int] | None,
    **arguments: Any,
) -> TimmModel:
    """A timm model with its first weights."""
    model = _create(name, weights, output_stride, arguments)
    set_dilation(model, name, dilation, multi_grid)
    load_first_weights(model, name, weights, sha256)
    return model


def _create(name: str, weights: str, output_stride: int, arguments: Mapping[str, Any]) -> TimmModel:
    options = {"pretrained": weights == "hub", "num_classes": 0, **arguments}
    refusal: Exception | None = None
    for extra in ({"output_stride": output_stride}, *ANY_SIZE, {}):
        try:
            model = create(name, **options, **extra)
        except (TypeError, NotImplementedError, AssertionError) as error:
            refusal = error
            continue
        if hasattr(getattr(model, "patch_embed", None), "dynamic_img_pad"):
            model.patch_embed.dynamic_img_pad = True  # then sides need not be multiples of the patches
        return _with_stride(model, output_stride) if isinstance(model, VGG) else model
    raise SeedmaskError(
        f"encoder {name} cannot be built with output stride {output_stride}"
        + (f" and {dict(arguments)}" if arguments else "")
        + f" ({refusal}); choose another stride or encoder"
    )


def _with_stride(model: VGG, output_stride: int) -> VGG:
    """Remove late strides of a VGG (Simonyan and Zisserman, ICLR 2015), which timm does not, and its unused layers.

    At stride 16 the last pool is left out. At stride 8 the pool before it averages nothing away either, a 3 x 3
    maximum at stride 1, and the convolutions after it have dilation 2, as in the code of I2CRC (TMM 2023) and OAA.

    Args:
        model: timm's network, changed in place.
        output_stride: 32, 16 or 8; at any other one the network stays at 32.
    """
    layers: Any = model.features  # a Sequential, which timm declares as a plain module
    model.pre_logits = nn.Identity()  # five sixths of all parameters, unused
    pools = [number for number, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)]
    if output_stride in (16, 8):
        layers[pools[-1]] = nn.Identity()
    if output_stride == 8:
        layers[pools[-2]] = nn.MaxPool2d(3, stride=1, padding=1)
        for layer in layers[pools[-2] :]:
            if isinstance(layer, nn.Conv2d):
                layer.dilation = layer.padding = (2, 2)
    return model
