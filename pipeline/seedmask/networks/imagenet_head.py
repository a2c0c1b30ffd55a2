"""The classification layer of an encoder's first weights, for the classes of ImageNet."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import nn

import seedmask.vision  # noqa: F401  before timm, which imports torchvision
from seedmask.config.networks import EncoderOptions
from seedmask.errors import SeedmaskError
from seedmask.networks.encoders import Encoder, TimmModel, create, feature_layout
from seedmask.networks.weights import read_weights, weight_file
from seedmask.wordnet import LabelSpace, label_space

import timm  # isort: skip


class PreLogits:
    """The layers between an encoder's features and its linear layer; their parameters stay the encoder's.

    Args:
        encoder: the backbone.
    """

    def __init__(self, encoder: Encoder):
        self._model = encoder.model
        was_training = encoder.training
        encoder.eval()
        with torch.no_grad():
            side, device = 4 * encoder.output_stride, encoder.normalised.mean.device
            probe = torch.zeros(1, 3, side, side, device=device)
            self._layout = feature_layout(self._model, self._model.forward_features(probe))
            positions = torch.randn(1, encoder.channels, 1, 2, generator=torch.Generator().manual_seed(0)).to(device)
            read = self._at_positions(positions)
        encoder.train(was_training)
        self.channels: int = read.shape[1]
        """Number of inputs of the linear layer, the length of its rows."""
        self.is_identity: bool = torch.equal(read, positions)
        """Whether there are no such layers."""

    def __call__(self, features: Float[torch.Tensor, "N D h w"]) -> Float[torch.Tensor, "N E h w"]:
        """Input of the linear layer at each position of the encoder's features."""
        return features if self.is_identity else self._at_positions(features)

    def _at_positions(self, features: torch.Tensor) -> torch.Tensor:
        count, _, height, width = features.shape
        positions = features.permute(0, 2, 3, 1).flatten(0, 2)  # (N h w, D)
        if self._layout == "tokens":  # whichever tokens a model pools, they are those of the position
            tokens = 1 + getattr(self._model, "num_prefix_tokens", 0)
            inputs = positions[:, None].expand(-1, tokens, -1)
        else:
            inputs = positions[:, None, None] if self._layout == "channels_last" else positions[:, :, None, None]
        read = self._model.forward_head(inputs, pre_logits=True).flatten(1)
        return read.unflatten(0, (count, height, width)).permute(0, 3, 1, 2)


REMEDY = "name weights that come with it: `packaged`, `hub`, or a file that holds the whole network"


@dataclass(frozen=True)
class Head:
    """Linear classification layer, a row for each class of its label space."""

    weight: Float[torch.Tensor, "R D"]
    bias: Float[torch.Tensor, " R"]
    space: LabelSpace


def head_label_space(options: EncoderOptions) -> LabelSpace:
    """Label space of the head of some first weights; nothing is downloaded.

    Raises:
        SeedmaskError: see `load_head`.
    """
    classes = _classes_on_the_hub(options)
    return _space(classes, options) if classes else load_head(options).space


def load_head(options: EncoderOptions) -> Head:
    """The head of an encoder's first weights; the mean of both heads for distilled models, which have two.

    Raises:
        SeedmaskError: the weights contain no head, the head is not linear, or no known label space has as many
            classes; see `encoders.create` and `weights.read_weights`.
    """
    model, state = _with_head(options)
    layers = _linear_layers(model, options)
    if absent := [f"{name}.weight" for name in layers if f"{name}.weight" not in state]:
        raise SeedmaskError(f"{_origin(options)}: without the classification layer (no tensor {absent[0]}); {REMEDY}")
    weights = [state[f"{name}.weight"].detach().float().flatten(1) for name in layers]  # also of 1 x 1 convolutions
    biases = [state.get(f"{name}.bias", torch.zeros(len(weights[0]))).detach().float() for name in layers]
    space = _space(len(weights[0]), options)
    return Head(torch.stack(weights).mean(dim=0), torch.stack(biases).mean(dim=0), space)


def check_fit(head: Head, read: PreLogits, options: EncoderOptions) -> None:
    """Refuse a head that does not fit the features of an encoder.

    Raises:
        SeedmaskError: the numbers of channels differ, as for VGG, whose fully-connected layers see all positions at
            once and are left out of encoders.
    """
    if head.weight.shape[1] != read.channels:
        raise SeedmaskError(
            f"encoder {options.encoder}: its classification layer reads {head.weight.shape[1]} numbers, its features "
            f"are {read.channels}: layers between them see all places at once; use another encoder"
        )


def _with_head(options: EncoderOptions) -> tuple[TimmModel, Mapping[str, torch.Tensor]]:
    """A timm model that has a head, and the tensors of the first weights."""
    name, weights = options.encoder, options.weights
    if weights == "none" or _classes_on_the_hub(options) == 0:
        raise SeedmaskError(f"{_origin(options)}: brings no classification layer; {REMEDY}")
    path = weight_file(name, weights)
    if path is None:
        model = create(name, pretrained=True)
        return model, model.state_dict()
    model = create(name, num_classes=1)  # only the names of its tensors are used
    return model, read_weights(path, model, name, weights, options.weights_sha256)


def _classes_on_the_hub(options: EncoderOptions) -> int | None:
    """Number of classes of the weights that timm would download; None if it downloads none or does not know."""
    downloaded = options.weights == "hub" and timm.is_model(options.encoder)
    config = timm.get_pretrained_cfg(options.encoder) if downloaded else None
    return config.num_classes if config else None


def _linear_layers(model: TimmModel, options: EncoderOptions) -> list[str]:
    """Names of the layers that compute a timm model's logits."""
    classifier = model.get_classifier()
    heads = classifier if isinstance(classifier, tuple) else (classifier,)
    names = {id(part): name for name, part in model.named_modules()}
    for head in heads:
        if not isinstance(head, nn.Linear | nn.Conv2d):
            raise SeedmaskError(
                f"encoder {options.encoder}: its classification layer is a {type(head).__name__}, expected a linear "
                "one; use another encoder"
            )
    return [names[id(head)] for head in heads]


def _space(rows: int, options: EncoderOptions) -> LabelSpace:
    try:
        return label_space(rows)
    except SeedmaskError as error:
        raise SeedmaskError(f"{_origin(options)}: {error}") from None


def _origin(options: EncoderOptions) -> str:
    return f"encoder {options.encoder}, weights {options.weights!r}"
