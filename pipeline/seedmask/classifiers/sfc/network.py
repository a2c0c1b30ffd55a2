"""SFC's classifier: maps of its weights and of prototypes (Zhao et al., AAAI 2024), over any timm encoder."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import interpolate

from seedmask.classifiers.sfc.options import SfcOptions as Options
from seedmask.errors import SeedmaskError
from seedmask.methods.prototypes import EPSILON, activation_maps, prototype_cam, refine_by_affinity, with_background
from seedmask.networks.encoders import Encoder, build_encoder
from seedmask.networks.stage_features import stage_channels, stage_maps

STAGES = (-4, -3, -2, -1)
"""The four stages whose features are compared with prototypes; of the last one the encoder's own output is taken."""
SIDES = (128, 128, 256, 256)
"""Channels that each stage's features are projected to."""


def build(options: Options, classes: int, *, first_weights: bool = True) -> "SfcClassifier":
    """The network of some options, with the encoder's first weights or, to be loaded over, without."""
    encoder = build_encoder(options, options.output_stride, first_weights=first_weights)
    widths = (*stage_channels(encoder, STAGES)[:-1], encoder.channels)
    head = SfcHead(
        widths,
        classes,
        torch.Generator().manual_seed(options.seed),
        steps=options.affinity.steps if options.affinity.enabled else 0,
        compared=options.affinity.channels,
        absent_compete=options.absent_compete,
        background_factor=options.seed_background,
    )
    return SfcClassifier(encoder, head, stop_after=options.stop_gradient_after)


class Features(NamedTuple):
    """What the maps of some pictures are made from; sums over a picture and its mirror image serve as well."""

    scores: Float[torch.Tensor, "N C h w"]
    """S, of the classifier's weights."""
    hierarchy: Float[torch.Tensor, "N D h w"]
    """Z, that prototypes are means of."""
    coloured: Float[torch.Tensor, "N D2 h w"]
    """Colour and last features, that the affinity compares."""


class SfcMaps(NamedTuple):
    """Logit of each class, and both kinds of map, background first."""

    logits: Float[torch.Tensor, "N C"]
    weights: Float[torch.Tensor, "N K h w"]
    prototypes: Float[torch.Tensor, "N K h w"]


class SfcHead(nn.Module):
    """1 x 1 score layer, projections of four stages that give them no gradient, and an affinity of places.

    Args:
        widths: channels of the four stages.
        classes: number of classes, without background.
        generator: draws the first weights.
        steps: how often the affinity spreads the maps; 0 leaves it out.
        compared: channels that it compares places by; as many as the last features have when not given.
        absent_compete: whether classes that a picture lacks lower its background.
        background_factor: weight of the background where the seeds of prototypes are chosen.
        sides: channels that each stage is projected to.
    """

    def __init__(
        self,
        widths: Sequence[int],
        classes: int,
        generator: torch.Generator,
        *,
        steps: int = 2,
        compared: int | None = None,
        absent_compete: bool = True,
        background_factor: float = 0.3,
        sides: Sequence[int] = SIDES,
    ):
        super().__init__()
        last = widths[-1]
        self.steps, self.absent_compete, self.background_factor = steps, absent_compete, background_factor
        self.classifier = _projection(last, classes, generator)
        self.sides = nn.ModuleList(_projection(w, side, generator) for w, side in zip(widths, sides, strict=True))
        self.compared = _projection(last + 3, compared or last, generator) if steps else None

    def forward(self, images: Float[torch.Tensor, "N 3 H W"], stages: Sequence[torch.Tensor]) -> Features:
        """Features of normalised pictures from the maps of their four stages."""
        size = stages[-1].shape[-2:]
        sides = [_unit(side(stage.detach())) for side, stage in zip(self.sides, stages, strict=True)]
        hierarchy = [interpolate(side, size, mode="bilinear", align_corners=False) for side in sides]
        colour = interpolate(images, size, mode="bilinear", align_corners=True)
        return Features(
            self.classifier(stages[-1]), torch.cat(hierarchy, dim=1), torch.cat([colour, stages[-1]], dim=1)
        )

    def weight_maps(
        self, features: Features, present: Float[torch.Tensor, "N C"], valid: torch.Tensor | None
    ) -> Float[torch.Tensor, "N K h w"]:
        """M_W: the scores over their maximum, with background, spread to like places.

        Args:
            features: of the pictures.
            present: 1 for each class in the picture, else 0.
            valid: what the maps are multiplied by before they are spread, `allowed`; None leaves them as they are.
        """
        scores = features.scores if self.absent_compete else features.scores * present[..., None, None]
        maps = activation_maps(scores, valid)
        return maps if self.compared is None else refine_by_affinity(maps, self.compared(features.coloured), self.steps)

    def maps(self, features: Features, present: Float[torch.Tensor, "N C"], valid: torch.Tensor) -> SfcMaps:
        """Both kinds of map as they are trained: absent classes and padding are 0 before anything is spread."""
        weights = self.weight_maps(features, present, valid)
        prototypes, _ = prototype_cam(features.hierarchy, weights, valid, self.background_factor)
        return SfcMaps(features.scores.mean(dim=(2, 3)), weights, prototypes)


