"""Options of SFC's classifier."""

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from seedmask.config.base import Epochs, NonNegativeInt, PositiveInt, Settings
from seedmask.config.networks import Augmentation, ClassifierOptions


class Bank(Settings):
    """The latest picture of each class, from which some are shown again in every step, evenly by class."""

    draws: NonNegativeInt = 4
    """Pictures drawn in a step beside its own; 0 leaves the bank out."""
    update_before_draw: bool = True
    """Whether a step's own pictures can be drawn in it."""
    allow_empty: bool = True
    """Whether a class without a picture so far can be drawn, as an empty one; else only filled ones are."""


class Affinity(Settings):
    """Maps of the classifier's weights spread to places with like features."""

    enabled: bool = True
    """Whether they are spread at all."""
    steps: PositiveInt = 2
    """How often."""
    channels: PositiveInt | None = None
    """Channels that places are compared by; as many as the last features have when not given, as the authors do it."""


class Coefficient(Settings):
    """Distribution coefficient: rare classes, and very frequent ones, are pulled more."""

    enabled: bool = True
    """Whether classes are weighted at all; the numbers of pictures are those of the training tags."""
    rho: NonNegativeFloat = 3
    """Draws of a class in an epoch count this many times; the authors' 3 is not explained, 1 is the literal number."""


class CalibrationWeights(Settings):
    """Weights of the terms that pull the two kinds of map, and the two sizes, together."""

    w_proto: NonNegativeFloat = 1.6
    """Weight of the distance between maps of weights and of prototypes."""
    w_scale: NonNegativeFloat = 0.8
    """Weight of the distance between both sizes of a picture."""
    bg_weight: NonNegativeFloat = 1
    """Weight of the background among the channels of the first term."""


class SfcOptions(ClassifierOptions):
    """Classifier whose weights prototypes calibrate, for classes of uneven frequency (SFC, Zhao et al., AAAI 2024)."""

    gives: ClassVar[tuple[str, ...]] = ("scores", "prototypes")

    needs_background: ClassVar[str] = "its first map is that of the background"

    method: Literal["sfc"] = "sfc"
    """Kind of classifier."""
    output_stride: PositiveInt = 16
    """Pixels of the picture to one of the score map; late strides become dilations."""
    stop_gradient_after: Annotated[int, Field(ge=0, le=3)] = 2
    """Of the encoder's last four stages the one up to which nothing learns; 0: no more than `frozen_stages` says."""
    scale: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Size of the second view relative to the first."""
    seed_background: PositiveFloat = 0.3
    """Factor of the background's map where the pixels are chosen that a prototype is the mean of."""
    absent_compete: bool = True
    """Whether classes that a picture lacks lower its background, as the authors have it."""
    affinity: Affinity = Affinity()
    """Refinement of the maps."""
    bank: Bank = Bank()
    """Image bank."""
    dc: Coefficient = Coefficient()
    """Weights of the classes in both terms."""
    loss: CalibrationWeights = CalibrationWeights()
    """Weights of the terms."""
    epochs: Epochs = 6
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.1
    """Learning rate of pretrained layers at the first step."""
    momentum: NonNegativeFloat = 1e-4
    """Momentum of `sgd`; the authors pass their weight decay in its place."""
    weight_decay: NonNegativeFloat = 1e-4
    """Weight decay."""
    clip_norm: PositiveFloat | None = 1.0
    """Longest gradient of a step, over all parameters; a longer one is shortened to it."""
    augmentation: Augmentation = Augmentation(crop=512, scale=(1.0, 1.0), flip=0, colour=0)
    """Random views of a picture; the crop must leave whole places at both sizes."""

    @model_validator(mode="after")
    def _whole_places(self):
        crop = self.augmentation.crop
        unit = self.output_stride * Fraction(self.scale).limit_denominator(100).denominator
        if crop % unit:
            valid = -(-crop // unit) * unit
            raise ValueError(
                f"augmentation.crop {crop} and its view at scale {self.scale:g} must both be whole numbers of places "
                f"of {self.output_stride} pixels; the next crop that fits is {valid}"
            )
        return self
