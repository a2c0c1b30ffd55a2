"""Options of I2CRC's classifier."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from seedmask.config.base import Epochs, NonNegativeInt, PositiveInt, Settings, VariantOf
from seedmask.config.networks import Augmentation, ClassifierOptions


class RelationWeights(Settings):
    """Distances of scores within and between what is salient and what is not, each a term of the loss."""

    w_object: NonNegativeFloat = 0.01
    """Weight of the spread of all scores within the object."""
    w_background: NonNegativeFloat = 0.025
    """Weight of the spread of all scores within the background."""
    w_class: NonNegativeFloat = 0.1
    """Weight of what the class scores more in the background than on the object."""
    select: Literal["single", "all"] = "single"
    """Pictures that the terms look at: those of exactly one class, or all that have one."""
    saliency_power: PositiveFloat = 2
    """Exponent of the saliency that squared distances are weighted by; the authors' 2 makes soft edges count less."""
    min_saliency: Annotated[float, Field(ge=0, le=1)] = 0
    """Mean saliency below which a picture is left out; an empty map pushes its class down everywhere."""
    detach: bool = False
    """Whether the means that spreads are measured from get no gradient."""


class I2crcOptions(ClassifierOptions):
    """Classifier whose maps saliency divides into object and background (I2CRC, Chen et al., TMM 2023)."""

    saliency: Annotated[str, VariantOf(("saliency",))]
    """Saliency of the training pictures."""
    needs_background: ClassVar[str] = "it divides pictures into object and background"

    method: Literal["i2crc"] = "i2crc"
    """Kind of classifier."""
    output_stride: PositiveInt = 8
    """Pixels of the picture to one of the score map; late strides become dilations."""
    head_layers: NonNegativeInt = 3
    """3 x 3 convolutions between the encoder and the scores."""
    head_channels: PositiveInt | None = None
    """Channels of these; as many as the encoder's last features have when not given."""
    score_deviation: PositiveFloat | None = None
    """Standard deviation of the score layer's first weights; (2 / classes)^1/2 when not given, as the authors have it,
    which an encoder that does not learn keeps as noise in the maps."""
    loss: RelationWeights = RelationWeights()
    """The terms beside the classification."""
    epochs: Epochs = 30
    """Passes over the training pictures."""
    batch_size: PositiveInt = 5
    """Pictures in a batch."""
    incomplete_batch: bool = True
    """Whether an epoch ends with a smaller batch of what is left, and not before it."""
    lr: PositiveFloat = 1e-3
    """Learning rate of pretrained layers at the first step."""
    nesterov: bool = True
    """Whether `sgd` looks ahead by its momentum."""
    bias_lr_factor: PositiveFloat = 2.0
    """Biases learn this many times faster than weights."""
    decay_epochs: tuple[Epochs, ...] = (5, 10)
    """Epochs, counted from 0, at whose start the learning rate is multiplied by `decay_factor`; an empty list takes
    the polynomial decay."""
    augmentation: Augmentation = Augmentation(square=256, flip=0, colour=0.3)
    """Random views of picture and saliency; padding is not salient."""
