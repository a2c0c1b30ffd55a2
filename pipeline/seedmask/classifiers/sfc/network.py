"""SFC's classifier: CAMs of its weights and of prototypes (Zhao et al., AAAI 2024), over any timm encoder."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import interpolate

from seedmask.classifiers.sfc.options import SfcOptions as Options
from seedmask.errors import SeedmaskError
from seedmask.methods.normalise import EPSILON
from seedmask.methods.prototypes import activation_maps, prototype_cam, refine_by_affinity, with_background
from seedmask.networks.classifier import ClassifierNetwork
from seedmask.networks.encoders import Encoder, encoder_of

STAGES = (-4, -3, -2, -1)
"""The four stages whose features are compared with prototypes; for the last one the encoder's own output is taken."""
SIDES = (128, 128, 256, 256)
"""Channels that each stage's features are projected to."""
PUBLISHED = (
    ("resnet50.", "encoder.model."),
    ("classifier.", "head.classifier."),
    *((f"side{number + 1}.", f"head.sides.{number}.") for number in range(len(SIDES))),
    ("f9.", "head.compared."),
    *((name, None) for name in ("stage", "backbone.", "newly_added.")),
)
"""Names of tensors in the authors' code; second names of the same ones are left out."""


def build(options: Options, classes: int, *, first_weights: bool = True) -> "SfcClassifier":
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without."""
    encoder = encoder_of(options, options.output_stride, first_weights=first_weights)
    widths = (*encoder.stage_channels(STAGES)[:-1], encoder.channels)
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
    """What the CAMs of some images are computed from; sums over an image and its mirror image work as well."""

    scores: Float[torch.Tensor, "N C h w"]
    """S, of the classifier's weights."""
    hierarchy: Float[torch.Tensor, "N D h w"]
    """Z; prototypes are means of it."""
    coloured: Float[torch.Tensor, "N D2 h w"]
    """Colour and last features, which the affinity compares."""


class SfcCams(NamedTuple):
    """Logit of each class, and both kinds of CAM, background first."""

    logits: Float[torch.Tensor, "N C"]
    weights: Float[torch.Tensor, "N K h w"]
    prototypes: Float[torch.Tensor, "N K h w"]


class SfcHead(nn.Module):
    """1 x 1 score layer, projections of four stages without gradient to them, and an affinity between positions.

    Args:
        widths: channels of the four stages.
        classes: number of classes, without background.
        generator: draws the first weights.
        steps: how often the affinity spreads the CAMs; 0 leaves it out.
        compared: channels that the affinity compares; by default as many as the last features have.
        absent_compete: whether classes that are absent from an image lower its background.
        background_factor: weight of the background in the choice of the seeds of prototypes.
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
        """Features of normalised images from the outputs of their four stages."""
        size = stages[-1].shape[-2:]
        sides = [_unit(side(stage.detach())) for side, stage in zip(self.sides, stages, strict=True)]
        hierarchy = [interpolate(side, size, mode="bilinear", align_corners=False) for side in sides]
        colour = interpolate(images, size, mode="bilinear", align_corners=True)
        return Features(
            self.classifier(stages[-1]), torch.cat(hierarchy, dim=1), torch.cat([colour, stages[-1]], dim=1)
        )

    def weight_cams(
        self, features: Features, present: Float[torch.Tensor, "N C"], valid: torch.Tensor | None
    ) -> Float[torch.Tensor, "N K h w"]:
        """M_W: the scores divided by their maximum, with background, spread to similar positions.

        Args:
            features: of the images.
            present: 1 for each class in the image, else 0.
            valid: factor of the CAMs before they are spread, see `allowed`; None for no factor.
        """
        scores = features.scores if self.absent_compete else features.scores * present[..., None, None]
        cams = activation_maps(scores, valid)
        return cams if self.compared is None else refine_by_affinity(cams, self.compared(features.coloured), self.steps)

    def cams(self, features: Features, present: Float[torch.Tensor, "N C"], valid: torch.Tensor) -> SfcCams:
        """Both kinds of CAM in training: absent classes and padding are 0 before the affinity spreads them."""
        weights = self.weight_cams(features, present, valid)
        prototypes, _ = prototype_cam(features.hierarchy, weights, valid, self.background_factor)
        return SfcCams(features.scores.mean(dim=(2, 3)), weights, prototypes)


class SfcClassifier(ClassifierNetwork):
    """Encoder and head. The encoder keeps its batch statistics in training; the factors of its batch norms learn.

    Args:
        encoder: the backbone; the paper's is a ResNet-50 of output stride 16.
        head: on its last four stages.
        stop_after: number of the stage after which gradients stop, from 1; 0 trains all stages.

    Raises:
        SeedmaskError: the encoder does not return the features of its stages, or they are not modules of it.
    """

    def __init__(self, encoder: Encoder, head: SfcHead, *, stop_after: int = 2):
        super().__init__()
        self.encoder, self.head = encoder, head
        if stop_after:
            _stop_gradient(encoder, STAGES[stop_after - 1])

    def train(self, mode: bool = True) -> "SfcClassifier":
        """Set the mode of the head; the encoder stays in eval mode."""
        super().train(mode)
        self.encoder.eval()
        return self

    def features(self, images: Float[torch.Tensor, "N 3 H W"]) -> Features:
        """What the CAMs are computed from, for RGB images in 0..1."""
        stages, last = self.encoder.stage_features(images, STAGES[:-1])
        with torch.autocast(images.device.type, enabled=False):  # half precision loses the 1e-5
            return self.head(self.encoder.normalised(images).float(), [stage.float() for stage in (*stages, last)])

    def forward(
        self,
        images: Float[torch.Tensor, "N 3 H W"],
        labels: Float[torch.Tensor, "N C"],
        inside: Float[torch.Tensor, "N 1 _ _"],
    ) -> SfcCams:
        """Logits and both kinds of CAM in training.

        Args:
            images: RGB in 0..1.
            labels: 1 for each class in the image, else 0.
            inside: 1 in the image, 0 on padding around it, at any resolution.
        """
        features = self.features(images)
        with torch.autocast(images.device.type, enabled=False):
            return self.head.cams(features, labels, allowed(labels, inside, features.scores.shape[-2:]))

    def logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logit of each class: the mean of its scores."""
        return self.score_maps(images).mean(dim=(2, 3))

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C h w"]:
        """Score of each class at each position, from the classifier's weights alone."""
        return self.features(images).scores


def allowed(
    labels: Float[torch.Tensor, "N C"], inside: Float[torch.Tensor, "N 1 _ _"], size: Sequence[int]
) -> Float[torch.Tensor, "N K h w"]:
    """V: 1 inside the image for background and its classes, else 0; resized with nearest."""
    return with_background(labels) * interpolate(inside, tuple(size), mode="nearest")


def _stop_gradient(encoder: Encoder, number: int) -> None:
    """Stop gradients after a stage, so that the parameters up to it get none at all."""
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