class SfcClassifier(nn.Module):
    """Encoder and head. The encoder keeps its batch statistics also in training; their factors learn.

    Args:
        encoder: the backbone; the paper's is a ResNet-50 of output stride 16.
        head: on its last four stages.
        stop_after: of these stages the one after which gradients stop, counted from 1; 0 lets all of them learn.

    Raises:
        SeedmaskError: the encoder does not give the features of its stages, or they are no modules of it.
    """

    def __init__(self, encoder: Encoder, head: SfcHead, *, stop_after: int = 2):
        super().__init__()
        self.encoder, self.head = encoder, head
        if stop_after:
            _stop_gradient(encoder, STAGES[stop_after - 1])

    def train(self, mode: bool = True) -> "SfcClassifier":
        """Nothing depends on it: the encoder stays in eval mode."""
        super().train(mode)
        self.encoder.eval()
        return self

    def features(self, images: Float[torch.Tensor, "N 3 H W"]) -> Features:
        """What the maps are made from, of RGB pictures in 0..1."""
        stages, last = stage_maps(self.encoder, images, STAGES[:-1])
        with torch.autocast(images.device.type, enabled=False):  # half precision loses the 1e-5
            return self.head(self.encoder.normalised(images).float(), [stage.float() for stage in (*stages, last)])

    def forward(
        self,
        images: Float[torch.Tensor, "N 3 H W"],
        labels: Float[torch.Tensor, "N C"],
        inside: Float[torch.Tensor, "N 1 _ _"],
    ) -> SfcMaps:
        """Logits and both kinds of map in training.

        Args:
            images: RGB in 0..1.
            labels: 1 for each class in the picture, else 0.
            inside: 1 in the picture, 0 on padding around it, at any resolution.
        """
        features = self.features(images)
        with torch.autocast(images.device.type, enabled=False):
            return self.head.maps(features, labels, allowed(labels, inside, features.scores.shape[-2:]))

    def logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logit of each class: the mean of its scores."""
        return self.score_maps(images).mean(dim=(2, 3))

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C h w"]:
        """Score of each class at each place, of the classifier's weights alone."""
        return self.features(images).scores


def allowed(
    labels: Float[torch.Tensor, "N C"], inside: Float[torch.Tensor, "N 1 _ _"], size: Sequence[int]
) -> Float[torch.Tensor, "N K h w"]:
    """V: 1 inside the picture for background and its classes, else 0; at another size by nearest."""
    return with_background(labels) * interpolate(inside, tuple(size), mode="nearest")


def _stop_gradient(encoder: Encoder, number: int) -> None:
    """Let no gradient pass from what follows a stage into it and below, so that these parameters have none at all."""
    info = encoder.model.feature_info
    name = getattr(info, "info", info)[number]["module"]
    try:
        stage = encoder.model.get_submodule(name)
    except AttributeError:
        raise SeedmaskError(
            f"encoder {encoder.name} has no module {name!r} to stop gradients after; "
            "set `stop_gradient_after: 0` and use `frozen_stages`"
        ) from None
    stage.register_forward_hook(lambda _stage, _inputs, output: output.detach())


def _projection(inputs: int, outputs: int, generator: torch.Generator) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, 1, bias=False)
    nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=generator)  # torch's own first weights
    return layer


def _unit(features: Float[torch.Tensor, "N D h w"]) -> Float[torch.Tensor, "N D h w"]:
    return features / (features.norm(dim=1, keepdim=True) + EPSILON)
