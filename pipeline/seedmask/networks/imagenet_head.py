"""The layer by which an encoder's first weights tell ImageNet's classes apart."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import nn

from seedmask.config.networks import EncoderOptions as Options
from seedmask.errors import SeedmaskError
from seedmask.networks.encoders import Encoder, create, feature_layout, read_weights, timm, weight_file
from seedmask.wordnet import LabelSpace, label_space


class PreLogits:
    """The layers before the linear one; they stay the encoder's, and are no parameters of whom asks.

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
            places = torch.randn(1, encoder.channels, 1, 2, generator=torch.Generator().manual_seed(0)).to(device)
            found = self._at_places(places)
        encoder.train(was_training)
        self.channels: int = found.shape[1]
        """Numbers that the linear layer reads, as many as its rows have."""
        self.is_identity: bool = torch.equal(found, places)
        """Whether nothing is between the two."""

    def __call__(self, features: Float[torch.Tensor, "N D h w"]) -> Float[torch.Tensor, "N E h w"]:
        """What the linear layer reads at each place of the encoder's features."""
        return features if self.is_identity else self._at_places(features)

    def _at_places(self, features: torch.Tensor) -> torch.Tensor:
        count, _, height, width = features.shape
        places = features.permute(0, 2, 3, 1).flatten(0, 2)  # (N h w, D)
        if self._layout == "tokens":  # whichever tokens a model pools, it finds the place's
            tokens = 1 + getattr(self._model, "num_prefix_tokens", 0)
            pictures = places[:, None].expand(-1, tokens, -1)
        else:
            pictures = places[:, None, None] if self._layout == "channels_last" else places[:, :, None, None]
        read = self._model.forward_head(pictures, pre_logits=True).flatten(1)
        return read.unflatten(0, (count, height, width)).permute(0, 3, 1, 2)


REMEDY = "name weights that come with it: `packaged`, `hub`, or a file that holds the whole network"


@dataclass(frozen=True)
class Head:
    """Linear classification layer, a row for each class of its label space."""

    weight: Float[torch.Tensor, "R D"]
    bias: Float[torch.Tensor, " R"]
    space: LabelSpace


def head_label_space(options: Options) -> LabelSpace:
    """Label space of the head of some first weights; nothing is fetched.

    Raises:
        SeedmaskError: see `load_head`.
    """
    classes = _classes_on_the_hub(options)
    return _space(classes, options) if classes else load_head(options).space


def load_head(options: Options) -> Head:
    """The head of an encoder's first weights; of two heads, as distilled models have them, the mean.

    Raises:
        SeedmaskError: the weights bring no head, the head is not linear, or it has as many rows as no known label
            space; see `encoders.create` and `encoders.read_weights`.
    """
    model, state = _with_head(options)
    layers = _linear_layers(model, options)
    if absent := [f"{name}.weight" for name in layers if f"{name}.weight" not in state]:
        raise SeedmaskError(f"{_origin(options)}: without the classification layer (no tensor {absent[0]}); {REMEDY}")
    weights = [state[f"{name}.weight"].detach().float().flatten(1) for name in layers]  # 1 x 1 convolutions, too
    biases = [state.get(f"{name}.bias", torch.zeros(len(weights[0]))).detach().float() for name in layers]
    space = _space(len(weights[0]), options)
    return Head(torch.stack(weights).mean(dim=0), torch.stack(biases).mean(dim=0), space)


def check_fit(head: Head, read: PreLogits, options: Options) -> None:
    """Refuse a head that reads something else than an encoder gives.

    Raises:
        SeedmaskError: the numbers of channels differ; VGG's fully-connected layers, which see all places at once,
            are left out of encoders.
    """
    if head.weight.shape[1] != read.channels:
        raise SeedmaskError(
            f"encoder {options.encoder}: its classification layer reads {head.weight.shape[1]} numbers, its features "
            f"are {read.channels}: layers between them see all places at once; use another encoder"
        )


def _with_head(options: Options) -> tuple[nn.Module, Mapping[str, torch.Tensor]]:
    """A timm model that has a head, and the tensors of the first weights."""
    name, weights = options.encoder, options.weights
    if weights == "none" or _classes_on_the_hub(options) == 0:
        raise SeedmaskError(f"{_origin(options)}: brings no classification layer; {REMEDY}")
    path = weight_file(name, weights)
    if path is None:
        model = create(name, pretrained=True)
        return model, model.state_dict()
    model = create(name, num_classes=1)  # only its names are looked at
    return model, read_weights(path, model, name, weights, options.weights_sha256)


def _classes_on_the_hub(options: Options) -> int | None:
    """Classes of the weights that timm would fetch; None where it would fetch none or does not say."""
    fetched = options.weights == "hub" and timm.is_model(options.encoder)
    config = timm.get_pretrained_cfg(options.encoder) if fetched else None
    return config.num_classes if config else None


def _linear_layers(model: nn.Module, options: Options) -> list[str]:
    """Names of the layers that a timm model's logits come from."""
    found = model.get_classifier()
    heads = found if isinstance(found, tuple) else (found,)
    names = {id(part): name for name, part in model.named_modules()}
    for head in heads:
        if not isinstance(head, nn.Linear | nn.Conv2d):
            raise SeedmaskError(
                f"encoder {options.encoder}: its classification layer is a {type(head).__name__}, expected a linear "
                "one; use another encoder"
            )
    return [names[id(head)] for head in heads]


def _space(rows: int, options: Options) -> LabelSpace:
    try:
        return label_space(rows)
    except SeedmaskError as error:
        raise SeedmaskError(f"{_origin(options)}: {error}") from None


def _origin(options: Options) -> str:
    return f"encoder {options.encoder}, weights {options.weights!r}"
